"""Where chroma samples stand between luma samples, and luma as it is there.

Between lines (4:2:0), chroma stands half-way. Between columns it stands on every other luma column
("left": MPEG-2, H.264, H.265, and 4:2:2 everywhere) or half-way ("centre": JPEG, MPEG-1). Untagged
films are nearly always "left", the default here.
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.records import PixelFormat

Siting = Literal["left", "centre"]


def luma_at_chroma(luma: NDArray[Any], *, pixel_format: PixelFormat, siting: Siting = "left") -> NDArray[Any]:
    """Luma averaged where the chroma samples stand: (H, W) integers to (h_c, w_c) of the same dtype.

    Half-way samples are the mean of their luma neighbours; "left" samples are weighted 1 2 1 across.
    The borders are repeated.
    """
    step_x, step_y = 1 << pixel_format.chroma_shift_x, 1 << pixel_format.chroma_shift_y
    if step_x == step_y == 1:
        return luma
    height, width = pixel_format.chroma_shape(*luma.shape)
    pad_x, pad_y = width * step_x - luma.shape[1], height * step_y - luma.shape[0]
    right = _means(_padded(luma, bottom=pad_y, right=pad_x), width, height)
    if siting == "centre" or step_x == 1:
        return right
    # The 1 2 1 average is the mean of two plain ones: that which ends and that which begins at the sample.
    left = np.empty_like(right)
    left[:, :1] = _means(_padded(luma[:, :1], left=step_x - 1, bottom=pad_y, right=0), 1, height)
    if width > 1:  # by itself, for so the plane need not be copied to have a border at its left
        others = _padded(luma[:, 1 : (width - 1) * step_x + 1], bottom=pad_y, right=0)
        left[:, 1:] = _means(others, width - 1, height)
    return np.asarray(cv2.addWeighted(left, 0.5, right, 0.5, 0.0))


def spread_chroma(
    chroma: NDArray[np.float32],
    *,
    pixel_format: PixelFormat,
    width_px: int,
    height_px: int,
    siting: Siting = "left",
) -> NDArray[np.float32]:
    """Chroma (h_c, w_c, C) float32 at every luma sample, (height_px, width_px, C): bilinear, by siting."""
    step_x, step_y = 1 << pixel_format.chroma_shift_x, 1 << pixel_format.chroma_shift_y
    if step_x == step_y == 1:
        return chroma
    offset_x = 0.0 if siting == "left" else (step_x - 1) / 2
    offset_y = (step_y - 1) / 2
    # Affine map from luma to chroma positions, as warpAffine's inverse map.
    inverse = np.array([[1 / step_x, 0, -offset_x / step_x], [0, 1 / step_y, -offset_y / step_y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (width_px, height_px)
    spread = cv2.warpAffine(chroma, inverse, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(spread, np.float32)


def _means(luma: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    return np.asarray(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA))


def _padded(luma: NDArray[Any], *, bottom: int, right: int, left: int = 0) -> NDArray[Any]:
    if not (bottom or right or left):
        return luma
    return np.asarray(cv2.copyMakeBorder(luma, 0, bottom, left, right, cv2.BORDER_REPLICATE))
