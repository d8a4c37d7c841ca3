"""What is in colour on a grey picture and no part of it: the logo of a station, a panel beside the picture,
lettering in colour. Such a thing is small, the rest of the picture is grey, and it stays where it is.

Judged on `CELLS` of a frame. A patch stands still when its Cb and Cr do: those of an area that is partly
covered by a logo do not change with the grey picture behind it, as its a*, b* do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.records import Overlay

CELLS: Final = (32, 24)  # columns, rows
_COLUMNS, _ROWS = CELLS
_COLORED = 6.0  # a*, b*
_SURELY = 10.0  # in one cell of a patch at least; less is what coarse coding leaves
_MOST_CELLS = 38  # one twentieth of the picture
_STILL = 2.5  # code values of Cb and Cr
_STILL_FRAMES = 12
_MOSTLY, _PARTLY, _HARDLY = 0.7, 0.3, 0.15  # of the cells of a patch, a column or a row
_WIDEST_PANEL = (12, 8)  # columns, rows, on one side
_BAND_ROWS = 5  # at the top and at the bottom, where lettering stands
_CORNER = (8, 6)

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Motion = Literal["unknown", "still", "moving"]


@dataclass(frozen=True, slots=True)
class Patches:
    """`panels` and `patches` (24, 32) are the cells in colour at the sides and elsewhere, `motion` is that of
    the patches."""

    panels: Mask
    patches: Mask
    motion: Motion

    @property
    def cells(self) -> Mask:
        """Both, and the cells beside them, into which codecs let colour run."""
        return grown(self.panels | self.patches)


class PatchWatch:
    """Sees the frames of one film in order."""

    def __init__(self) -> None:
        self._mean = np.zeros((_ROWS, _COLUMNS, 2), np.float32)
        self._frames = np.zeros((_ROWS, _COLUMNS), np.int32)  # for which a cell has had its colour
        self._age = np.zeros((_ROWS, _COLUMNS), np.float32)  # of what is in colour there, as far as it moved

    def see(self, ab: Floats, chroma: Floats, *, is_cut: bool) -> Patches | None:
        """`ab` (24, 32, 2) CIE units; `chroma` (24, 32, 2) the same in code values, Cb and Cr; `is_cut`: the
        picture is another than before. None where nothing is in colour, or too much for patches."""
        from_grey = np.hypot(*np.moveaxis(ab - np.median(ab, axis=(0, 1)), 2, 0))
        colored = from_grey >= _COLORED
        self._count(chroma, colored, is_cut=is_cut)
        sure = _panels(colored, _MOSTLY)
        panels = sure if sure.any() else _panels(colored, _PARTLY)
        patches = _with_seeds(colored & ~panels, from_grey >= _SURELY)
        if not (panels | patches).any() or patches.sum() > _MOST_CELLS:
            return None
        return Patches(panels, patches, self._motion(patches, colored & panels & ~sure))

    def _count(self, chroma: Floats, colored: Mask, *, is_cut: bool) -> None:
        """What outlives a cut has been there for long."""
        is_same = (self._frames > 0) & (np.abs(chroma - self._mean).max(axis=2) <= _STILL)
        frames = np.where(is_same, self._frames + 1, 1)
        if is_cut:
            frames[is_same] = np.maximum(frames[is_same], _STILL_FRAMES)
        age = np.where(is_same, self._age, 0) if is_cut else cv2.dilate(self._age, np.ones((3, 3), np.uint8))
        self._frames = np.where(colored, frames, 0)
        self._age = np.where(colored, np.maximum(age + 1, frames), 0).astype(np.float32)
        weight = np.float32(1) / np.minimum(np.maximum(frames, 1), _STILL_FRAMES)[..., None]
        self._mean = np.where(is_same[..., None], self._mean + (chroma - self._mean) * weight, chroma)

    def _motion(self, patches: Mask, pattern: Mask) -> Motion:
        """Of all patches together, one that moves is enough, and of the `pattern` of panels."""
        motions = [self._motion_of(patch) for patch in _parts(patches)]
        motions += [self._motion_of(pattern)] if pattern.any() else []
        if "moving" in motions:
            return "moving"
        return "unknown" if "unknown" in motions else "still"

    def _motion_of(self, patch: Mask) -> Motion:
        if _is_marginal(patch) or (self._frames[patch] >= _STILL_FRAMES).mean() >= _MOSTLY:
            return "still"
        return "moving" if self._age[patch].max() >= _STILL_FRAMES else "unknown"


def grown(mask: Mask) -> Mask:
    """With the cells around it."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)), bool)


def overlays_of(found: Patches) -> tuple[Overlay, ...]:
    """As rectangles. What is wholly inside a panel stays as it is; at its edge, and around a patch, what is
    in colour there."""
    return _overlays(found.panels.tobytes(), found.patches.tobytes())


@lru_cache(maxsize=1024)
def _overlays(panels: bytes, patches: bytes) -> tuple[Overlay, ...]:
    """One record for all frames that show the same."""
    sides, inside = (np.frombuffer(one, bool).reshape(_ROWS, _COLUMNS) for one in (panels, patches))
    found = [
        *(one for columns in _ends(sides) for one in _panel(columns, is_upright=True)),
        *(one for rows in _ends(sides.T) for one in _panel(rows, is_upright=False)),
        *map(_around, _parts(grown(inside))),
    ]
    return tuple(one for one in found if one.left < one.right and one.top < one.bottom)


def _parts(mask: Mask) -> list[Mask]:
    """Those that hang together, each for itself."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return [labels == label for label in range(1, count)]


def _with_seeds(mask: Mask, seeds: Mask) -> Mask:
    kept = [part for part in _parts(mask) if (part & seeds).any()]
    return np.asarray(np.any(kept, axis=0), bool) if kept else np.zeros_like(mask)


def _around(patch: Mask) -> Overlay:
    rows, columns = np.nonzero(patch)
    return Overlay(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)


def _ends(panels: Mask) -> list[range]:
    """Which of its columns are set, from the first on and up to the last."""
    lines = np.all(panels, axis=0, keepdims=True)[0]
    first, last = _run(lines), _run(lines[::-1])
    return [range(first), range(len(lines) - last, len(lines))]


def _panel(lines: range, *, is_upright: bool) -> tuple[Overlay, Overlay]:
    """Its inside, and its edge towards the picture with the cells beyond."""
    if not len(lines):
        return Overlay(0, 0, 0, 0), Overlay(0, 0, 0, 0)
    across = _COLUMNS if is_upright else _ROWS
    if lines.start == 0:
        inside, edge = (0, lines.stop - 1), (lines.stop - 1, min(lines.stop + 1, across))
    else:
        inside, edge = (lines.start + 1, across), (max(lines.start - 1, 0), lines.start + 1)
    if is_upright:
        return Overlay(inside[0], 0, inside[1], _ROWS, is_whole=True), Overlay(edge[0], 0, edge[1], _ROWS)
    return Overlay(0, inside[0], _COLUMNS, inside[1], is_whole=True), Overlay(0, edge[0], _COLUMNS, edge[1])


def _panels(colored: Mask, least: float) -> Mask:
    """Columns, or rows, at the edges of which at least this share is in colour, when those beside them are
    not."""
    for axis, most in enumerate(_WIDEST_PANEL):
        share = colored.mean(axis=axis)
        lines = share >= least
        first, last = _run(lines), _run(lines[::-1])
        inside = share[first : len(share) - last]
        if max(first, last) and max(first, last) <= most and (inside <= _HARDLY).all():
            panels = np.zeros_like(colored)
            across = panels.T if axis == 0 else panels
            across[:first] = True
            across[len(share) - last :] = True
            return panels
    return np.zeros_like(colored)


def _run(lines: Mask) -> int:
    """How many are set at the beginning."""
    return int(np.argmin(lines)) if not lines.all() else len(lines)


def _is_marginal(patch: Mask) -> bool:
    """In a corner, or wholly in the band at the top or at the bottom."""
    rows, columns = np.nonzero(patch)
    is_high, is_low = rows.max() < _BAND_ROWS, rows.min() >= _ROWS - _BAND_ROWS
    width, height = _CORNER
    is_at_side = columns.max() < width or columns.min() >= _COLUMNS - width
    return bool(is_high or is_low or (is_at_side and (rows.max() < height or rows.min() >= _ROWS - height)))
