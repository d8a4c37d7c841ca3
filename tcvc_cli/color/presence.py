"""Is a frame in colour already? Judged on a small picture of it, so that noise and sharpness do not count.

Two figures, in CIE a*, b* of `CELLS`: how far the picture as a whole is from grey (a tinted or toned reel),
and how far the one hundredth of it that differs most is from that (colours). Black-and-white films that
were digitised with a cast stay below 5.3 and 2.9, recompressed as coarsely as MPEG-4 can below 7.0 and
4.5; a sepia tone has 23, colour films 10 to 30 in the second (docs/colour-parts.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import ab_from_planes
from tcvc_cli.color.lightness import luma_limits
from tcvc_cli.records import ColorTags, PixelFormat

CELLS = (32, 24)  # columns, rows
SMALL_FORMAT = PixelFormat("yuv444p", 8, 0, 0, is_grey=False, is_rgb=False)
_TINT = 10.0
_COLORS = 6.0
_JUMP = 3.0  # a*, b*, mean over the cells
_FEW = 8  # cells: one hundredth
_DARK = 0.08  # of the way from black to white: nothing to tell colour by

Small = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class FrameColor:
    """`is_in_color`: None where the frame is too dark to tell. `is_jump`: the colours of the whole picture
    are others than in the frame before, as at a cut."""

    is_in_color: bool | None
    is_jump: bool = False


class ColorWatch:
    """Sees the frames of one film in order."""

    def __init__(self, color: ColorTags) -> None:
        self._color = color
        self._before: NDArray[np.float32] | None = None

    def see(self, luma: Small, cb: Small, cr: Small) -> FrameColor:
        """`luma`, `cb`, `cr` (24, 32) uint8: the frame averaged to `CELLS`, 8 bit, in its own matrix."""
        cells = ab_from_planes(luma, cb, cr, pixel_format=SMALL_FORMAT, color=self._color).reshape(-1, 2)
        before, self._before = self._before, cells
        is_jump = before is not None and float(np.hypot(*(cells - before).T).mean()) >= _JUMP
        return FrameColor(None if self._is_dark(luma) else _has_color(cells), is_jump)

    def _is_dark(self, luma: Small) -> bool:
        black, white = luma_limits(8, full_range=self._color.full_range)
        return bool(np.sort(luma, axis=None)[-_FEW] < black + _DARK * (white - black))


def _has_color(cells: NDArray[np.float32]) -> bool:
    tint = cells.mean(axis=0)
    spread = np.sort(np.hypot(*(cells - tint).T))[-_FEW]
    return bool(np.hypot(*tint) >= _TINT or spread >= _COLORS)
