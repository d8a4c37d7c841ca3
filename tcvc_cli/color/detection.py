"""Is a frame in colour already? Judged on a small picture of it, so that noise and sharpness do not count.

Two figures, in CIE a*, b* of `CELLS`: how far the picture as a whole is from grey (a tinted or toned reel),
and how far the one hundredth of it that differs most is from that (colours). The corners, where stations put
their logos, have no say in the second when the rest is grey; and where every cell has another colour than in
the frame before, though the picture as a whole has not, that is the noise of a tape, and the mean over up to
12 frames is judged. Black-and-white films that
were digitised with a cast stay below 5.3 and 2.9, recompressed as coarsely as MPEG-4 can below 7.0 and
4.5; a sepia tone has 23, colour films 10 to 30 in the second (docs/colour-parts.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import ab_from_planes
from tcvc_cli.color.lightness import luma_limits
from tcvc_cli.records import ColorTags, PixelFormat

CELLS = (32, 24)  # columns, rows
SMALL_FORMAT = PixelFormat("yuv444p", 8, 0, 0, is_grey=False, is_rgb=False)
_TINT = 10.0
_COLORS = 6.0
_GREY = 3.0  # black-and-white films with a cast stay below it
_JUMP = 3.0  # a*, b*, mean over the cells
_FEW = 8  # cells: one hundredth
_DARK = 0.08  # of the way from black to white: nothing to tell colour by
_CUT = 12.0  # code values of luma, mean over the cells: another picture
_MEAN_FRAMES = 12
_BLOCK = 4  # cells: noise has no colour over this many, in a row and in a column
_IS_CORNER = np.zeros((CELLS[1], CELLS[0]), bool)
_IS_CORNER[np.ix_([*range(6), *range(18, 24)], [*range(8), *range(24, 32)])] = True  # a quarter each way

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
        self._before: tuple[NDArray[np.float32], Small] | None = None
        self._mean = np.zeros((CELLS[0] * CELLS[1], 2), np.float32)
        self._frames = 0

    def see(self, luma: Small, cb: Small, cr: Small) -> FrameColor:
        """`luma`, `cb`, `cr` (24, 32) uint8: the frame averaged to `CELLS`, 8 bit, in its own matrix."""
        cells = ab_from_planes(luma, cb, cr, pixel_format=SMALL_FORMAT, color=self._color).reshape(-1, 2)
        before, self._before = self._before, (cells, luma)
        is_jump = before is not None and _moved(_in_blocks(before[0]), _in_blocks(cells)) >= _JUMP
        is_noisy = before is not None and not is_jump and _moved(before[0], cells) >= _JUMP
        is_cut = before is not None and float(cv2.absdiff(before[1], luma).mean()) >= _CUT
        self._frames = 1 if is_jump or is_cut else min(self._frames + 1, _MEAN_FRAMES)
        self._mean = self._mean + (cells - self._mean) / np.float32(self._frames)
        judged = self._mean if is_noisy else cells
        return FrameColor(None if self._is_dark(luma) else has_color(judged), is_jump)

    def _is_dark(self, luma: Small) -> bool:
        black, white = luma_limits(8, full_range=self._color.full_range)
        return bool(np.sort(luma, axis=None)[-_FEW] < black + _DARK * (white - black))


def has_color(cells: NDArray[np.float32]) -> bool:
    """`cells` (768, 2): CIE a*, b* of a picture averaged to `CELLS`, row by row."""
    tint = cells.mean(axis=0)
    apart = np.hypot(*(cells - tint).T)
    spread, without_corners = (np.sort(some)[-_FEW] for some in (apart, apart[~_IS_CORNER.ravel()]))
    spread = spread if without_corners >= _GREY else without_corners
    return bool(np.hypot(*tint) >= _TINT or spread >= _COLORS)


def _in_blocks(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    blocks = cells.reshape(CELLS[1] // _BLOCK, _BLOCK, CELLS[0] // _BLOCK, _BLOCK, 2)
    return np.asarray(blocks.mean(axis=(1, 3)).reshape(-1, 2))


def _moved(before: NDArray[np.float32], now: NDArray[np.float32]) -> float:
    """How far the colours have moved, on average."""
    return float(np.hypot(*(now - before).T).mean())
