"""The frames of one shot with their colours, which `model/shot.py` finds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import MediaError
from tcvc_cli.model.shot import ShotState, coloring_of
from tcvc_cli.plan.steps import Step
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Shot
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.film.paint import LitFrame, PaintedFrame
from tcvc_cli.run.film.segments import Segment, segments_of
from tcvc_cli.run.plan import FilmPlan

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Handover:
    """What is left to the frames from `start` on: the `state` of a shot that goes on there, and in
    `crossing` (n, 2, h, w), CIE units, what the shot before gives to `start` and the frames after it, where
    it is dissolved into this one. None where there is none.
    """

    start: int
    state: ShotState | None = None
    crossing: Floats | None = None


class ShotPainter:
    """Pairs the frames of one shot with their colours; holds no more frames than the model does.

    Takes frames from `frames`, which goes on at the first step to come, behind those that are `held`
    already; `handover` tells what the steps before that one, if there were any, left to it.
    """

    def __init__(
        self,
        plan: FilmPlan,
        computing: Computing,
        frames: Iterator[LitFrame],
        take: Take,
        handover: Handover | None = None,
        held: Iterable[LitFrame] = (),
    ) -> None:
        self._plan, self._computing = plan, computing
        self._frames, self._take = frames, take
        handover = handover or Handover(take.start)
        self._coloring = coloring_of(plan.method.way, computing.engine, handover.state)
        self._waiting: deque[LitFrame] = deque()  # for their colours
        self._lightness = self._lightness_of(chain(held, frames))
        # Frames of the dissolve that it comes in by, as the shot before has them, and of the one it ends in.
        self._arriving = dict(
            enumerate(() if handover.crossing is None else handover.crossing, handover.start)
        )
        self._leaving: list[tuple[LitFrame, Floats]] = []

    def _lightness_of(self, frames: Iterable[LitFrame]) -> Iterator[Floats]:
        number = self._take.start - 1
        for lit in frames:
            number = lit.frame.number
            self._waiting.append(lit)
            yield lit.lightness
        raise MediaError(f"the film ended at frame {number + 1}, {self._take.seen.stop} were expected")

    def paint(self, step: Step) -> Iterator[PaintedFrame]:
        """The frames that the step finishes, without those that the next shot does.

        MediaError when the film has fewer than the step needs.
        """
        for colors in self._coloring.colors(step, self._lightness):
            lit = self._waiting.popleft()
            number = lit.frame.number
            if number < self._take.stop:
                yield PaintedFrame(lit.frame, self._crossed(number, colors))
            else:
                self._leaving.append((lit, colors))

    def _crossed(self, number: int, colors: Floats) -> Floats:
        """In a dissolve, the colours of both shots as the picture is mixed of theirs."""
        dissolve = self._take.shot.dissolve
        old = self._arriving.pop(number, None)
        if old is None or dissolve is None:
            return colors
        new_share = np.float32(dissolve.share(number))
        return np.asarray((1 - new_share) * old + new_share * colors, np.float32)

    def handover(self, next_start: int) -> Handover | None:
        """What a new painter needs to go on at `next_start`; None where nothing is shared."""
        state = self._coloring.state
        crossing = [ab for _, ab in self._leaving] or list(self._arriving.values())
        if state is None and not crossing:
            return None
        return Handover(next_start, state, np.stack(crossing) if crossing else None)

    def next_shot(self, take: Take) -> ShotPainter:
        """The painter of the shot that follows; the frames that both are seen in go over to it."""
        held = [lit for lit, _ in self._leaving]
        return ShotPainter(self._plan, self._computing, self._frames, take, self.handover(take.start), held)


def paint_segment(
    segment: Segment, painter: ShotPainter, frames: Iterator[LitFrame]
) -> Iterator[PaintedFrame]:
    """Every frame of the segment once, in order, with its ab.

    Takes its frames from `frames`, which the `painter` of its shot takes from too, as they are needed.
    MediaError when there are fewer than the steps need. A shot that is in colour already is passed through.
    """
    if segment.shot.is_in_color:
        yield from passed_through(islice(frames, segment.stop - segment.start))
    for step in segment.steps:
        yield from painter.paint(step)


def paint_shot(
    plan: FilmPlan, computing: Computing, shot: Shot, frames: Iterator[LitFrame]
) -> Iterator[PaintedFrame]:
    """All segments of the shot, as `paint_segment` paints them; holds the frames of one window."""
    segments = segments_of(plan, (shot,))
    painter = ShotPainter(plan, computing, frames, segments[0].take)
    for segment in segments:
        yield from paint_segment(segment, painter, frames)


def passed_through(frames: Iterator[LitFrame]) -> Iterator[PaintedFrame]:
    """Frames that keep the colours they have."""
    for lit in frames:
        yield PaintedFrame(lit.frame, None)
