"""From the film's luma to CIE lightness: what the networks see.

A black-and-white film's Y' code value is read as an sRGB grey of the same signal level.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.lab import lightness_from_signal


def lightness_from_luma(luma: NDArray[Any], *, bit_depth: int, full_range: bool) -> NDArray[np.float32]:
    """L* of every pixel.

    `luma` (H, W) uint8 or uint16, code values of `bit_depth` bits in the low bits. Returns (H, W)
    float32 in [0, 100]; codes under black and over white are held there.
    """
    table = _lightness_table(bit_depth, full_range)
    if luma.dtype == np.uint8:
        return np.asarray(cv2.LUT(luma, table), np.float32)
    return np.asarray(table.take(luma, mode="clip"), np.float32)


def small_lightness(
    luma: NDArray[Any], *, bit_depth: int, full_range: bool, width_px: int, height_px: int
) -> NDArray[np.float32]:
    """L* of the film at model size: the signal is averaged over areas first, then turned to lightness.

    `luma` as for `lightness_from_luma`. Returns (height_px, width_px) float32 in [0, 100]. A film
    smaller than that is enlarged, bilinearly.
    """
    height, width = luma.shape
    is_large = width >= 4 * width_px and height >= 4 * height_px
    # Means of 2x2 of an integer plane cost next to nothing, and spare half of the slow general average.
    is_halved = is_large and width % 2 == 0 and height % 2 == 0
    halved = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA) if is_halved else luma
    shrinks = width_px <= width and height_px <= height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    codes = np.asarray(
        cv2.resize(halved.astype(np.float32), (width_px, height_px), interpolation=how), np.float32
    )
    return lightness_from_signal(signal_from_codes(codes, bit_depth=bit_depth, full_range=full_range))


def signal_from_codes(codes: NDArray[np.float32], *, bit_depth: int, full_range: bool) -> NDArray[np.float32]:
    """Y' in [0, 1] of luma code values (whole or between): ITU-T H.273, equations 20 to 33; clipped.

    Limited range puts black at 16 and white at 235, times `2 ** (bit_depth - 8)`.
    """
    black, white = luma_limits(bit_depth, full_range=full_range)
    return np.asarray(np.clip((codes - np.float32(black)) / np.float32(white - black), 0, 1), np.float32)


def luma_limits(bit_depth: int, *, full_range: bool) -> tuple[int, int]:
    """Code values of black and white."""
    if full_range:
        return 0, (1 << bit_depth) - 1
    return 16 << (bit_depth - 8), 235 << (bit_depth - 8)


@lru_cache(maxsize=16)
def _lightness_table(bit_depth: int, full_range: bool) -> NDArray[np.float32]:  # noqa: FBT001 - a cache key
    if not 8 <= bit_depth <= 16:
        raise ValueError(f"luma has 8 to 16 bits, not {bit_depth}")
    codes = np.arange(1 << bit_depth, dtype=np.float32)
    signal = signal_from_codes(codes, bit_depth=bit_depth, full_range=full_range)
    table = lightness_from_signal(signal.astype(np.float64)).astype(np.float32)
    table.setflags(write=False)
    return table
