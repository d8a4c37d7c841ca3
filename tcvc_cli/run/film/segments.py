"""How a film is divided: into shots, each planned for itself, and into segments, which are kept on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from tcvc_cli.plan.steps import Step
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import Shot
from tcvc_cli.run.film_memory.take_memory import NO_MEMORY, FilmMemory
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.fingerprint import Ingredients, crossing_fingerprint, shot_fingerprint
from tcvc_cli.settings.film.decisions import Look

STEPS_PER_PART = 4


@dataclass(frozen=True, slots=True)
class Part:
    """Steps of a shot that follow each other. They finish frames `[start, stop)`; without steps the frames
    are passed through."""

    number: int  # from 0, in the shot
    start: int
    stop: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ShotPlan:
    """One shot, and how it is coloured, whatever the others are like: the unit of work and of resuming.

    Its parts finish all frames that it is seen in. Those that show nothing else are encoded; the colours of
    the others are kept for the dissolve.
    """

    number: int  # from 1
    fingerprint: str
    take: Take
    look: Look
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """What is kept as one: a part of `shot`, or the dissolve in which it follows the shot `before`.

    Frames `[start, stop)` are encoded; of a part that is all dissolve there are none.
    """

    key: str  # the fingerprint of the shot, or of both
    start: int
    stop: int
    shot: ShotPlan
    part: Part | None = None
    before: ShotPlan | None = None

    @property
    def number(self) -> int:
        """Among those of the same key."""
        return 0 if self.part is None else self.part.number

    @property
    def id(self) -> tuple[str, int]:
        """Under which it is kept, wherever in the film it stands."""
        return self.key, self.number

    @property
    def has_mixed_frames(self) -> bool:
        """Whether it finishes frames of a dissolve, whose colours are kept beside what is encoded."""
        part = self.part
        return part is not None and (part.start, part.stop) != (self.start, self.stop)

    @property
    def stays(self) -> bool:
        """Whether somebody has locked what it shows."""
        shots = (self.shot, self.before) if self.before else (self.shot,)
        return any(one.look.is_locked for one in shots)

    @property
    def is_made(self) -> bool:
        """Whether a run can make it; of a shot that is locked it is there already, or lost."""
        return self.part is None or bool(self.part.steps) or self.shot.take.shot.is_in_color

    @property
    def frame_count(self) -> int:
        return self.stop - self.start

    @property
    def reads_from(self) -> int:
        """The first frame that it is made of."""
        return self.start if self.part is None else self.part.start


def plan_shots(
    plan: FilmPlan,
    shots: Sequence[Shot],
    looks: Sequence[Look],
    made_of: Ingredients,
    memory: FilmMemory = NO_MEMORY,
) -> tuple[ShotPlan, ...]:
    """`looks` are those of the shots; `made_of` is what the film's fingerprint is made of."""
    return tuple(
        ShotPlan(
            number,
            shot_fingerprint(made_of, plan, take, look, memory.mark(take)),
            take,
            look,
            parts_of(plan, take, memory.given_frames(take)),
        )
        for number, (take, look) in enumerate(zip(takes(shots), looks, strict=True), 1)
    )


def parts_of(plan: FilmPlan, take: Take, given: frozenset[int] = frozenset()) -> tuple[Part, ...]:
    """In order; together they finish every frame that the take is seen in."""
    if take.shot.is_in_color:
        return (Part(0, take.seen.start, take.seen.stop, ()),)
    groups = _groups(plan.method.steps(take, given), take.pure.start)
    return tuple(
        Part(number, steps[0].window.start, steps[-1].next_start, steps)
        for number, steps in enumerate(groups)
    )


def _groups(steps: Sequence[Step], pure_start: int) -> Iterator[tuple[Step, ...]]:
    """A part ends with the dissolve that the shot comes in by, so that its frames need not wait longer."""
    arriving = sum(step.window.start < pure_start for step in steps)
    for first, beyond in pairwise((0, arriving, len(steps))):
        for start in range(first, beyond, STEPS_PER_PART):
            yield tuple(steps[start : min(start + STEPS_PER_PART, beyond)])


def segments_of(
    shots: Iterable[ShotPlan], dissolves: Mapping[int, str] = MappingProxyType({})
) -> tuple[Segment, ...]:
    """In the order in which they are made: a dissolve as soon as both shots have coloured it. Together they
    hold every frame once. `dissolves` are keys of such as stay what they are, by their first frames."""
    return tuple(_segments(shots, dissolves))


def _segments(shots: Iterable[ShotPlan], dissolves: Mapping[int, str]) -> Iterator[Segment]:
    before: ShotPlan | None = None
    for shot in shots:
        pure, arriving = shot.take.pure, shot.take.shot.dissolve
        is_due = arriving is not None and before is not None
        for part in shot.parts:
            start = min(max(part.start, pure.start), pure.stop)
            yield Segment(shot.fingerprint, start, max(start, min(part.stop, pure.stop)), shot, part)
            if is_due and arriving and before and arriving.stop <= part.stop:
                is_due = False
                crossing = crossing_fingerprint(before.fingerprint, shot.fingerprint)
                key = dissolves.get(arriving.start, crossing)
                yield Segment(key, arriving.start, arriving.stop, shot, before=before)
        before = shot
