"""Decode, colour, encode, remux: the walk of a film once its shots are known."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from tcvc_cli.errors import ProofFailed
from tcvc_cli.media.decode import read_frames
from tcvc_cli.media.encode import SegmentWriter, output_format
from tcvc_cli.media.remux import remux
from tcvc_cli.media.tags import COMPUTED
from tcvc_cli.records import Shot
from tcvc_cli.run.events import Event, FramesDone, ShotStarted, StageStarted, StreamsCarried
from tcvc_cli.run.job import Job
from tcvc_cli.run.paint import LitFrame, PaintedFrame, light, paint
from tcvc_cli.run.prover import Prover
from tcvc_cli.run.shot_colors import paint_shot
from tcvc_cli.run.shots import Scan
from tcvc_cli.run.threads import Behind, ahead

_AHEAD_FRAMES = 16
_BEHIND_FRAMES = 8
_EVENT_EVERY_S = 0.2
TAGS = {COMPUTED: "tcvc: the colours of this film were computed"}


def color_film(job: Job, found: Scan) -> Generator[Event, None, StreamsCarried]:
    """Colour every shot into a segment of its own, then join them with the film's other streams."""
    with _work_folder(job.output) as work:
        yield StageStarted("colorize", found.stop - found.start)
        segments: list[Path] = []
        frames = ahead(_lit_frames(job, found), _AHEAD_FRAMES)
        for number, shot in enumerate(found.shots, 1):
            yield ShotStarted(number, shot)
            segments.append(work / f"shot-{number:06d}.mkv")
            yield from _color_shot(job, shot, frames, segments[-1], done=shot.start - found.start)
        yield StageStarted("remux", found.stop - found.start)
        options = job.options
        prover = Prover(job)
        try:
            carried, dropped = remux(
                job.film,
                segments,
                job.output,
                start_s=options.start_s,
                end_s=options.end_s,
                extra_tags=TAGS,
                is_strict=options.is_strict,
                on_whole=prover,
            )
        except ProofFailed:
            yield from prover.told()
            raise
    streams = StreamsCarried(carried, dropped)
    yield streams
    yield from prover.told()
    return streams


def _lit_frames(job: Job, found: Scan) -> Iterator[LitFrame]:
    for frame in read_frames(job.film, found.start, found.stop):
        yield light(job.film, frame, job.size_px)


def _color_shot(
    job: Job, shot: Shot, frames: Iterator[LitFrame], segment: Path, done: int
) -> Iterator[Event]:
    """Model in this thread; painting and encoding in another. `done` frames were finished before."""
    target = output_format(job.film, job.options.encoding)
    said = time.monotonic()
    with SegmentWriter(segment, job.film, job.options.encoding) as writer:

        def finish(painted: PaintedFrame) -> None:
            writer.write(paint(job.film, target, painted, job.options.saturation))

        with Behind(finish, _BEHIND_FRAMES) as encoder:
            colored = paint_shot(job, shot, islice(frames, len(shot)))
            for count, painted in enumerate(colored, done + 1):
                encoder.put(painted)
                if time.monotonic() - said > _EVENT_EVERY_S:
                    said = time.monotonic()
                    yield FramesDone("colorize", count)
    yield FramesDone("colorize", done + len(shot))


@contextmanager
def _work_folder(output: Path) -> Iterator[Path]:
    """A hidden folder beside the result, on the same disk; gone at the end, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix=f".{output.name[:100]}.", suffix=".work", dir=output.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
