"""How fast a stage is: what it takes to get going, and what each unit of its work takes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tcvc_cli.run.events import Event, FramesDone, Resumed, SegmentDone, StageStarted

Mark = tuple[float, int]  # seconds since the stage began, and how many units were finished by then
_MOST_FIRST_S, _MOST_UNIT_S = 3600.0, 3600.0  # whatever takes longer is no measurement


@dataclass(frozen=True, slots=True)
class Pace:
    """Of a stage: `first_s` seconds to get going, then `unit_s` for each frame, or key frame that is settled.

    Raises ValueError for what nothing can take.
    """

    first_s: float
    unit_s: float

    def __post_init__(self) -> None:
        is_possible = 0 <= self.first_s <= _MOST_FIRST_S and 0 < self.unit_s <= _MOST_UNIT_S
        if not (is_possible and math.isfinite(self.first_s + self.unit_s)):
            raise ValueError(f"no stage takes {self.first_s} s and {self.unit_s} s a unit")

    def seconds(self, units: int) -> float:
        return self.first_s + self.unit_s * units

    def towards(self, newer: Pace) -> Pace:
        """Halfway: each measurement weighs twice as much as the one before it."""
        return Pace((self.first_s + newer.first_s) / 2, (self.unit_s + newer.unit_s) / 2)


def pace_of(marks: Sequence[Mark]) -> Pace:
    """By marks in rising order, at least one. What the first of them took longer than the others is for
    getting going: libraries choose their kernels then, and queues fill. Raises ValueError as `Pace` does."""
    (first_s, first), (last_s, last) = marks[0], marks[-1]
    if first < last:
        unit_s = (last_s - first_s) / (last - first)
        if first_s >= unit_s * first:
            return Pace(first_s - unit_s * first, unit_s)
    return Pace(0.0, last_s / max(last, 1))


def expected_s(paces: Mapping[str, Pace], units: Mapping[str, int]) -> float:
    """Seconds that the stages in `units` take together; one of unknown pace counts as none."""
    return sum(paces[stage].seconds(count) for stage, count in units.items() if stage in paces)


class Stopwatch:
    """Sees a run's events, and notes how far it was when: after each shot that is settled, and after each
    segment that is coloured. `has_kept`: something was there already, so that its time says nothing."""

    def __init__(self) -> None:
        self.has_kept = False
        self._since = time.monotonic()
        self._shots: list[Mark] = []
        self._colored: list[Mark] = []

    def begin(self) -> None:
        """A stage begins now."""
        self._since = time.monotonic()

    def see(self, event: Event) -> None:
        match event:
            case StageStarted():
                self.begin()
            case Resumed():
                self.has_kept = True
            case FramesDone(stage="memory"):
                self._shots.append((self._elapsed_s, event.frames))
            case SegmentDone():
                before = self._colored[-1][1] if self._colored else 0
                self._colored.append((self._elapsed_s, before + event.frames))

    @property
    def _elapsed_s(self) -> float:
        return time.monotonic() - self._since

    @property
    def segment_count(self) -> int:
        return len(self._colored)

    def paces(self, settled: Sequence[int]) -> dict[str, Pace]:
        """Of "memory" and "colorize", where these were seen; `settled` is how many key frames each shot has
        that is settled, in their order."""
        shots = [(at_s, sum(settled[:count])) for at_s, count in self._shots]
        return dict(_measured((("memory", shots), ("colorize", self._colored))))


def _measured(marked: Iterable[tuple[str, Sequence[Mark]]]) -> Iterable[tuple[str, Pace]]:
    for stage, marks in marked:
        if marks and marks[-1][1] and marks[-1][0] > 0:
            yield stage, pace_of(marks)
