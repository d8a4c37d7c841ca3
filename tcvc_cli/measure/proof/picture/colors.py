"""The colours of two films, frame by frame: those that the film had already, and those that are new.

A frame that is in colour keeps its colours, or gets others because somebody asked for that; in no case does
it lose them. Which of the first two was asked for, only a sidecar can say: what it claims to be as it was is
held to that, and what has other colours is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import ab_from_planes
from tcvc_cli.color.detection import CELLS, SMALL_FORMAT, ColorWatch, Small, has_color
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.measure.fidelity import psnr_of
from tcvc_cli.measure.proof.checks import FLOOR_DB, Check, judged
from tcvc_cli.measure.proof.picture.places import alteration
from tcvc_cli.media.planes import Frame, Plane
from tcvc_cli.records import ColorTags, FilmInfo

_EVERY: Final = 8  # frames
_BT_601: Final = 6  # by any matrix a colour is one
_TAGS: Final = ColorTags(2, 2, _BT_601, full_range=False)
# Of chroma that is brought to another subsampling, an edge within a cell moves its mean by so many levels of
# 8 bit at most.
_CELL_OFF: Final = 8.0
_COLORED, _NEUTRAL, _ALIKE, _FEW = 6.0, 2.0, 4.0, 8  # a*, b* of a cell; cells, one hundredth
_BLOCK: Final = 4  # cells, in a row and in a column
_NEARLY_ALL: Final = 0.95  # of the cells that were in colour
_MOST_SAME: Final = 0.25  # of the cells in colour: whoever colours anew hits no more of them by chance
Fate = Literal["same", "gone", "other"]
Cells = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ColorsProof:
    """Of the frames that are in colour in the original, or claimed to be as they were: how many have the
    same colours, lost them, or have others; the number of the first of each kind. `broken`: of the last, how
    many are claimed to be as they were."""

    same: int = 0
    gone: int = 0
    other: int = 0
    broken: int = 0
    first_gone: int | None = None
    first_other: int | None = None
    first_broken: int | None = None


class ColorsMeter:
    """Takes the frames of both films, pair by pair. `kept`: frames `[start, stop)` of the original that are
    claimed to be in the result as they were. `unclear`: those that are claimed to be mixed of two shots:
    they may have any colours, and have some."""

    def __init__(
        self,
        before: FilmInfo,
        after: FilmInfo,
        *,
        kept: Sequence[tuple[int, int]] = (),
        unclear: Sequence[tuple[int, int]] = (),
        floor_db: float = FLOOR_DB,
        is_lossless: bool = False,
    ) -> None:
        self._formats = before.pixel_format, after.pixel_format
        self._kept, self._unclear = kept, unclear
        self._floor_db, self._is_lossless = floor_db, is_lossless
        self._watch = ColorWatch(with_matrix(before.color, height_px=before.height_px))
        self._counts = {"same": 0, "gone": 0, "other": 0, "broken": 0}
        self._firsts: dict[str, int] = {}
        self.has_new_colors = False

    def see(self, one: Frame | None, other: Frame | None) -> None:
        if one is None or other is None:
            return
        is_kept = _is_within(one.number, self._kept)
        cells, is_in_color = None, False
        if one.cb is not None and one.cr is not None:
            small = _small_planes(one, self._bits(one, 0))
            cells = _cells(small)
            is_in_color = self._watch.see(*small).is_in_color is True and _is_no_noise(cells)
        if is_kept or is_in_color:
            was = self._cells(one, 0) if cells is None else cells
            if is_kept or not _is_within(one.number, self._unclear) or _is_gone(was, self._cells(other, 1)):
                self._count(one.number, self._fate(one, other, was), is_kept=is_kept)
        elif not self.has_new_colors and one.number % _EVERY == 0:
            was = self._cells(one, 0) if cells is None else cells
            self.has_new_colors = not has_color(was) and has_color(self._cells(other, 1))

    def proof(self) -> ColorsProof:
        firsts = (self._firsts.get(name) for name in ("gone", "other", "broken"))
        return ColorsProof(*self._counts.values(), *firsts)

    def _count(self, number: int, fate: Fate, *, is_kept: bool) -> None:
        name = "broken" if fate == "other" and is_kept else fate
        self._counts[name] += 1
        self._firsts.setdefault(name, number)

    def _bits(self, frame: Frame, side: int) -> int:
        return (self._formats[side] if frame.facts is None else frame.facts.pixel_format).bit_depth

    def _cells(self, frame: Frame, side: int) -> Cells:
        return _cells(_small_planes(frame, self._bits(frame, side)))

    def _fate(self, one: Frame, other: Frame, was: Cells) -> Fate:
        bits = self._bits(one, 0), self._bits(other, 1)
        planes = [(_chroma(one, at, bits[0]), _chroma(other, at, bits[1])) for at in (0, 1)]
        if all(self._is_same(*pair, bits) for pair in planes):
            return "same"
        now = self._cells(other, 1)
        return "gone" if _is_gone(was, now) or _is_gone_in_part(was, now) else "other"

    def _is_same(self, one: Plane, other: Plane, bits: tuple[int, int]) -> bool:
        if one.shape != other.shape or bits[1] < bits[0]:
            off = _small(one, bits[0]).astype(np.int16) - _small(other, bits[1])
            return bool(np.abs(off).max() <= _CELL_OFF)
        shifted = np.left_shift(one.astype(np.uint16), bits[1] - bits[0])
        expected: Plane = shifted.astype(np.uint8) if bits[1] == 8 else shifted
        if self._is_lossless and bits[0] == bits[1]:
            return bool(np.array_equal(expected, other))
        square = float(cv2.norm(expected, other, cv2.NORM_L2SQR)) / other.size
        is_near = psnr_of(square, peak=float((1 << bits[1]) - 1)) >= self._floor_db
        return is_near and alteration(expected, other, bits[1], self._floor_db) is None


def check_of_colors(proof: ColorsProof) -> Check:
    """Other colours than the film's own are dropped colours: nobody can tell from the films who wanted it."""
    subject, count = "colours of the film", proof.same + proof.gone + proof.other + proof.broken
    faults = []
    if proof.gone:
        faults.append(
            f"{proof.gone} of {count} frames in colour lost it, the first is frame {proof.first_gone}"
        )
    if proof.broken:
        where = f"the first is frame {proof.first_broken}"
        faults.append(f"{proof.broken} frames that the sidecar calls as they were are not, {where}")
    if not faults and proof.other:
        where = f"the first is frame {proof.first_other}"
        words = f"{proof.other} of {count} frames in colour have other colours than their own, {where}"
        return Check(subject, "dropped", words)
    return judged(subject, faults, f"{count} frames have their own" if count else "none")


def _is_within(number: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(start <= number < stop for start, stop in ranges)


def _chroma(frame: Frame, which: int, bits: int) -> Plane:
    """Cb or Cr; of a grey frame, as many neutral ones as it has samples."""
    plane = (frame.cb, frame.cr)[which]
    if plane is not None:
        return plane
    return np.full_like(frame.luma, 1 << (bits - 1))


def _small_planes(frame: Frame, bits: int) -> tuple[Small, Small, Small]:
    """Y, Cb and Cr averaged to `CELLS`, 8 bit."""
    cb, cr = _chroma(frame, 0, bits), _chroma(frame, 1, bits)
    return _small(frame.luma, bits), _small(cb, bits), _small(cr, bits)


def _cells(planes: tuple[Small, Small, Small]) -> Cells:
    """(768, 2) CIE a*, b* of them."""
    luma, cb, cr = planes
    return ab_from_planes(luma, cb, cr, pixel_format=SMALL_FORMAT, color=_TAGS).reshape(-1, 2)


def _is_no_noise(cells: Cells) -> bool:
    """In colour over whole blocks, where the noise of a tape comes to nothing."""
    parts = cells.reshape(CELLS[1] // _BLOCK, _BLOCK, CELLS[0] // _BLOCK, _BLOCK, 2)
    blocks = parts.mean(axis=(1, 3)).reshape(-1, 2)
    tint = blocks.mean(axis=0)
    return bool(np.hypot(*tint) >= _COLORED or np.hypot(*(blocks - tint).T).max() >= _COLORED)


def _is_gone(was: Cells, now: Cells) -> bool:
    """What was in colour is grey. A network may give little colour, but none it does not give."""
    colored = np.hypot(*was.T) >= _COLORED
    grey = np.hypot(*now[colored].T) < _NEUTRAL
    return bool(colored.any() and grey.mean() >= _NEARLY_ALL)


def _is_gone_in_part(was: Cells, now: Cells) -> bool:
    """Some cells are grey that were in colour, beside others that are as they were."""
    colored = np.hypot(*was.T) >= _COLORED
    grey = colored & (np.hypot(*now.T) < _NEUTRAL)
    same = colored & (np.hypot(*(was - now).T) < _ALIKE)
    return bool(grey.sum() >= _FEW and same.sum() >= _MOST_SAME * colored.sum())


def _small(plane: Plane, bits: int) -> Small:
    """Averaged to `CELLS`, 8 bit."""
    means = cv2.resize(plane.astype(np.float32), CELLS, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(np.round(means / 2 ** (bits - 8)), 0, 255), np.uint8)
