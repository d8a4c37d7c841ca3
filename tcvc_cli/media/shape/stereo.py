"""Pictures that hold a view for each eye: how a coding packs them (ISO/IEC 14496-10, D.2.26, as FFmpeg's
AVStereo3D tells it), and what Matroska calls that (RFC 9559, 5.1.4.1.28.3, by FFmpeg's names)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

STEREO_MODE: Final = "stereo_mode"  # the tag by which FFmpeg's muxer is told
# By type and whether the right eye's view comes first.
_MODES: Final[Mapping[tuple[int, bool], str]] = MappingProxyType(
    {
        (1, False): "left_right",
        (1, True): "right_left",
        (2, False): "top_bottom",
        (2, True): "bottom_top",
        (3, False): "block_lr",
        (3, True): "block_rl",
        (4, False): "checkerboard_lr",
        (4, True): "checkerboard_rl",
        (6, False): "row_interleaved_lr",
        (6, True): "row_interleaved_rl",
        (7, False): "col_interleaved_lr",
        (7, True): "col_interleaved_rl",
    }
)
_BESIDE: Final = ("left_right", "right_left", "col_interleaved_lr", "col_interleaved_rl")
_ABOVE: Final = ("top_bottom", "bottom_top", "row_interleaved_lr", "row_interleaved_rl")
_IS_INVERTED: Final = 1


def mode_of(side_data: bytes) -> str | None:
    """Matroska's name of the packing that FFmpeg's side data tells; None where it has none."""
    if len(side_data) < 8:
        return None
    kind, flags = struct.unpack_from("=ii", side_data)
    return _MODES.get((kind, bool(flags & _IS_INVERTED)))


def width_in(mode: str | None) -> Fraction:
    """How much wider the picture is than what is shown of it: 2 where the views stand side by side, 1/2 where
    one stands above the other. Matroska states the shape of one eye's picture, FFmpeg that of both."""
    return Fraction(2) if mode in _BESIDE else Fraction(1, 2) if mode in _ABOVE else Fraction(1)
