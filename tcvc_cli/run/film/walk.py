"""Decode, colour, encode, remux: the walk of a film once its shots are known."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from tcvc_cli.errors import ProofFailed
from tcvc_cli.files import always, draft_of
from tcvc_cli.media.carry.remux import rehearse, remux
from tcvc_cli.media.carry.tags import COMPUTED
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.write.encode import SegmentWriter, output_format
from tcvc_cli.records import CarriedStream, DroppedStream
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import (
    Event,
    FramesDone,
    Resumed,
    SegmentDone,
    ShotStarted,
    StageStarted,
    StreamsCarried,
    Warned,
)
from tcvc_cli.run.film.coloring import ShotPainter, paint_segment
from tcvc_cli.run.film.memory import AHEAD_FRAMES, BEHIND_FRAMES
from tcvc_cli.run.film.paint import LitFrame, PaintedFrame, light, paint
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film.segments import Segment, segments_of
from tcvc_cli.run.film.threads import Behind, ahead
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.provenance.verify_before_naming import Verifier
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.naming import Naming
from tcvc_cli.run.resume.work_folder import remove_all_but, segment_path

_EVENT_EVERY_S = 0.2
TAGS = {COMPUTED: "tcvc: the colours of this film were computed"}


def color_film(
    plan: FilmPlan, computing: Computing, found: Scan, naming: Naming
) -> Generator[Event, None, StreamsCarried]:
    """Colour every segment that the journal does not hold, then join all with the film's other streams."""
    journal, segments = naming.journal, segments_of(plan, found.shots)
    kept = journal.kept(segments)
    files = [segment_path(journal.folder, segment.number) for segment in segments]
    remove_all_but(journal.folder, set(files[: len(kept)]))
    yield StageStarted("colorize", found.stop - found.start)
    if kept:
        yield Resumed(len(kept), kept[-1].stop - found.start)
    if len(kept) < len(segments):
        rehearse(plan.film, plan.output, start_s=plan.options.start_s, end_s=plan.options.end_s)
    yield from _color_segments(plan, computing, segments, len(kept), journal)
    yield StageStarted("remux", found.stop - found.start)
    options = plan.options
    verifier = Verifier(plan)

    def before_naming(part: Path, carried: Sequence[CarriedStream], dropped: Sequence[DroppedStream]) -> None:
        verifier(part, carried, dropped)
        journal.mark(part)

    try:
        carried, dropped = remux(
            plan.film,
            files,
            plan.output,
            start_s=options.start_s,
            end_s=options.end_s,
            findings=found.findings,
            extra_tags=TAGS,
            is_strict=options.is_strict,
            on_complete=before_naming,
            may_replace=naming.may_replace,
            draft_folder=naming.folder,
        )
    except ProofFailed:
        yield from verifier.events()
        raise
    streams = StreamsCarried(carried, dropped)
    yield streams
    yield from verifier.events()
    return streams


def _color_segments(
    plan: FilmPlan, computing: Computing, segments: tuple[Segment, ...], kept_count: int, journal: Journal
) -> Iterator[Event]:
    """All segments but the first `kept_count`, each on disk and in the journal before the next begins."""
    missing = segments[kept_count:]
    if not missing:
        return
    start = segments[0].start
    with closing(ahead(_lit_frames(plan, missing[0].start, missing[-1].stop), AHEAD_FRAMES)) as frames:
        painter = ShotPainter(plan, computing, frames, missing[0].take, journal.handover(missing[0]))
        for segment in missing:
            if segment.is_first_of_shot:
                yield ShotStarted(segment.shot_number, segment.shot)
                if segment is not missing[0]:
                    painter = painter.next_shot(segment.take)
            computing.engine.begin()
            file = segment_path(journal.folder, segment.number)
            yield from _encode(plan, file, paint_segment(segment, painter, frames), segment.start - start)
            journal.keep(segment, file.stat().st_size, painter.handover(segment.stop))
            yield FramesDone("colorize", segment.stop - start)
            yield from map(Warned, computing.engine.take_notices())
            yield SegmentDone(segment.number, len(segments), segment.stop - segment.start)


def _lit_frames(plan: FilmPlan, start: int, stop: int) -> Iterator[LitFrame]:
    for frame in read_frames(plan.film, start, stop):
        yield light(plan.film, frame, plan.size_px)


def _encode(plan: FilmPlan, file: Path, colored: Iterator[PaintedFrame], done: int) -> Iterator[Event]:
    """Model in this thread; painting and encoding in another. `done` frames were finished before."""
    target = output_format(plan.film, plan.options.encoding)
    said = time.monotonic()
    draft = draft_of(file, may_replace=always, folder=file.parent)
    with draft as part, SegmentWriter(part, plan.film, plan.options.encoding) as writer:

        def finish(painted: PaintedFrame) -> None:
            writer.write(paint(plan.film, target, painted, plan.options.saturation))

        with Behind(finish, BEHIND_FRAMES) as encoder:
            for count, painted in enumerate(colored, done + 1):
                encoder.put(painted)
                if time.monotonic() - said > _EVENT_EVERY_S:
                    said = time.monotonic()
                    yield FramesDone("colorize", count)
