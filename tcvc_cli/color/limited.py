"""A picture for showing as the planes that every player takes: 8-bit 4:2:0, limited range."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.matrix import FIRST_HD_HEIGHT_PX, matrix_of
from tcvc_cli.records import ColorTags

Bytes = NDArray[np.uint8]
_BT_709, _BT_601 = 1, 6
_DARKEST, _LUMA_SPAN = 16, 219
_NEUTRAL, _CHROMA_SPAN = 128, 224
_BETWEEN: Final = np.array([0.25, 0.5, 0.25])  # chroma stands on every other column


def tags_for_showing(height_px: int) -> ColorTags:
    """BT.709 primaries, limited range, and the matrix that also a player takes which reads no tags."""
    matrix = _BT_709 if height_px >= FIRST_HD_HEIGHT_PX else _BT_601
    return ColorTags(primaries=_BT_709, transfer=_BT_709, matrix=matrix, full_range=False)


def planes_for_showing(rgb: NDArray[np.float32]) -> tuple[Bytes, Bytes, Bytes]:
    """Y (H, W), Cb and Cr (H/2, W/2) uint8 of sRGB (H, W, 3) float32 in [0, 1], with the tags of
    `tags_for_showing`. Raises ValueError for odd sizes."""
    height, width = rgb.shape[:2]
    if height % 2 or width % 2:
        raise ValueError(f"{width}x{height} is no even size")
    matrix = matrix_of(tags_for_showing(height), height_px=height)
    luma = matrix.luma_from_rgb(rgb)
    cb, cr = (_halved(plane) for plane in matrix.chroma_from_rgb(rgb, luma))
    return (
        _codes(luma, _DARKEST, _LUMA_SPAN),
        _codes(cb, _NEUTRAL, _CHROMA_SPAN),
        _codes(cr, _NEUTRAL, _CHROMA_SPAN),
    )


def _halved(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    spread = cv2.sepFilter2D(plane, -1, _BETWEEN, np.ones(1), borderType=cv2.BORDER_REPLICATE)[:, ::2]
    return np.asarray((spread[::2] + spread[1::2]) * np.float32(0.5), np.float32)


def _codes(plane: NDArray[np.float32], zero: int, span: int) -> Bytes:
    return np.asarray(np.rint(plane * np.float32(span) + np.float32(zero)), np.uint8)
