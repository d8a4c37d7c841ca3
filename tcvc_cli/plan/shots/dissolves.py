"""Cuts without a moment: one shot is dissolved into the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from tcvc_cli.plan.shots.cut import Cut
from tcvc_cli.plan.shots.dissolve_extent import extent
from tcvc_cli.plan.shots.history import REACH_FRAMES, History
from tcvc_cli.plan.shots.mixture import Mixture, mixture
from tcvc_cli.plan.shots.similarity import correlation
from tcvc_cli.plan.shots.structure import Structure

QUIET_FRAMES = 12  # between two dissolves
HALVES_FRAMES = (3, 5, 8, 12, 17, REACH_FRAMES)
_STILL_ALIKE = 0.6
_ALIKE = 0.65
_DIP = 0.85  # of the energy on both sides; two unlike pictures, half of each, have 0.5
_SMOOTH = 0.6  # of the usual similarity of neighbours: less is a hard cut
_LEAST_SHARE, _MOST_SHARE = 0.2, 1.0
_LEAST_GAIN = 0.05
_CERTAIN = 0.5
LEAST_STRENGTH = 0.3  # a dissolve that was never halfway is none


@dataclass(frozen=True, slots=True)
class _Found:
    """A dissolve about `half` frames to each side of `middle`, and what there is to measure it by."""

    first: int  # of the new shot
    strength: float
    middle: int
    half: int
    around: Mapping[int, Structure]

    def cut(self) -> Cut:
        return Cut(self.first, self.strength, extent(self.around, self.middle, self.half))


class DissolveJudge:
    """Asked about each frame in turn; of all frames of a dissolve the middle one is its cut."""

    def __init__(self) -> None:
        self._best: _Found | None = None
        self._open_until = 0

    def cut_before(self, history: History, frame: int) -> Cut | None:
        """The cut of a dissolve whose frames were all before `frame`, once."""
        found = self._ended(frame)
        for half in HALVES_FRAMES:
            mixed = mixed_at(history, frame, half)
            if mixed is None:
                continue
            strength = strength_of(mixed)
            self._open_until = frame + QUIET_FRAMES
            if self._best is None or strength > self._best.strength:
                # Halfway the shares are equal; after it, the frame belongs to the new shot.
                first = frame if mixed.new >= mixed.old else frame + 1
                self._best = _Found(first, min(1.0, strength), frame, half, history.all())
        return found

    def last_cut(self) -> Cut | None:
        """What is left when the film is over."""
        return self._best.cut() if self._best is not None and self._best.strength > LEAST_STRENGTH else None

    def _ended(self, frame: int) -> Cut | None:
        if frame <= self._open_until:
            return None
        found, self._best = self.last_cut(), None
        return found


def strength_of(mixed: Mixture) -> float:
    """How surely the frame is the middle of a dissolve, in [0, 1]: halfway the shares are equal."""
    return mixed.certainty * min(mixed.old, mixed.new) / max(mixed.old, mixed.new)


def mixed_at(history: History, frame: int, half: int) -> Mixture | None:
    """The mixture that the frame is, if it may be the middle of a dissolve of about two halves."""
    before, after = frame - half, frame + half
    if before < history.start or after >= history.stop or not _may_be_middle(history, frame, half):
        return None
    found = mixture(history[frame], history[before], history[after])
    if found is None or min(found.old, found.new) < _LEAST_SHARE or max(found.old, found.new) > _MOST_SHARE:
        return None
    if found.gained < _LEAST_GAIN or found.certainty < _CERTAIN:
        return None
    return found if history.alike(before, after) < _ALIKE else None


def _may_be_middle(history: History, frame: int, half: int) -> bool:
    """Cheap signs, which rule out nearly every frame: the contrast dips, and the two sides differ."""
    before, here, after = (history[frame + offset] for offset in (-half, 0, half))
    if before.is_blank or after.is_blank or here.is_blank:
        return False
    if here.contrast**2 > _DIP * (before.contrast**2 + after.contrast**2) / 2:
        return False
    if correlation(before.pattern, after.pattern) > _STILL_ALIKE:
        return False
    steps = [history.step(other) for other in range(frame - half + 1, frame + half + 1)]
    return min(steps) > _SMOOTH * median(steps)
