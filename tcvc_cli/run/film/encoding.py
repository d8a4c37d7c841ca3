"""Frames that the model has coloured into segments on disk: painted in several threads, encoded in one."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.color.grade import Grade
from tcvc_cli.files import always, draft_of
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.model.shot import ShotState
from tcvc_cli.run.events import Event, FramesDone
from tcvc_cli.run.film.paint import PaintedFrame, paint
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.work_folder import segment_path
from tcvc_cli.trace import span, waiting
from tcvc_cli.workers import Workers

_EVENT_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class SegmentBegun:
    """Frames of the segment follow, and then a `SegmentColored`."""

    segment: Segment
    grade: Grade


@dataclass(frozen=True, slots=True)
class SegmentColored:
    """All frames of the segment have come. It leaves `state` to the next one of its shot."""

    segment: Segment
    state: ShotState | None
    appraisal: Appraisal | None = None


Colored = Event | SegmentBegun | PaintedFrame | SegmentColored


class SegmentEncoder:
    """Writes segments beside `journal`; `done_frames` are encoded so far. The order of the frames is that in
    which they come, however many `painters` there are."""

    def __init__(self, plan: FilmPlan, journal: Journal, painters: Workers, done_frames: int) -> None:
        self._plan, self._journal, self._painters = plan, journal, painters
        self._target = output_format(plan.film, plan.options.encoding)
        self._reported = time.monotonic()
        self.done_frames = done_frames

    def encoded(self, colored: Iterator[Colored]) -> Iterator[Event | SegmentColored]:
        """The events among what comes, how far encoding is, and each segment when it is on disk."""
        for item in colored:
            if isinstance(item, SegmentBegun):
                yield from self._segment(item, colored)
                continue
            assert not isinstance(item, PaintedFrame)  # those come within a segment
            yield item

    def _segment(self, begun: SegmentBegun, colored: Iterator[Colored]) -> Iterator[Event | SegmentColored]:
        file, plan = segment_path(self._journal.folder, *begun.segment.id), self._plan
        draft = draft_of(file, may_replace=always, folder=file.parent, on_complete=self._refuse_lost)
        with draft as part, SegmentWriter(part, plan.film, plan.options.encoding) as writer:
            ended = yield from self._frames(writer, begun.grade, colored)
            with span("finish the segment"):
                writer.close()
        yield ended

    def _refuse_lost(self, draft: Path) -> None:
        """No segment of somebody else's is replaced."""
        self._journal.refuse_lost()

    def _frames(
        self, writer: SegmentWriter, grade: Grade, colored: Iterator[Colored]
    ) -> Generator[Event, None, SegmentColored]:
        """Of one segment, up to its end; paints a few ahead."""
        painted = deque[Future[Frame]]()
        for item in colored:
            if isinstance(item, PaintedFrame):
                painted.append(self._painted(item, grade))
                if len(painted) > self._painters.count:
                    yield from self._write(writer, painted.popleft())
            elif isinstance(item, SegmentColored):
                for frame in painted:
                    yield from self._write(writer, frame)
                return item
            else:
                assert not isinstance(item, SegmentBegun)
                yield item
        raise AssertionError("a segment without an end")

    def _painted(self, frame: PaintedFrame, grade: Grade) -> Future[Frame]:
        film, target = self._plan.film, self._target

        def work() -> Frame:
            with span("paint", f"frame {frame.frame.number}"):
                return paint(film, target, frame, grade)

        return self._painters.submit(work)

    def _write(self, writer: SegmentWriter, painted: Future[Frame]) -> Iterator[Event]:
        with waiting("waiting for painting"):
            frame = painted.result()
        with span("encode", f"frame {frame.number}"):
            writer.write(frame)
        self.done_frames += 1
        if time.monotonic() - self._reported > _EVENT_EVERY_S:
            self._reported = time.monotonic()
            yield FramesDone("colorize", self.done_frames)
