"""The segments that are not on disk yet: decoded, coloured, encoded, and entered in the journal."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.grade import UNCHANGED, Grade
from tcvc_cli.files import always, draft_of
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.model.memory.shot_memory import NOTHING, ShotMemory
from tcvc_cli.plan.in_color.overlays import merged
from tcvc_cli.records import Dissolve
from tcvc_cli.run.appraise.meter import SegmentMeter
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import Event, FramesDone, SegmentDone, ShotStarted, Warned
from tcvc_cli.run.film.coloring import ShotPainter, paint_dissolve
from tcvc_cli.run.film.frames import FrameReader
from tcvc_cli.run.film.memory import BEHIND_FRAMES
from tcvc_cli.run.film.paint import PaintedFrame, paint
from tcvc_cli.run.film.segments import Segment, ShotPlan
from tcvc_cli.run.film.threads import Behind
from tcvc_cli.run.film_memory.take_memory import FilmMemory
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.mixed_colors import read_mixed, write_mixed
from tcvc_cli.run.resume.work_folder import mixed_path, segment_path

Floats = NDArray[np.float32]
_EVENT_EVERY_S = 0.2


def color_missing(
    plan: FilmPlan,
    computing: Computing,
    journal: Journal,
    segments: Sequence[Segment],
    kept: Iterable[Segment],
    memory: FilmMemory,
) -> Iterator[Event]:
    """All `segments` of the film but those that are `kept`, each on disk and in the journal before the next
    begins. `memory` is what is remembered for its takes."""
    there = {one.id for one in kept}
    missing = [(number, one) for number, one in enumerate(segments, 1) if one.id not in there]
    if not missing:
        return
    shared = (frame for one in segments if one.part is None for frame in range(one.start, one.stop))
    with FrameReader(plan, max(one.stop for one in segments), shared) as reader:
        maker = _Maker(plan, computing, journal, reader, memory)
        maker.done_frames = sum(one.frame_count for one in segments if one.id in there)
        later_reads = _first_reads([one for _, one in missing])
        for (number, segment), first_read in zip(missing, later_reads, strict=True):
            reader.keep_from(first_read)
            computing.engine.begin()
            yield from maker.make(segment)
            yield FramesDone("colorize", maker.done_frames)
            yield from map(Warned, computing.engine.take_notices())
            yield SegmentDone(number, len(segments), segment.frame_count)


def _first_reads(missing: Sequence[Segment]) -> list[float]:
    """The first frame that each segment or any behind it asks for. Of a shot, only its first one asks: the
    others go on where it ended."""
    reads, shot_at_hand = list[float](), ""
    for one in missing:
        goes_on = one.part is not None and one.key == shot_at_hand
        shot_at_hand = shot_at_hand if one.part is None else one.key
        reads.append(float("inf") if goes_on else one.reads_from)
    return list(accumulate(reversed(reads), min))[::-1]


def _anchors(segment: Segment) -> Iterator[int]:
    """Those of the window, or the last of several, that the engine has coloured when a frame is finished."""
    for step in segment.part.steps if segment.part else ():
        yield from (one for one in step.samplings[-1].anchors if one < step.next_start)


class _Maker:
    """Makes one segment after another; `done_frames` are encoded so far."""

    def __init__(
        self,
        plan: FilmPlan,
        computing: Computing,
        journal: Journal,
        reader: FrameReader,
        memory: FilmMemory,
    ) -> None:
        self._plan, self._computing, self._journal, self._reader = plan, computing, journal, reader
        self._memory = memory
        self._target = output_format(plan.film, plan.options.encoding)
        self._shot_at_hand = ""
        self._painter: ShotPainter
        self._shot_memory: ShotMemory = NOTHING
        self.done_frames = 0

    def make(self, segment: Segment) -> Iterator[Event]:
        if segment.part is None:
            yield from self._make_dissolve(segment)
            return
        if segment.key != self._shot_at_hand:
            yield ShotStarted(segment.shot.number, segment.shot.take.shot)
            self._begin_shot(segment)
        mixed: dict[int, Floats] = {}
        frames = range(segment.start, segment.stop)
        meter = SegmentMeter(self._computing.engine, frames, self._shot_memory, _anchors(segment))
        yield from self._encode(segment, self._pure(segment, mixed, meter), segment.shot.look.grade)
        if mixed:
            write_mixed(mixed_path(self._journal.folder, *segment.id), mixed)
        self._journal.keep(segment, self._painter.state, meter.result())

    def _begin_shot(self, segment: Segment) -> None:
        """At its first segment that is missing."""
        take = segment.shot.take
        frames = self._reader.read(segment.reads_from, take.seen.stop)
        state = self._journal.state_before(segment)
        memory = self._memory.of(take)
        self._computing.choose(segment.shot.look)
        self._painter = ShotPainter(self._plan, self._computing, take, frames, state, memory)
        self._shot_memory = memory if self._plan.method.way == "windows" else NOTHING
        self._shot_at_hand = segment.key

    def _pure(
        self, segment: Segment, mixed: dict[int, Floats], meter: SegmentMeter
    ) -> Iterator[PaintedFrame]:
        """The frames that are encoded, which `meter` sees; the colours of others go into `mixed`."""
        steps = segment.part.steps if segment.part else ()
        for painted in self._painter.paint(steps, meter):
            if segment.start <= painted.frame.number < segment.stop:
                yield painted
            elif painted.ab is not None:
                mixed[painted.frame.number] = painted.ab

    def _make_dissolve(self, segment: Segment) -> Iterator[Event]:
        dissolve = Dissolve(segment.start, segment.stop)
        old, new = (self._mixed(one, dissolve) for one in (segment.before, segment.shot) if one)
        frames = self._reader.read(segment.start, segment.stop)
        grades = (segment.before.look.grade if segment.before else UNCHANGED, segment.shot.look.grade)
        overlays = merged(
            one for shot in (segment.before, segment.shot) if shot for one in shot.take.shot.overlays
        )
        if grades[0] == grades[1]:
            colored = paint_dissolve(dissolve, old, new, frames, overlays=overlays)
            yield from self._encode(segment, colored, grades[0])
        else:
            colored = paint_dissolve(dissolve, old, new, frames, grades, overlays)
            yield from self._encode(segment, colored, UNCHANGED)
        self._journal.keep(segment, None)

    def _mixed(self, shot: ShotPlan, dissolve: Dissolve) -> Mapping[int, Floats]:
        """The colours that a shot has given to the frames of a dissolve, or to more."""
        parts = (one for one in shot.parts if one.start < dissolve.stop and dissolve.start < one.stop)
        files = (mixed_path(self._journal.folder, shot.fingerprint, part.number) for part in parts)
        return {number: ab for file in files for number, ab in read_mixed(file).items()}

    def _encode(self, segment: Segment, colored: Iterator[PaintedFrame], grade: Grade) -> Iterator[Event]:
        """Model in this thread; painting and encoding in another."""
        if not segment.frame_count:
            deque(colored, maxlen=0)
            return
        plan, reported = self._plan, time.monotonic()
        file = segment_path(self._journal.folder, *segment.id)
        draft = draft_of(file, may_replace=always, folder=file.parent)
        with draft as part, SegmentWriter(part, plan.film, plan.options.encoding) as writer:

            def finish(painted: PaintedFrame) -> None:
                writer.write(paint(plan.film, self._target, painted, grade))

            with Behind(finish, BEHIND_FRAMES) as encoder:
                for count, painted in enumerate(colored, self.done_frames + 1):
                    encoder.put(painted)
                    if time.monotonic() - reported > _EVENT_EVERY_S:
                        reported = time.monotonic()
                        yield FramesDone("colorize", count)
        self.done_frames += segment.frame_count
