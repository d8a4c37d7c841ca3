"""A picture brought to where it lies in a frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.settings.picture_luma import Box
from tcvc_cli.settings.pictures import ReferencePicture

Array = NDArray[np.float32]

_LEAST_OPACITY = 1 / 512  # less is rounding


def placed(picture: ReferencePicture, box: Box, size_px: tuple[int, int]) -> tuple[Array, Array, Array]:
    """`(ab, lightness, opacity)` of the frame's pixels, of which there are `size_px` (width, height).

    `box`: where in the frame the complete picture lies, as fractions of it. `ab` (h, w, 2) float32, CIE
    a* and b*; `lightness` (h, w) float32, L* in [0, 100]; `opacity` (h, w) float32 in [0, 1]: 0, as are the
    other two, where the picture does not reach or is transparent. A picture that shrinks is averaged, what is
    transparent has no part in it. Raises ValueError for a box without an area, or a size without a pixel.
    """
    if not (box[0] < box[2] and box[1] < box[3] and min(size_px) > 0):
        raise ValueError(f"nothing can be placed at {box} of {size_px} pixels")
    seen = _moved(_averaged(_premultiplied(picture), box, size_px), box, size_px)
    opacity = np.clip(seen[..., 3], 0, 1)
    is_there = opacity > _LEAST_OPACITY
    rgb = np.clip(seen[..., :3] / np.where(is_there, opacity, 1)[..., None], 0, 1)
    lab = lab_from_rgb(np.ascontiguousarray(rgb, np.float32)) * is_there[..., None]
    return np.ascontiguousarray(lab[..., 1:]), np.ascontiguousarray(lab[..., 0]), opacity * is_there


def _premultiplied(picture: ReferencePicture) -> Array:
    opacity = picture.opacity[..., None]
    return np.concatenate([picture.rgb * opacity, opacity], axis=-1)


def _averaged(pixels: Array, box: Box, size_px: tuple[int, int]) -> Array:
    """As many pixels as it has in the frame, or as it has, where those are fewer."""
    height, width = pixels.shape[:2]
    wanted = (
        max(1, min(width, round((box[2] - box[0]) * size_px[0]))),
        max(1, min(height, round((box[3] - box[1]) * size_px[1]))),
    )
    if wanted == (width, height):
        return pixels
    return np.asarray(cv2.resize(pixels, wanted, interpolation=cv2.INTER_AREA), np.float32)


def _moved(pixels: Array, box: Box, size_px: tuple[int, int]) -> Array:
    """Bilinear; the picture ends where its outermost pixels do."""
    height, width = pixels.shape[:2]
    scale_x, scale_y = (box[2] - box[0]) * size_px[0] / width, (box[3] - box[1]) * size_px[1] / height
    from_x, from_y = box[0] * size_px[0], box[1] * size_px[1]
    x = (np.arange(size_px[0], dtype=np.float64) + 0.5 - from_x) / scale_x - 0.5
    y = (np.arange(size_px[1], dtype=np.float64) + 0.5 - from_y) / scale_y - 0.5
    grid_x, grid_y = np.meshgrid(np.clip(x, 0, width - 1), np.clip(y, 0, height - 1))
    moved = cv2.remap(pixels, grid_x.astype(np.float32), grid_y.astype(np.float32), cv2.INTER_LINEAR)
    reaches = _reach(x, width, scale_x)[None, :] * _reach(y, height, scale_y)[:, None]
    return np.asarray(moved.reshape(size_px[1], size_px[0], 4) * reaches[..., None], np.float32)


def _reach(positions: NDArray[np.float64], length: int, scale: float) -> NDArray[np.float64]:
    """Which share of each pixel of the frame lies within the picture, along one side of it."""
    inside = np.minimum(positions + 0.5, length - 0.5 - positions) * scale + 0.5
    return np.clip(inside, 0, 1)
