"""Excerpts of a film, coloured, one after another, on a clock of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from tcvc_cli.media.planes import Frame
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.plan.steps import Step, anchors_of
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Shot
from tcvc_cli.review.preview.choose import Excerpt
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.film.coloring import ShotPainter
from tcvc_cli.run.film.frames import FrameReader
from tcvc_cli.run.film.paint import paint
from tcvc_cli.run.film_memory.take_memory import FilmMemory
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.settings.film.decisions import Look


class PreviewWriter:
    """Encodes excerpts into the segment `path`; a context manager, as `SegmentWriter` is. `frames` are
    written so far."""

    def __init__(self, plan: FilmPlan, path: Path) -> None:
        self._plan = plan
        self._target = output_format(plan.film, plan.options.encoding)
        self._writer = SegmentWriter(path, plan.film, plan.options.encoding)
        self._end = 0  # in ticks of the film
        self.frames = 0

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)

    @property
    def end_s(self) -> Fraction:
        """When what is written so far is over."""
        return self._end * self._plan.film.time_base

    def show(self, computing: Computing, excerpt: Excerpt, look: Look, memory: FilmMemory) -> Iterator[Frame]:
        """Colours the frames as those of a shot of their own, with what is remembered for the shot that they
        are of; gives each, on the new clock, when it is written."""
        plan, film = self._plan, self._plan.film
        computing.choose(look)
        computing.engine.begin()
        steps = steps_of(plan, excerpt, memory.given_frames(excerpt.take))
        begun = self._end
        first_pts: int | None = None
        with FrameReader(plan, excerpt.stop) as reader:
            lit = reader.read(excerpt.start, excerpt.stop)
            painter = ShotPainter(plan, computing, _as_take(excerpt), lit, memory=memory.of(excerpt.take))
            for painted in painter.paint(steps):
                frame = paint(film, self._target, painted, look.grade)
                first_pts = frame.time.pts if first_pts is None else first_pts
                moved = replace(frame.time, pts=begun + frame.time.pts - first_pts)
                self._end = moved.pts + max(1, moved.duration)
                self._writer.write(replace(frame, time=moved))
                self.frames += 1
                yield frame


def steps_of(plan: FilmPlan, excerpt: Excerpt, given: frozenset[int]) -> tuple[Step, ...]:
    """Frames of the excerpt that are anchors of the complete film are anchors here, so that both colour
    nearly alike."""
    of_film = anchors_of(plan.method.steps(excerpt.take, given))
    anchors = frozenset(one for one in of_film if excerpt.start <= one < excerpt.stop)
    return plan.method.steps(_as_take(excerpt), anchors)


def _as_take(excerpt: Excerpt) -> Take:
    return Take(Shot(excerpt.start, excerpt.stop))
