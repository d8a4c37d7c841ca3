"""Where in a frame a picture lies, and how alike the two are there.

Template matching over a few scales where the place is known only roughly, then enhanced correlation
(G. Evangelidis, E. Psarakis, 2008; OpenCV's `findTransformECC`) from coarse to fine; both on detail whose
contrast was made even, so that gamma, fading and uneven light do not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.settings.picture_luma import Box, PictureLuma

Array = NDArray[np.float32]

_SEARCH_PX = 96
_SEARCH_SCALES = (1.0, 0.83, 0.91, 1.1, 1.2)  # of the start
_SEARCH_WITHIN = 0.15  # of the frame, each way
_LEVELS_PX = (64, 128, 256)  # long side of the frame
_FINEST_PX = 256
_MOST_ENLARGED = 1.5  # of the frame: finer than that it is not
_SIGMA = 1 / 20  # of the long side: coarser than this is light and shade, not detail
_NOISE = 4.0  # code values: contrast below it is not raised
_BLUR_PX = 5
_ROUNDS = 40
_ENOUGH = 1e-4
_MOST_SHEAR = 0.04
_MOST_SCALE = 1.5  # of the picture or of the frame, from the start
_LEAST_SHARED = 0.2  # of the smaller of the two
_LEAST_DETAIL = 0.12  # even contrast has a standard deviation of about 0.8; where there is none, of 0
_LEAST_SIDE_PX = 8


@dataclass(frozen=True, slots=True)
class Alignment:
    """`box`: where in the frame the complete picture lies, as fractions of the frame, which it may exceed.
    `likeness` in [-1, 1]: correlation of even detail where both are; None where there is too little of it."""

    box: Box
    likeness: float | None


def searched(picture: PictureLuma, frame: NDArray[Any], start: Box) -> Alignment:
    """As `aligned`, where `start` may be wrong by a sixth of the frame, and by a fifth in size."""
    inner = _inner(start, picture.content)
    return aligned(picture, frame, _outer(_best_place(picture, frame, inner), picture.content))


def aligned(picture: PictureLuma, frame: NDArray[Any], start: Box) -> Alignment:
    """`frame` (h, w), luma at any depth; `start`: where the complete picture lies in it, but for a few pixels
    of 64."""
    box = _inner(start, picture.content)
    for long_side_px in _LEVELS_PX:
        if long_side_px > _MOST_ENLARGED * max(frame.shape):
            break
        box = _moved(picture, frame, box, long_side_px)
    return Alignment(_outer(box, picture.content), _likeness(picture, frame, box))


def likeness_at(picture: PictureLuma, frame: NDArray[Any], box: Box) -> float | None:
    """As `Alignment.likeness`, where the complete picture lies at `box`."""
    return _likeness(picture, frame, _inner(box, picture.content))


def _best_place(picture: PictureLuma, frame: NDArray[Any], box: Box) -> Box:
    """`box`, of the content, moved and scaled to where the correlation is highest."""
    found = [_place(picture, frame, _scaled(box, one)) for one in _SEARCH_SCALES]
    return max(found, key=lambda one: one[0])[1]


def _scaled(box: Box, scale: float) -> Box:
    middle_x, middle_y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half_x, half_y = scale * (box[2] - box[0]) / 2, scale * (box[3] - box[1]) / 2
    return middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y


def _place(picture: PictureLuma, frame: NDArray[Any], box: Box) -> tuple[float, Box]:
    """The highest correlation of a picture of this size near `box`, and its place."""
    ours, theirs = _both(picture, frame, box, _SEARCH_PX)
    height, width = theirs.shape
    reach = round(_SEARCH_WITHIN * _SEARCH_PX)
    x, y = round(box[0] * width) - reach, round(box[1] * height) - reach
    region = _cut(theirs, x, y, ours.shape[1] + 2 * reach, ours.shape[0] + 2 * reach)
    _, best, _, at = cv2.minMaxLoc(cv2.matchTemplate(region, ours, cv2.TM_CCORR_NORMED))
    left, top = (x + at[0]) / width, (y + at[1]) / height
    return best, (left, top, left + box[2] - box[0], top + box[3] - box[1])


def _cut(pixels: Array, x: int, y: int, width: int, height: int) -> Array:
    """`width` x `height` pixels from (x, y), 0 outside."""
    before = max(0, -x), max(0, -y)
    inside = pixels[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)]
    cut = np.zeros((height, width), np.float32)
    rows, columns = inside.shape
    cut[before[1] : before[1] + rows, before[0] : before[0] + columns] = inside
    return cut


def _moved(picture: PictureLuma, frame: NDArray[Any], box: Box, long_side_px: int) -> Box:
    """`box`, of the content, put right; as it was where nothing better is found."""
    ours, theirs = _both(picture, frame, box, long_side_px)
    height, width = theirs.shape
    start = _warp(box, ours.shape, theirs.shape)
    try:
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ROUNDS, _ENOUGH)
        _, found = cv2.findTransformECC(
            ours, theirs, start.copy(), cv2.MOTION_AFFINE, criteria, cast(Any, None), _BLUR_PX
        )
    except cv2.error:  # it does not converge
        return box
    warp = np.asarray(found, np.float32)
    if not _is_plausible(warp, start):
        return box
    rows, columns = ours.shape
    left, top = _at(warp, -0.5, -0.5, rows, columns)
    right, bottom = _at(warp, columns - 0.5, rows - 0.5, rows, columns)
    return (left + 0.5) / width, (top + 0.5) / height, (right + 0.5) / width, (bottom + 0.5) / height


def _at(warp: Array, x: float, y: float, rows: int, columns: int) -> tuple[float, float]:
    """Where a corner comes to lie, the shear that is left taken at the middle of the other side."""
    middle_x, middle_y = (columns - 1) / 2, (rows - 1) / 2
    return (
        float(warp[0, 0] * x + warp[0, 1] * middle_y + warp[0, 2]),
        float(warp[1, 0] * middle_x + warp[1, 1] * y + warp[1, 2]),
    )


def _is_plausible(warp: Array, start: Array) -> bool:
    scale_x, scale_y = float(warp[0, 0] / start[0, 0]), float(warp[1, 1] / start[1, 1])
    shear = max(abs(float(warp[0, 1])), abs(float(warp[1, 0])))
    least = 1 / _MOST_SCALE
    return shear <= _MOST_SHEAR and all(least <= one <= _MOST_SCALE for one in (scale_x, scale_y))


def _likeness(picture: PictureLuma, frame: NDArray[Any], box: Box) -> float | None:
    ours, theirs = _both(picture, frame, box, min(_FINEST_PX, max(frame.shape)))
    warp = _warp(box, ours.shape, theirs.shape)
    rows, columns = ours.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen, weight = (
        np.asarray(cv2.warpAffine(one, warp, (columns, rows), flags=flags), np.float32)
        for one in (theirs, np.ones_like(theirs))
    )
    shared = float((weight > 0.5).sum()) / min(ours.size, theirs.size)
    if picture.opacity is not None:
        opacity = cv2.resize(picture.opacity, (columns, rows), interpolation=cv2.INTER_AREA)
        weight = np.asarray(weight * opacity / 255, np.float32)
    if shared < _LEAST_SHARED:
        return None
    return _correlation(ours, seen, weight)


def _correlation(one: Array, other: Array, weight: Array) -> float | None:
    total = float(weight.sum())
    if total < 1:
        return None
    a, b = (some - float((some * weight).sum()) / total for some in (one, other))
    spread = [float((some * some * weight).sum()) / total for some in (a, b)]
    if min(spread) < _LEAST_DETAIL**2:
        return None
    return float((a * b * weight).sum()) / total / math.sqrt(spread[0] * spread[1])


def _both(picture: PictureLuma, frame: NDArray[Any], box: Box, long_side_px: int) -> tuple[Array, Array]:
    """Even detail of the picture's content, as large as it is in the frame, and of the frame."""
    height, width = frame.shape
    scale = long_side_px / max(height, width)
    size = (max(_LEAST_SIDE_PX, round(width * scale)), max(_LEAST_SIDE_PX, round(height * scale)))
    at = (
        max(_LEAST_SIDE_PX, round((box[2] - box[0]) * size[0])),
        max(_LEAST_SIDE_PX, round((box[3] - box[1]) * size[1])),
    )
    sigma = _SIGMA * long_side_px
    return _even(picture.luma, at, sigma), _even(_in_bytes(frame), size, sigma)


def _in_bytes(frame: NDArray[Any]) -> NDArray[Any]:
    """Code values as if of 8 bits, float32 where they were deeper."""
    if frame.dtype == np.uint8:
        return frame
    most = float(frame.max(initial=255))
    return np.asarray(frame, np.float32) * np.float32(255 / 2 ** max(8, int(most).bit_length()))


def _even(gray: NDArray[Any], size: tuple[int, int], sigma: float) -> Array:
    is_smaller = size[0] < gray.shape[1]
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR)
    detail = np.asarray(small, np.float32)
    detail = detail - _blurred(detail, sigma)
    contrast = _blurred(detail * detail, 2 * sigma)
    return np.asarray(detail / (np.sqrt(np.maximum(contrast, 0)) + _NOISE), np.float32)


def _blurred(pixels: Array, sigma: float) -> Array:
    """Nearly a Gaussian: two boxes of its variance, whose cost does not grow with `sigma`."""
    side = 2 * round((6 * sigma * sigma + 1) ** 0.5 / 2) + 1
    for _ in range(2):
        pixels = np.asarray(cv2.blur(pixels, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
    return pixels


def _warp(box: Box, ours: tuple[int, ...], theirs: tuple[int, ...]) -> Array:
    """(2, 3) from pixels of the picture to pixels of the frame; centres of pixels are whole numbers."""
    rows, columns = ours
    height, width = theirs
    scale_x, scale_y = (box[2] - box[0]) * width / columns, (box[3] - box[1]) * height / rows
    return np.array(
        [
            [scale_x, 0, box[0] * width + 0.5 * scale_x - 0.5],
            [0, scale_y, box[1] * height + 0.5 * scale_y - 0.5],
        ],
        np.float32,
    )


def _inner(box: Box, content: Box) -> Box:
    """Where `content` of the picture lies when the complete picture lies at `box`."""
    width, height = box[2] - box[0], box[3] - box[1]
    return (
        box[0] + content[0] * width,
        box[1] + content[1] * height,
        box[0] + content[2] * width,
        box[1] + content[3] * height,
    )


def _outer(box: Box, content: Box) -> Box:
    """The inverse of `_inner`."""
    width = (box[2] - box[0]) / (content[2] - content[0])
    height = (box[3] - box[1]) / (content[3] - content[1])
    left, top = box[0] - content[0] * width, box[1] - content[1] * height
    return left, top, left + width, top + height
