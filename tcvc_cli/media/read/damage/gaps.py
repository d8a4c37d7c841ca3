"""Frames that are not there, as the times of the others tell."""

from __future__ import annotations

from array import array
from collections import Counter
from fractions import Fraction
from math import ceil
from typing import Final, NamedTuple

from tcvc_cli.records import FilmInfo

_FEWEST_STEPS: Final = 8  # of which can be said that they are alike
_WIDE: Final = Fraction(8, 5)
_SOME: Final = 50  # of so many steps one
_FEW: Final = 2
_NEAR: Final = 3  # steps beside a wide one that may be short for it: times of some formats are guessed
_ROUNDED: Final = Fraction(1, 4)  # of a frame
# Where a frame may be held: they say how long.
_STATES_ALL_TIMES: Final = ("mp4", "avi", "ogg", "gif", "apng")


class Gap(NamedTuple):
    """About `frames` are not there behind frame `behind`, which is shown at `at_s`; each would last
    `usual_s`."""

    frames: int
    behind: int
    at_s: Fraction
    usual_s: Fraction

    def within(self, since_s: Fraction, until_s: Fraction | None) -> Gap | None:
        """As much of it as would be shown from `since_s` on and before `until_s`; None where nothing
        would."""
        late = max(0, ceil((since_s - self.at_s) / self.usual_s - _ROUNDED) - 1)
        left = self.frames - late
        if until_s is not None:
            left = min(left, ceil((until_s - self.at_s) / self.usual_s - _ROUNDED) - 1 - late)
        return self._replace(frames=left) if left > 0 else None


class FrameGaps:
    """Sees when frames are shown, from the first of the film on. A few wide steps among others that are alike
    are gaps; where steps are of many lengths, each frame is shown for as long as it is meant to."""

    def __init__(self, film: FilmInfo) -> None:
        self._tick = film.time_base
        self._is_stated = any(name in film.container for name in _STATES_ALL_TIMES)
        self._times = array("q")

    def see(self, pts: int) -> None:
        """The next frame, in ticks of the film."""
        self._times.append(pts)

    def found(self) -> list[Gap]:
        """In the order of the film."""
        steps = [after - before for before, after in zip(self._times, self._times[1:], strict=False)]
        if self._is_stated or len(steps) < _FEWEST_STEPS:
            return []
        counts = Counter(steps)
        usual = max(counts, key=lambda step: (counts[step], -step))
        near = max(1, usual // 8)
        odd = [number for number, step in enumerate(steps) if abs(step - usual) > near]
        wide = [number for number in odd if steps[number] >= _WIDE * usual]
        few = max(_FEW, len(steps) // _SOME)
        if len(wide) > few or len(odd) - len(wide) > few:
            return []
        gaps = ((number, _missing(steps, number, usual)) for number in wide)
        return [
            Gap(missing, number, self._times[number] * self._tick, usual * self._tick)
            for number, missing in gaps
            if missing > 0
        ]


def _missing(steps: list[int], number: int, usual: int) -> int:
    """Frames in step `number`, less what the steps beside it are too short."""
    beside = steps[max(0, number - _NEAR) : number] + steps[number + 1 : number + 1 + _NEAR]
    short = sum(max(0, usual - step) for step in beside)
    return round(Fraction(steps[number] - usual - short, usual)) if usual > 0 else 0
