"""How a film is divided into segments: what is encoded, kept and resumed as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tcvc_cli.records import Shot, Window
from tcvc_cli.run.job import Job

WINDOWS_PER_SEGMENT = 4


@dataclass(frozen=True, slots=True)
class Step:
    """A window, and the first frame that it does not finish."""

    window: Window
    next_start: int


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames `[start, stop)` of one shot; `steps` are the windows that finish them, in order.

    Without steps the segment is a whole shot, coloured as published or passed through.
    """

    number: int  # from 1, through the whole film
    shot_number: int
    shot: Shot
    start: int
    stop: int
    steps: tuple[Step, ...]

    @property
    def is_first_of_shot(self) -> bool:
        return self.start == self.shot.start


def segments_of(job: Job, shots: Sequence[Shot]) -> tuple[Segment, ...]:
    """The segments of all shots, in order; together they hold every frame once."""
    parts = ((number, shot, steps) for number, shot in enumerate(shots, 1) for steps in _groups(job, shot))
    return tuple(
        Segment(
            number,
            shot_number,
            shot,
            steps[0].window.start if steps else shot.start,
            steps[-1].next_start if steps else shot.stop,
            steps,
        )
        for number, (shot_number, shot, steps) in enumerate(parts, 1)
    )


def _groups(job: Job, shot: Shot) -> Iterator[tuple[Step, ...]]:
    if job.options.is_compat or shot.is_in_color:
        yield ()
        return
    windows = job.windows(shot)
    next_starts = [*(window.start for window in windows[1:]), windows[-1].stop]
    steps = tuple(Step(*pair) for pair in zip(windows, next_starts, strict=True))
    for first in range(0, len(steps), WINDOWS_PER_SEGMENT):
        yield steps[first : first + WINDOWS_PER_SEGMENT]
