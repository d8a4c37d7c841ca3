"""Is a frame in colour already? Judged on a small picture of it, so that noise and sharpness do not count.

Two figures, in CIE a*, b* of `CELLS`: how far the picture as a whole is from grey (a tinted or toned reel),
and how far the one hundredth of it that differs most is from that (colours). Where every cell has another
colour than in the frame before, though the picture as a whole has not, that is the noise of a tape, and the
mean over up to 12 frames is judged. What is in colour on a grey picture and no part of it, `overlays.py`
finds. Black-and-white films that were digitised with a cast stay below 5.3 and 2.9, recompressed as coarsely
as MPEG-4 can below 7.0 and 4.5; a sepia tone has 23, colour films 10 to 30 in the second
(docs/colour-parts.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import ab_from_planes
from tcvc_cli.color.lightness import luma_limits
from tcvc_cli.color.overlays import CELLS as CELLS
from tcvc_cli.color.overlays import PatchWatch, overlays_of
from tcvc_cli.records import ColorTags, Overlay, PixelFormat

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

Small = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class FrameColor:
    """`is_in_color`: None where that cannot be told, as of a dark frame. `is_jump`: the colours of the whole
    picture are others than in the frame before, as at a cut. `overlays`: what is in colour on a frame that is
    not, or of which that cannot be told yet."""

    is_in_color: bool | None
    is_jump: bool = False
    overlays: tuple[Overlay, ...] = ()


class ColorWatch:
    """Sees the frames of one film in order."""

    def __init__(self, color: ColorTags) -> None:
        self._color = color
        self._before: tuple[NDArray[np.float32], Small] | None = None
        self._mean = np.zeros((CELLS[0] * CELLS[1], 4), np.float32)
        self._frames = 0
        self._patches = PatchWatch()

    def see(self, luma: Small, cb: Small, cr: Small) -> FrameColor:
        """`luma`, `cb`, `cr` (24, 32) uint8: the frame averaged to `CELLS`, 8 bit, in its own matrix."""
        cells = ab_from_planes(luma, cb, cr, pixel_format=SMALL_FORMAT, color=self._color).reshape(-1, 2)
        before, self._before = self._before, (cells, luma)
        is_jump = before is not None and _moved(_in_blocks(before[0]), _in_blocks(cells)) >= _JUMP
        is_noisy = before is not None and not is_jump and _moved(before[0], cells) >= _JUMP
        is_cut = before is not None and float(cv2.absdiff(before[1], luma).mean()) >= _CUT
        self._frames = 1 if is_jump or is_cut else min(self._frames + 1, _MEAN_FRAMES)
        seen = np.hstack([cells, cb.reshape(-1, 1), cr.reshape(-1, 1)]).astype(np.float32)
        self._mean = self._mean + (seen - self._mean) / np.float32(self._frames)
        judged = self._mean if is_noisy else seen
        grey_limit = _COLORS if is_noisy else _GREY
        is_in_color, overlays = self._judged(luma, judged, grey_limit, is_cut=is_cut)
        return FrameColor(is_in_color, is_jump, overlays)

    def _judged(
        self, luma: Small, seen: NDArray[np.float32], grey_limit: float, *, is_cut: bool
    ) -> tuple[bool | None, tuple[Overlay, ...]]:
        """`seen` (768, 4): a*, b*, Cb, Cr."""
        ab, chroma = (part.reshape(CELLS[1], CELLS[0], 2) for part in (seen[:, :2], seen[:, 2:]))
        patches = self._patches.see(ab, chroma, is_cut=is_cut)
        if self._is_dark(luma):
            return None, ()
        is_colored = has_color(seen[:, :2])
        if patches is None or not self._is_grey(luma[~patches.cells], ab[~patches.cells], grey_limit):
            return is_colored, ()
        if is_colored and patches.motion == "moving":
            return True, ()
        is_unknown = is_colored and patches.motion == "unknown"
        return (None if is_unknown else False), overlays_of(patches)

    def _is_grey(self, luma: Small, ab: NDArray[np.float32], limit: float) -> bool:
        """Of the cells (n,), (n, 2) beside what is in colour; beside a title on black there is nothing."""
        if len(luma) < _FEW or self._is_dark(luma):
            return False
        tint, spread = _tint_and_spread(ab)
        return tint < _TINT and spread < limit

    def _is_dark(self, luma: Small) -> bool:
        black, white = luma_limits(8, full_range=self._color.full_range)
        return bool(np.sort(luma, axis=None)[-_FEW] < black + _DARK * (white - black))


def has_color(cells: NDArray[np.float32]) -> bool:
    """`cells` (768, 2): CIE a*, b* of a picture averaged to `CELLS`, row by row."""
    tint, spread = _tint_and_spread(cells)
    return tint >= _TINT or spread >= _COLORS


def _tint_and_spread(cells: NDArray[np.float32]) -> tuple[float, float]:
    tint = cells.mean(axis=0)
    return float(np.hypot(*tint)), float(np.sort(np.hypot(*(cells - tint).T))[-_FEW])


def _in_blocks(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    blocks = cells.reshape(CELLS[1] // _BLOCK, _BLOCK, CELLS[0] // _BLOCK, _BLOCK, 2)
    return np.asarray(blocks.mean(axis=(1, 3)).reshape(-1, 2))


def _moved(before: NDArray[np.float32], now: NDArray[np.float32]) -> float:
    """How far the colours have moved, on average."""
    return float(np.hypot(*(now - before).T).mean())
