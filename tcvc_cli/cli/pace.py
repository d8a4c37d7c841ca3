"""How far a run is, how fast it goes and how long it still takes, by what was really done."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tcvc_cli.run.events import (
    Event,
    FileEnded,
    FileStarted,
    FilmProbed,
    Finished,
    FramesDone,
    Resumed,
    ShotsFound,
    ShotStarted,
    Stage,
    StageStarted,
)

RATE_S: Final = 10.0
# Windows are coloured in bursts, which the time left should not follow.
MEAN_S: Final = 300.0
# How often a stage behind the colouring reads the film: remuxing copies it, a proof decodes film and result.
READINGS: Final[Mapping[Stage, int]] = {"remux": 1, "proof": 2}


class Pace:
    """Of one stage, which began at `began_s` with `done` frames that an earlier run had made. Times are
    seconds of any clock that does not go back."""

    def __init__(self, began_s: float, done: int = 0) -> None:
        self._times, self._counts = [began_s], [done]

    @property
    def done(self) -> int:
        return self._counts[-1]

    def see(self, now_s: float, done: int) -> None:
        """So many frames are done by now, those of an earlier run included."""
        self._times.append(now_s)
        self._counts.append(done)
        old = bisect_right(self._times, now_s - MEAN_S) - 1
        if old > len(self._times) // 2:  # not with each frame
            self._times[1:old], self._counts[1:old] = [], []

    def rate(self, now_s: float, within_s: float = RATE_S) -> float | None:
        """Frames a second of the last `within_s` seconds, or of the whole stage while that is younger; None
        before the first frame."""
        if self.done == self._counts[0] or now_s <= self._times[0]:
            return None
        from_s = max(self._times[0], now_s - within_s)
        before = self._counts[bisect_right(self._times, from_s) - 1]
        return (self.done - before) / (now_s - from_s)

    def left_s(self, now_s: float, total: int) -> float | None:
        """Seconds until `total` frames are done at the mean rate of the last five minutes. None where nothing
        was done in that time."""
        rate = self.rate(now_s, MEAN_S)
        return (total - self.done) / rate if rate else None

    def mean_s(self) -> float | None:
        """Seconds that a frame took on average, up to the last one; None before the first frame."""
        frames = self.done - self._counts[0]
        return (self._times[-1] - self._times[0]) / frames if frames > 0 else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a stage stands. `total` is None where nobody knows it. `left_s`: seconds until the whole result
    stands with `is_left_of_all`, else until the stage ends; None where nothing was measured yet."""

    stage: Stage
    shot: str
    done: int
    total: int | None
    rate: float | None
    left_s: float | None
    is_left_of_all: bool


class Watch:
    """Sees the events of a run, and says where it stands.

    What comes behind the colouring (`StageStarted.then`) is priced at what reading the film took in this run,
    when its shots were looked for: per frame and reading. A run that goes on where another was stopped does
    not look for shots again, and has no such price; then the time left is that of the stage.
    """

    def __init__(self) -> None:
        self._stage: StageStarted | None = None
        self._pace = Pace(0.0)
        self._shot, self._shots = "", 0
        self._reading_s: float | None = None  # of one frame

    def see(self, event: Event, now_s: float) -> None:
        match event:
            case FilmProbed():
                self._stage = self._reading_s = None
            case FileStarted() | FileEnded() | Finished():
                self._stage = None
            case StageStarted():
                self._learn()
                self._stage, self._pace, self._shot = event, Pace(now_s), ""
            case Resumed():
                self._pace = Pace(now_s, event.frames)
            case ShotsFound():
                self._shots = len(event.shots)
            case ShotStarted():
                self._shot = f"shot {event.number} of {self._shots}"
            case FramesDone() if self._stage is not None and event.stage == self._stage.stage:
                self._pace.see(now_s, event.frames)

    def standing(self, now_s: float) -> Standing | None:
        """None between two stages and between two films."""
        if self._stage is None:
            return None
        stage, pace = self._stage, self._pace
        total = stage.total_frames if 0 < stage.total_frames >= pace.done else None
        left = None if total is None else pace.left_s(now_s, total)
        then = None if left is None or total is None else self._then_s(total)
        is_of_all = then is not None
        left = left if left is None or then is None else left + then
        return Standing(stage.stage, self._shot, pace.done, total, pace.rate(now_s), left, is_of_all)

    def _learn(self) -> None:
        if self._stage is not None and self._stage.stage == "shots":
            self._reading_s = self._pace.mean_s()

    def _then_s(self, total: int) -> float | None:
        then = self._stage.then if self._stage is not None else None
        if then is None:
            return None
        readings = sum(READINGS.get(stage, 0) for stage in then)
        if readings and self._reading_s is None:
            return None
        return readings * total * (self._reading_s or 0.0)
