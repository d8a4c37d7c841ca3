"""a*, b* into the film's own Cb and Cr beside its own luma, and back.

The rule: Y' is the film's and stays. Cb and Cr are those with which the decoded picture has the wanted
a* and b* (not those of the colour Lab(L, a, b), whose luma would be another one). So a colour film's
own ab gives its own planes back. A colour that no R'G'B' with this luma can show keeps its luma and
its hue, and loses chroma until one can. Films are read as sRGB on BT.709 or BT.2020 primaries.

What has no closed form (the lightness of the colour, the edge of the gamut) is looked up; the rest is
exact. Away from the edge Cb and Cr are within a code value of those of a search, at 8 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma_table import HUES, LEVELS, NODES, REACH, TILES_ACROSS, ChromaTable, chroma_table
from tcvc_cli.color.lab import lab_from_rgb, lightness_from_signal, rgb_from_lab
from tcvc_cli.color.lightness import signal_from_codes
from tcvc_cli.color.matrix import Matrix, chroma_codes, matrix_of
from tcvc_cli.color.siting import Siting, luma_at_chroma, spread_chroma
from tcvc_cli.records import ColorTags, PixelFormat

_BLOCK = 1 << 14  # pixels at a time, so that what is in between stays in the processor's cache
_TINY = 1e-12  # a share of nothing is all of it
_MARGIN = 1.02  # of the table's reach, so that its own error takes nothing from colours in gamut


def chroma_planes(
    luma: NDArray[Any],
    ab: NDArray[np.float32],
    *,
    pixel_format: PixelFormat,
    color: ColorTags,
    siting: Siting = "left",
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Cb and Cr planes that show `ab` beside `luma`.

    `luma` (H, W) uint8 or uint16, code values in the low bits; `ab` (h_c, w_c, 2) float32, CIE a*, b*
    where the chroma samples stand. Returns two (h_c, w_c) planes of the luma's dtype, at the film's depth
    and range. ab == 0 gives exactly neutral planes.
    Raises InputError for a matrix that is not Y'CbCr, ValueError for a wrong shape of `ab`.
    """
    matrix = matrix_of(color, height_px=luma.shape[0])
    codes = luma_at_chroma(luma, pixel_format=pixel_format, siting=siting)
    if ab.shape != (*codes.shape, 2):
        raise ValueError(f"ab is {ab.shape}; the chroma planes of this film take {(*codes.shape, 2)}")
    return chroma_by_rows(codes, lambda rows: ab[rows], pixel_format=pixel_format, color=color, matrix=matrix)


def chroma_by_rows(
    codes: NDArray[Any],
    ab_of: Callable[[slice], NDArray[np.float32]],
    *,
    pixel_format: PixelFormat,
    color: ColorTags,
    matrix: Matrix,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Cb and Cr planes beside the luma `codes` (h_c, w_c) where the chroma samples stand.

    `ab_of` is asked for (rows, w_c, 2) float32 of a few rows at a time, so that what it makes is still in the
    processor's cache when it is used. As `chroma_planes` else.
    """
    by_code = _by_code(pixel_format.bit_depth, color.full_range)
    neutral, span = chroma_codes(pixel_format, color)
    planes = np.empty_like(codes), np.empty_like(codes)
    step = max(1, _BLOCK // codes.shape[1])
    for start in range(0, len(codes), step):
        rows = slice(start, start + step)
        for plane, chroma in zip(planes, _chroma_of(codes[rows], ab_of(rows), by_code, matrix), strict=True):
            _quantize(chroma, neutral, span, plane[rows])
    return planes


def ab_from_planes(
    luma: NDArray[Any],
    cb: NDArray[Any],
    cr: NDArray[Any],
    *,
    pixel_format: PixelFormat,
    color: ColorTags,
    siting: Siting = "left",
) -> NDArray[np.float32]:
    """CIE a*, b* (h_c, w_c, 2) float32 that the planes show, where the chroma samples stand.

    The inverse of `chroma_planes` for colours in gamut; others are cut to [0, 1] in R'G'B', as a player does.
    """
    matrix = matrix_of(color, height_px=luma.shape[0])
    codes = luma_at_chroma(luma, pixel_format=pixel_format, siting=siting)
    signal = _looked_up(_by_code(pixel_format.bit_depth, color.full_range).signal, codes)
    rgb = _shown(signal, _chroma(cb, cr, pixel_format, color), matrix)
    return lab_from_rgb(rgb)[..., 1:].copy()


def rgb_from_planes(
    luma: NDArray[Any],
    cb: NDArray[Any],
    cr: NDArray[Any],
    *,
    pixel_format: PixelFormat,
    color: ColorTags,
    siting: Siting = "left",
) -> NDArray[np.float32]:
    """The picture a player shows: sRGB (H, W, 3) float32 in [0, 1], chroma enlarged bilinearly."""
    height, width = luma.shape
    matrix = matrix_of(color, height_px=height)
    signal = _looked_up(_by_code(pixel_format.bit_depth, color.full_range).signal, luma)
    chroma = _chroma(cb, cr, pixel_format, color)
    spread = spread_chroma(chroma, pixel_format=pixel_format, width_px=width, height_px=height, siting=siting)
    return _shown(signal, spread, matrix)


@dataclass(frozen=True, slots=True)
class _ByCode:
    """By luma code value: Y' in [0, 1]; L* of that grey; the middle of its tile in the chroma table."""

    signal: NDArray[np.float32]
    lightness: NDArray[np.float32]
    tile_x: NDArray[np.float32]
    tile_y: NDArray[np.float32]


@lru_cache(maxsize=16)
def _by_code(bit_depth: int, full_range: bool) -> _ByCode:  # noqa: FBT001 - a cache key
    codes = np.arange(1 << bit_depth, dtype=np.float32)
    signal = signal_from_codes(codes, bit_depth=bit_depth, full_range=full_range)
    row, column = np.divmod(np.rint(signal * np.float32(LEVELS - 1)), TILES_ACROSS)
    middle = NODES // 2
    tile_x, tile_y = column * NODES + middle, row * NODES + middle
    return _ByCode(signal, lightness_from_signal(signal), tile_x, tile_y)


def _looked_up(table: NDArray[np.float32], codes: NDArray[Any]) -> NDArray[np.float32]:
    if codes.dtype == np.uint8:
        return np.asarray(cv2.LUT(codes, table), np.float32)
    return np.asarray(table.take(codes, mode="clip"), np.float32)


def _chroma_of(
    codes: NDArray[Any], ab: NDArray[np.float32], by_code: _ByCode, matrix: Matrix
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cb, Cr (h, w) in [-0.5, 0.5] beside luma `codes` (h, w) for `ab` (h, w, 2)."""
    table = chroma_table(matrix)
    signal = _looked_up(by_code.signal, codes)
    a, b = _near_gamut(ab, signal * np.float32(LEVELS - 1), table)
    per_unit = np.float32((NODES - 1) / (2 * REACH))
    x, y = a * per_unit, b * per_unit
    x += _looked_up(by_code.tile_x, codes)
    y += _looked_up(by_code.tile_y, codes)
    lightness = cv2.remap(table.lightening, x, y, cv2.INTER_LINEAR) + _looked_up(by_code.lightness, codes)
    lab = np.asarray(cv2.merge([lightness, a, b]), np.float32)
    rgb = matrix.film_from_srgb(rgb_from_lab(lab, clip=False))
    # Its luma differs a little from the film's, for the table is a table; chroma is what lies beside it.
    cb, cr = matrix.chroma_from_rgb(rgb, matrix.luma_from_rgb(rgb))
    colored = (a != 0) | (b != 0)  # Lab's rounded white would tint a grey by half a code at 16 bits
    if not colored.all():
        cb *= colored
        cr *= colored
    return _in_gamut(cb, cr, signal, matrix)


def _near_gamut(
    ab: NDArray[np.float32], level: NDArray[np.float32], table: ChromaTable
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """a and b drawn in, along their hue, to a little beyond the edge; `_in_gamut` does the last bit."""
    # Without arrays to write to, cv2.split copies what it has split.
    split = cv2.split(ab, [np.empty(level.shape, np.float32) for _ in range(2)])
    a, b = (np.asarray(plane, np.float32) for plane in split)
    distance, hue = (np.asarray(plane, np.float32) for plane in cv2.cartToPolar(a, b))
    hue *= np.float32(HUES / (2 * np.pi))
    share = np.asarray(cv2.remap(table.reach, hue, level, cv2.INTER_LINEAR), np.float32)
    share *= np.float32(_MARGIN)
    share /= np.maximum(distance, _row_of(1e-6, distance), out=distance)
    np.minimum(share, _row_of(1, share), out=share)
    a *= share
    b *= share
    return a, b


def _in_gamut(
    cb: NDArray[np.float32], cr: NDArray[np.float32], signal: NDArray[np.float32], matrix: Matrix
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cb and Cr shrunk, where they must be, until R', G' and B' beside Y' = `signal` are in [0, 1].

    Y' + s (R' - Y') is linear in s, so the largest s that fits is exact.
    """
    (_, red), (green_cb, green_cr), (blue, _) = _rgb_from_chroma(matrix)
    delta_r, delta_g, delta_b = cr * red, cb * green_cb, cb * blue
    delta_g += cr * green_cr
    upward, downward = np.maximum(delta_r, delta_g), np.minimum(delta_r, delta_g, out=delta_r)
    np.maximum(upward, delta_b, out=upward)
    np.minimum(downward, delta_b, out=downward)
    share = np.subtract(1, signal, out=delta_b)
    share /= np.maximum(upward, _row_of(_TINY, upward), out=upward)
    np.minimum(downward, _row_of(-_TINY, downward), out=downward)
    below = np.divide(signal, downward, out=downward)
    np.minimum(share, np.negative(below, out=below), out=share)
    np.minimum(share, _row_of(1, share), out=share)
    cb *= share
    cr *= share
    return cb, cr


def _row_of(value: float, plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """As wide as the plane; numpy's minimum and maximum take three times as long beside one number."""
    return np.full(plane.shape[1], value, np.float32)


@lru_cache(maxsize=8)
def _rgb_from_chroma(matrix: Matrix) -> NDArray[np.float32]:
    return matrix.rgb_from_chroma.astype(np.float32)


def _quantize(chroma: NDArray[np.float32], neutral: int, span: int, onto: NDArray[Any]) -> None:
    """`chroma` is written over."""
    chroma *= np.float32(span)
    chroma += np.float32(neutral)
    # In gamut means within the span already; only full range can round up past its last code.
    if onto.dtype == np.uint8:
        cv2.convertScaleAbs(chroma, onto)  # rounds to the nearest, halves to even; stops at 255
    else:
        onto[...] = np.minimum(np.rint(chroma, out=chroma), np.float32(2 * neutral - 1), out=chroma)


def _chroma(
    cb: NDArray[Any], cr: NDArray[Any], pixel_format: PixelFormat, color: ColorTags
) -> NDArray[np.float32]:
    """(h_c, w_c, 2) in units of [-0.5, 0.5]."""
    neutral, span = chroma_codes(pixel_format, color)
    return (np.stack([cb, cr], axis=-1).astype(np.float32) - np.float32(neutral)) / np.float32(span)


def _shown(signal: NDArray[np.float32], chroma: NDArray[np.float32], matrix: Matrix) -> NDArray[np.float32]:
    """sRGB (h, w, 3) in [0, 1] of Y' (h, w) and Cb, Cr (h, w, 2)."""
    film = signal[..., None] + chroma @ matrix.rgb_from_chroma.T.astype(np.float32)
    return np.asarray(np.clip(matrix.srgb_from_film(np.clip(film, 0, 1)), 0, 1), np.float32)
