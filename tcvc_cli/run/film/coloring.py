"""The frames of a shot with their colours, which `model/shot.py` finds; in a dissolve those of two."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.grade import UNCHANGED, Grade
from tcvc_cli.color.grading import graded
from tcvc_cli.errors import MediaError
from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory
from tcvc_cli.model.shot import ShotState, coloring_of
from tcvc_cli.plan.steps import Step
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Dissolve, Overlay, Shot
from tcvc_cli.run.appraise.meter import SegmentMeter
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.film.paint import LitFrame, PaintedFrame
from tcvc_cli.run.plan import FilmPlan

Floats = NDArray[np.float32]


class ShotPainter:
    """Pairs the frames of one shot with their colours; holds no more frames than the model does.

    `frames` go on at the first step to come; `state` tells what the steps before it, if there were any, left
    to it; `memory` is what is remembered for the shot. It `looks_ahead` where frames of another window may
    wait.
    """

    def __init__(
        self,
        plan: FilmPlan,
        computing: Computing,
        take: Take,
        frames: Iterator[LitFrame],
        state: ShotState | None = None,
        memory: ShotMemory = NOTHING,
        *,
        looks_ahead: bool = True,
    ) -> None:
        self._take = take
        self._coloring = coloring_of(plan.method.way, computing.engine, state, memory)
        self._waiting: deque[LitFrame] = deque()  # for their colours
        self._frames = frames
        self._lightness = self._lightness_of(frames)
        self._looks_ahead = looks_ahead

    def _lightness_of(self, frames: Iterable[LitFrame]) -> Iterator[Floats]:
        number = self._take.seen.start - 1
        for lit in frames:
            number = lit.frame.number
            self._waiting.append(lit)
            yield lit.lightness
        raise MediaError(f"the film ended at frame {number + 1}, {self._take.seen.stop} were expected")

    def look_ahead(self, step: Step) -> None:
        """Begins with a step that is not painted yet, as far as other threads can, unless its frames are too
        large to wait. MediaError when the film has fewer frames than it needs."""
        if self._looks_ahead:
            self._coloring.look_ahead(step, self._lightness)

    def paint(
        self,
        steps: Sequence[Step],
        meter: SegmentMeter | None = None,
        begin_next: Callable[[], object] = lambda: None,
    ) -> Iterator[PaintedFrame]:
        """The frames that the steps finish, in order; `meter` sees them. A shot that is in colour already has
        no steps, and all its frames keep the colours they have. While the model is at a step, other threads
        are at the one after it; `begin_next` begins what comes after the last.

        MediaError when the film has fewer frames than the steps need.
        """
        if self._take.shot.is_in_color:
            yield from (PaintedFrame(lit.frame, None) for lit in self._frames)
        for number, step in enumerate(steps, 1):
            self.look_ahead(step)
            if number < len(steps):
                self.look_ahead(steps[number])
            else:
                begin_next()
            for colors in self._coloring.colors(step, self._lightness):
                lit = self._waiting.popleft()
                if meter is not None:
                    meter.add(lit.frame.number, lit.lightness, colors)
                yield PaintedFrame(lit.frame, colors, self._take.shot.overlays)

    @property
    def state(self) -> ShotState | None:
        """What a new painter needs to go on; None where nothing is shared."""
        return self._coloring.state


def paint_shot(
    plan: FilmPlan,
    computing: Computing,
    shot: Shot,
    frames: Iterator[LitFrame],
    memory: ShotMemory = NOTHING,
    meter: SegmentMeter | None = None,
) -> Iterator[PaintedFrame]:
    """All frames of the shot, which `meter` sees; holds the frames of one window."""
    take = Take(shot)
    steps = () if shot.is_in_color else plan.method.steps(take)
    yield from ShotPainter(plan, computing, take, frames, memory=memory).paint(steps, meter)


def paint_dissolve(
    dissolve: Dissolve,
    old: Mapping[int, Floats],
    new: Mapping[int, Floats],
    frames: Iterable[LitFrame],
    grades: tuple[Grade, Grade] = (UNCHANGED, UNCHANGED),
    overlays: tuple[Overlay, ...] = (),
) -> Iterator[PaintedFrame]:
    """The colours (2, h, w) of both shots by frame number, each in its grade, mixed as the picture is mixed
    of theirs; `overlays` are those of both."""
    for lit in frames:
        number = lit.frame.number
        new_share = np.float32(dissolve.share(number))
        one, other = (_graded(ab[number], lit, grade) for ab, grade in zip((old, new), grades, strict=True))
        mixed = (1 - new_share) * one + new_share * other
        yield PaintedFrame(lit.frame, np.asarray(mixed, np.float32), overlays)


def _graded(ab: Floats, lit: LitFrame, grade: Grade) -> Floats:
    """(2, h, w), at the size of the network's states."""
    if grade == UNCHANGED:
        return ab
    light = cv2.resize(lit.lightness, ab.shape[:0:-1], interpolation=cv2.INTER_AREA)
    pixels = np.ascontiguousarray(ab.transpose(1, 2, 0))
    return graded(pixels, np.asarray(light, np.float32), grade).transpose(2, 0, 1)
