"""How a film is divided into segments: what is encoded, kept and resumed as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tcvc_cli.plan.steps import Step
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import Shot
from tcvc_cli.run.plan import FilmPlan

WINDOWS_PER_SEGMENT = 4


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames `[start, stop)` that one shot finishes; `steps` are those that do, in order.

    Without steps the segment is a complete shot that is passed through.
    """

    number: int  # from 1, through the whole film
    shot_number: int
    take: Take
    start: int
    stop: int
    steps: tuple[Step, ...]

    @property
    def shot(self) -> Shot:
        return self.take.shot

    @property
    def is_first_of_shot(self) -> bool:
        return self.start == self.take.start

    @property
    def stands_alone(self) -> bool:
        """Whether it needs nothing of the segment before it."""
        return self.is_first_of_shot and self.shot.dissolve is None


def segments_of(plan: FilmPlan, shots: Sequence[Shot]) -> tuple[Segment, ...]:
    """The segments of all shots, in order; together they hold every frame once."""
    parts = (
        (number, take, steps) for number, take in enumerate(takes(shots), 1) for steps in _groups(plan, take)
    )
    return tuple(
        Segment(
            number,
            shot_number,
            take,
            steps[0].window.start if steps else take.start,
            min(steps[-1].next_start, take.stop) if steps else take.stop,
            steps,
        )
        for number, (shot_number, take, steps) in enumerate(parts, 1)
    )


def _groups(plan: FilmPlan, take: Take) -> Iterator[tuple[Step, ...]]:
    """Steps that finish no frame of their own belong to the last that does."""
    if take.shot.is_in_color:
        yield ()
        return
    steps = plan.method.steps(take)
    finishing = sum(step.window.start < take.stop for step in steps)
    for first in range(0, finishing, WINDOWS_PER_SEGMENT):
        beyond = first + WINDOWS_PER_SEGMENT
        yield steps[first : beyond if beyond < finishing else len(steps)]
