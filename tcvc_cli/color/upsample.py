"""Guided upsampling: the model's small ab at the size of the film's chroma planes, along the film's edges.

The local linear model of the guided filter (He, Sun, Tang 2013; fast variant He and Sun 2015): around
every small pixel ab = slope * lightness + offset, least squares with a ridge. The filter itself
replaces ab by the smoothed model, which at these sizes costs 1 to 5 dB of ab PSNR against plain bilinear
enlargement. So ab is enlarged bilinearly, and the model adds only what the enlarged lightness lacks:

    ab(x) = bilinear(ab)(x) + slope(x) * detail(x),   detail = lightness(x) - bilinear(small lightness)(x)

which gains 1 dB and more instead. Small details are grain rather than edges; they are faded out, so
that still colours do not flicker with the grain. What comes out stays within the range of the small
pixels around it.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

_RIDGE = 20.0  # (L*)^2: lightness that varies less than this around a pixel says nothing of colour
_GRAIN = 4.0  # L*: a detail of this size counts half, smaller ones less
_WINDOW = (3, 3)  # small pixels


def upsample_ab(
    ab: NDArray[np.float32], small_lightness: NDArray[np.float32], lightness: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Enlarge `ab` (h, w, 2) to the size of `lightness` (H, W): float32 (H, W, 2), CIE a*, b*.

    `small_lightness` (h, w) float32 is the picture `ab` was made for, at its size; `lightness` the same
    picture at the target size, both L* in [0, 100]. Constant ab comes out unchanged.
    Raises ValueError when the first two sizes differ.
    """
    by_rows = upsampled_by_rows(ab, small_lightness, lightness)
    return by_rows(slice(None))


def upsampled_by_rows(
    ab: NDArray[np.float32], small_lightness: NDArray[np.float32], lightness: NDArray[np.float32]
) -> Callable[[slice], NDArray[np.float32]]:
    """`upsample_ab` for a few rows at a time, a new array each: what comes after it then finds them in the
    processor's cache."""
    if ab.shape[:2] != small_lightness.shape:
        raise ValueError(f"ab is {ab.shape[:2]}, its lightness {small_lightness.shape}")
    size = (lightness.shape[1], lightness.shape[0])
    large = _bilinear(small_lightness, size)
    # a and b together: cv2.resize rounds one channel otherwise than two. In one array, for memory that comes
    # in large pieces costs less.
    planes = np.empty((4, *lightness.shape, 2), np.float32)
    for small, onto in zip((ab, _slopes(ab, small_lightness), *_range_around(ab)), planes, strict=True):
        cv2.resize(small, size, onto, interpolation=cv2.INTER_LINEAR)
    plain, slope, lowest, highest = planes

    def enlarged(rows: slice) -> NDArray[np.float32]:
        detail = _faded(lightness[rows] - large[rows])
        result = slope[rows] * _twice(detail)
        result += plain[rows]
        np.maximum(result, lowest[rows], out=result)
        return np.asarray(np.minimum(result, highest[rows], out=result), np.float32)

    return enlarged


def _slopes(ab: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w, 2) change of a and b for each L*, around every small pixel, smoothed."""
    mean_l, mean_ab = _box(lightness), _box(ab)
    variance = _box(lightness * lightness) - mean_l * mean_l
    covariance = _box(ab * _twice(lightness)) - mean_ab * _twice(mean_l)
    covariance /= _twice(np.asarray(np.maximum(variance, 0) + _RIDGE, np.float32))
    return _box(covariance)


def _twice(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w, 2) for what has an a and a b; numpy is slow where it repeats along so short an axis."""
    return np.asarray(cv2.merge([values, values]), np.float32)


def _faded(detail: NDArray[np.float32]) -> NDArray[np.float32]:
    square = detail * detail
    square /= square + np.float32(_GRAIN**2)
    square *= detail
    return square


def _range_around(ab: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    window = np.ones(_WINDOW, np.uint8)
    lowest = cv2.erode(ab, window, borderType=cv2.BORDER_REPLICATE)
    highest = cv2.dilate(ab, window, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(lowest, np.float32), np.asarray(highest, np.float32)


def _box(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.blur(values, _WINDOW, borderType=cv2.BORDER_REPLICATE), np.float32)


def _bilinear(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)
