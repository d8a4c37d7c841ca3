"""The frames of a shot with their colours, which `model/shot.py` finds; in a dissolve those of two."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import MediaError
from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory
from tcvc_cli.model.shot import ShotState, coloring_of
from tcvc_cli.plan.steps import Step
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.film.paint import LitFrame, PaintedFrame
from tcvc_cli.run.plan import FilmPlan

Floats = NDArray[np.float32]


class ShotPainter:
    """Pairs the frames of one shot with their colours; holds no more frames than the model does.

    `frames` go on at the first step to come; `state` tells what the steps before it, if there were any, left
    to it; `memory` is what is remembered for the shot.
    """

    def __init__(
        self,
        plan: FilmPlan,
        computing: Computing,
        take: Take,
        frames: Iterator[LitFrame],
        state: ShotState | None = None,
        memory: ShotMemory = NOTHING,
    ) -> None:
        self._take = take
        self._coloring = coloring_of(plan.method.way, computing.engine, state, memory)
        self._waiting: deque[LitFrame] = deque()  # for their colours
        self._frames = frames
        self._lightness = self._lightness_of(frames)

    def _lightness_of(self, frames: Iterable[LitFrame]) -> Iterator[Floats]:
        number = self._take.seen.start - 1
        for lit in frames:
            number = lit.frame.number
            self._waiting.append(lit)
            yield lit.lightness
        raise MediaError(f"the film ended at frame {number + 1}, {self._take.seen.stop} were expected")

    def paint(self, steps: Iterable[Step]) -> Iterator[PaintedFrame]:
        """The frames that the steps finish, in order. A shot that is in colour already has no steps, and all
        its frames keep the colours they have.

        MediaError when the film has fewer frames than the steps need.
        """
        if self._take.shot.is_in_color:
            yield from (PaintedFrame(lit.frame, None) for lit in self._frames)
        for step in steps:
            for colors in self._coloring.colors(step, self._lightness):
                yield PaintedFrame(self._waiting.popleft().frame, colors)

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
) -> Iterator[PaintedFrame]:
    """All frames of the shot; holds the frames of one window."""
    take = Take(shot)
    steps = () if shot.is_in_color else plan.method.steps(take)
    yield from ShotPainter(plan, computing, take, frames, memory=memory).paint(steps)


def paint_dissolve(
    dissolve: Dissolve, old: Mapping[int, Floats], new: Mapping[int, Floats], frames: Iterable[LitFrame]
) -> Iterator[PaintedFrame]:
    """The colours (2, h, w) of both shots by frame number, mixed as the picture is mixed of theirs."""
    for lit in frames:
        number = lit.frame.number
        new_share = np.float32(dissolve.share(number))
        mixed = (1 - new_share) * old[number] + new_share * new[number]
        yield PaintedFrame(lit.frame, np.asarray(mixed, np.float32))
