"""The film's own Y'CbCr: which matrix, which primaries, which code values.

Source of every figure: ITU-T H.273 (tables 2 and 4, equations 20 to 38). The transfer curve of the film
is taken to be sRGB's whatever its tag says: what is coloured is a grey signal made for a screen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.lab import linear_from_signal, signal_from_linear
from tcvc_cli.errors import InputError
from tcvc_cli.records import ColorTags, PixelFormat

UNSPECIFIED = 2
FIRST_HD_HEIGHT_PX = 720  # where an untagged film is taken for BT.709 rather than BT.601
BT2020_PRIMARIES = 9

# Linear light of BT.709 primaries -> of BT.2020 primaries: ITU-R BT.2087.
_BT2020_FROM_BT709 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])


@dataclass(frozen=True, slots=True)
class Matrix:
    """Non-constant-luminance Y'CbCr: weights of R' and B' in Y', and whether the primaries are BT.2020's."""

    kr: float
    kb: float
    is_wide: bool = False

    @property
    def rgb_from_chroma(self) -> NDArray[np.float64]:
        """(3, 2): what Cb and Cr in [-0.5, 0.5] add to Y' to give R', G', B'."""
        red, blue = 2 * (1 - self.kr), 2 * (1 - self.kb)
        kg = 1 - self.kr - self.kb
        return np.array([[0.0, red], [-self.kb * blue / kg, -self.kr * red / kg], [blue, 0.0]])

    def chroma_from_rgb(self, rgb: NDArray[Any], luma: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Cb, Cr (...) in [-0.5, 0.5] of signals (..., 3) whose Y' is `luma` (...)."""
        cb, cr = rgb[..., 2] - luma, rgb[..., 0] - luma
        cb *= 0.5 / (1 - self.kb)
        cr *= 0.5 / (1 - self.kr)
        return cb, cr

    def luma_from_rgb(self, rgb: NDArray[Any]) -> NDArray[Any]:
        """Y' (...) of signals (..., 3)."""
        weights = np.array([self.kr, 1 - self.kr - self.kb, self.kb], rgb.dtype)
        return np.asarray(rgb @ weights)

    def film_from_srgb(self, rgb: NDArray[Any]) -> NDArray[Any]:
        """The film's R'G'B' of sRGB signals (..., 3): itself, unless the primaries are wide."""
        return _through(_BT2020_FROM_BT709, rgb) if self.is_wide else rgb

    def srgb_from_film(self, rgb: NDArray[Any]) -> NDArray[Any]:
        """Inverse of `film_from_srgb`."""
        return _through(np.linalg.inv(_BT2020_FROM_BT709), rgb) if self.is_wide else rgb


_WEIGHTS: dict[int, tuple[float, float]] = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601, 625 lines
    6: (0.299, 0.114),  # BT.601, 525 lines; SMPTE 170M
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020, non-constant luminance
}

_BT_601 = (5, 6)  # of 625 and of 525 lines


def with_matrix(color: ColorTags, *, height_px: int) -> ColorTags:
    """The same tags with the matrix that is taken, for a film of this height, where none is stated."""
    if color.matrix != UNSPECIFIED:
        return color
    return replace(color, matrix=1 if height_px >= FIRST_HD_HEIGHT_PX else 6)


def completed(color: ColorTags, *, height_px: int) -> ColorTags:
    """Tags for a format that takes whatever does not state all three for BT.709: of a film that is taken for
    BT.601, with the primaries and transfer of that."""
    full = with_matrix(color, height_px=height_px)
    if full.matrix not in _BT_601:
        return full
    primaries, transfer = color.primaries, color.transfer
    return replace(
        full,
        primaries=full.matrix if primaries == UNSPECIFIED else primaries,
        transfer=6 if transfer == UNSPECIFIED else transfer,
    )


def matrix_of(color: ColorTags, *, height_px: int) -> Matrix:
    """The film's matrix; an unspecified one is BT.601 below 720 lines and BT.709 from there on.

    Raises InputError for matrices that are not of the Y'CbCr kind (RGB, YCgCo, ICtCp, constant luminance).
    """
    code = with_matrix(color, height_px=height_px).matrix
    if code not in _WEIGHTS:
        raise InputError(
            f"the film's colour matrix has code {code} (ITU-T H.273), which tcvc cannot write",
            "Convert the film to BT.709 or BT.601 first.",
        )
    kr, kb = _WEIGHTS[code]
    return Matrix(kr, kb, is_wide=color.primaries == BT2020_PRIMARIES)


def chroma_codes(pixel_format: PixelFormat, color: ColorTags) -> tuple[int, int]:
    """(neutral, span): code value of Cb = 0, and how many codes Cb covers from -0.5 to 0.5."""
    depth = pixel_format.bit_depth
    span = (1 << depth) - 1 if color.full_range else 224 << (depth - 8)
    return 128 << (depth - 8), span


def _through(matrix: NDArray[np.float64], rgb: NDArray[Any]) -> NDArray[Any]:
    linear = linear_from_signal(rgb) @ matrix.T.astype(rgb.dtype)
    return signal_from_linear(linear)
