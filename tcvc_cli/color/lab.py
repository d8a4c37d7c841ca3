"""sRGB and CIE 1976 L*a*b* (D65, 2 degree observer), in float32 or float64.

Formulas: IEC 61966-2-1 for sRGB, CIE 15 for Lab. Constants as scikit-image states them, so that the
two agree; OpenCV's own Lab is off by up to 0.6.

Below zero both curves go on along their straight parts, and above one along their power, so an
unclipped colour out of gamut survives a round trip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

XYZ_FROM_RGB = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
)
RGB_FROM_XYZ = np.linalg.inv(XYZ_FROM_RGB)
WHITE_XYZ = np.array([0.95047, 1.0, 1.08883])
LINEAR_BELOW = 0.008856  # of XYZ / white: under this the cube root is replaced by a line

# fx, fy, fz -> L, a, b, and back; the fourth column is added.
_LAB_WITHOUT_OFFSET = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])
_LAB_FROM_F = np.column_stack([_LAB_WITHOUT_OFFSET, [-16.0, 0.0, 0.0]])
_F_FROM_LAB = np.column_stack([np.linalg.inv(_LAB_WITHOUT_OFFSET), np.full(3, 16.0 / 116.0)])
_RATIO_FROM_RGB = XYZ_FROM_RGB / WHITE_XYZ[:, None]
_RGB_FROM_RATIO = RGB_FROM_XYZ * WHITE_XYZ[None, :]

_BLOCK = 1 << 14  # pixels; what is in between then stays in the processor's cache, twice as fast

FloatT = TypeVar("FloatT", np.float32, np.float64)


def lab_from_rgb(rgb: NDArray[FloatT], *, channel_axis: int = -1) -> NDArray[FloatT]:
    """CIE Lab of sRGB.

    `rgb`: float32 or float64, 3 long at `channel_axis`, normally in [0, 1]. Returns the same shape and
    dtype: L* in [0, 100], a* and b* in about [-128, 128].
    """

    def convert(pixels: NDArray[FloatT]) -> NDArray[FloatT]:
        f = _f(_mix(linear_from_signal(pixels), _RATIO_FROM_RGB))
        return _mix(f, _LAB_FROM_F)

    return _by_blocks(convert, rgb, channel_axis)


def rgb_from_lab(lab: NDArray[FloatT], *, clip: bool, channel_axis: int = -1) -> NDArray[FloatT]:
    """sRGB of CIE Lab.

    `lab`: float32 or float64, 3 long at `channel_axis`. Returns the same shape and dtype. With `clip`,
    a colour out of gamut is cut to [0, 1] channel by channel (as scikit-image does); without, it
    keeps its values beyond.
    """

    def convert(pixels: NDArray[FloatT]) -> NDArray[FloatT]:
        ratio = _f_inverse(_mix(pixels, _F_FROM_LAB))
        rgb = signal_from_linear(_mix(np.maximum(ratio, 0) if clip else ratio, _RGB_FROM_RATIO))
        return np.clip(rgb, 0, 1) if clip else rgb

    return _by_blocks(convert, lab, channel_axis)


def linear_from_signal(signal: NDArray[FloatT]) -> NDArray[FloatT]:
    """Light of an sRGB signal: IEC 61966-2-1, any shape, straight on below zero."""
    base = np.abs(signal)  # what is below zero is straight
    base += 0.055
    base /= 1.055
    return _straight_below(0.04045, signal, _power(base, 2.4), lambda x: x / 12.92)


def signal_from_linear(linear: NDArray[FloatT]) -> NDArray[FloatT]:
    """sRGB signal of light: the inverse of `linear_from_signal`."""
    base = np.abs(linear)  # what is below zero is straight
    # cv2.pow is four times as fast; its 2e-6 does no harm here, but would in L, a and b.
    is_double = base.dtype == np.float64
    root: NDArray[Any] = _power(base, 1 / 2.4) if is_double else cv2.pow(base, 1 / 2.4).reshape(base.shape)
    root *= 1.055
    root -= 0.055
    return _straight_below(0.0031308, linear, root, lambda x: x * 12.92)


def lightness_from_signal(signal: NDArray[FloatT]) -> NDArray[FloatT]:
    """L* in [0, 100] of sRGB greys `signal` in [0, 1]; any shape, float32 or float64."""
    return 116 * _f(linear_from_signal(signal)) - 16


def _f(ratio: NDArray[FloatT]) -> NDArray[FloatT]:
    curved = _power(np.abs(ratio), 1 / 3)
    return _straight_below(LINEAR_BELOW, ratio, curved, lambda x: 7.787 * x + 16 / 116)


def _f_inverse(f: NDArray[FloatT]) -> NDArray[FloatT]:
    return _straight_below(0.2068966, f, f * f * f, lambda x: (x - 16 / 116) / 7.787)


def _straight_below(
    limit: float,
    values: NDArray[FloatT],
    curved: NDArray[FloatT],
    straight: Callable[[NDArray[FloatT]], NDArray[FloatT]],
) -> NDArray[FloatT]:
    """`curved`, written over with `straight` of the values where these are not above the limit."""
    is_straight = np.asarray(values <= limit)
    if not is_straight.any():
        return curved
    if is_straight.ndim == 0:
        return straight(values)
    # cv2.copyTo is eight times as fast as np.where; it takes one channel at any length.
    result = np.ascontiguousarray(curved)
    masked = np.ascontiguousarray(is_straight).view(np.uint8)
    flat: list[NDArray[Any]] = [
        np.ascontiguousarray(one).reshape(-1, 1) for one in (straight(values), masked, result)
    ]
    cv2.copyTo(*flat)
    return result


def _power(base: NDArray[FloatT], exponent: float) -> NDArray[FloatT]:
    return np.power(base, base.dtype.type(exponent))


def _mix(pixels: NDArray[FloatT], matrix: NDArray[Any]) -> NDArray[FloatT]:
    """`matrix @ pixel`, a fourth column added, for `pixels (n, 1, 3)`; cv2.transform beats a thin matmul
    several times."""
    return cast("NDArray[FloatT]", cv2.transform(pixels, matrix))


def _by_blocks(
    convert: Callable[[NDArray[FloatT]], NDArray[FloatT]], colors: NDArray[FloatT], channel_axis: int
) -> NDArray[FloatT]:
    """`convert` works on `(n, 1, 3)`, as cv2 likes it."""
    if colors.dtype not in (np.float32, np.float64):
        raise TypeError(f"colours are float32 or float64, not {colors.dtype}")
    last = colors if channel_axis == -1 else np.moveaxis(colors, channel_axis, -1)
    if last.shape[-1] != 3:
        raise ValueError(f"a colour has 3 channels, not {last.shape[-1]}")
    pixels = np.ascontiguousarray(last).reshape(-1, 1, 3)
    if 0 < len(pixels) <= _BLOCK and last is colors:
        return convert(pixels).reshape(colors.shape)
    result = np.empty_like(pixels)
    for start in range(0, len(pixels), _BLOCK):
        block = slice(start, start + _BLOCK)
        result[block] = convert(pixels[block])
    return np.ascontiguousarray(np.moveaxis(result.reshape(last.shape), -1, channel_axis))
