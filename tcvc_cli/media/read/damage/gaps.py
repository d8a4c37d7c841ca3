"""Frames that are not there, as the times of the others tell, and as packets do of which no picture came."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Final, NamedTuple

from tcvc_cli.records import FilmInfo, FrameTime

_MOST_HELD: Final = 10_000  # more come from files that mean harm
_FEWEST_STEPS: Final = 8  # of which can be said that they are alike
_WIDE: Final = Fraction(8, 5)
_SOME: Final = 50  # of so many steps one
_FEW: Final = 2
_STATES_ALL_TIMES: Final = ("mp4", "avi")  # and how many frames there are: a frame may be held for long


class Gap(NamedTuple):
    """About `frames` are not there behind frame `behind`, which is shown at `at_s`; None of both where nobody
    can say."""

    frames: int
    behind: int | None
    at_s: Fraction | None


class FrameGaps:
    """Sees when the frames of a part are shown. A few wide steps among others that are alike are gaps; where
    steps are of many lengths, each frame is shown for as long as it is meant to."""

    def __init__(self, film: FilmInfo) -> None:
        self._film = film
        self._steps: Counter[int] = Counter()
        self._wide: list[tuple[int, Fraction, int]] = []
        self._last: FrameTime | None = None
        self._usual = 1 / (film.frame_rate * film.time_base)
        self._is_stated = any(name in film.container for name in _STATES_ALL_TIMES)

    def see(self, number: int, time: FrameTime) -> None:
        """The next frame, at a later time."""
        if self._last is not None and (time.pts > self._last.pts):
            step = time.pts - self._last.pts
            if len(self._steps) < _MOST_HELD or step in self._steps:
                self._steps[step] += 1
            if 2 * step > 3 * self._usual / _WIDE and len(self._wide) < _MOST_HELD:
                self._wide.append((number - 1, self._last.seconds, step))
        self._last = time

    def found(self) -> list[Gap]:
        """In the order of the film."""
        total = sum(self._steps.values())
        if self._is_stated or total < _FEWEST_STEPS:
            return []
        usual = max(self._steps, key=lambda step: (self._steps[step], -step))
        near = max(1, usual // 8)
        alike = sum(count for step, count in self._steps.items() if abs(step - usual) <= near)
        wide = [one for one in self._wide if one[2] >= _WIDE * usual]
        few = max(_FEW, total // _SOME)
        if len(wide) > few or total - alike - len(wide) > few:
            return []
        return [Gap(round(Fraction(step, usual)) - 1, number, at_s) for number, at_s, step in wide]
