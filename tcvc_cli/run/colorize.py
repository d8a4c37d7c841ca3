"""The whole story of one film, from the file to the colour film beside it."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace

from tcvc_cli.media.probe import probe
from tcvc_cli.model.compat import INTERVAL_FRAMES
from tcvc_cli.records import Shot
from tcvc_cli.run.estimate import estimate
from tcvc_cli.run.events import (
    Event,
    FilmProbed,
    Finished,
    FramesDone,
    ShotsFound,
    Skipped,
    StageStarted,
    Warned,
)
from tcvc_cli.run.film import color_film
from tcvc_cli.run.job import Job, prepare
from tcvc_cli.run.options import Options
from tcvc_cli.run.output import choose_output, is_skipped
from tcvc_cli.run.papers import write_papers
from tcvc_cli.run.photograph import color_photograph
from tcvc_cli.run.record import Record
from tcvc_cli.run.shots import Scan, scan
from tcvc_cli.run.sidecar import Account, hashes_of


def colorize(options: Options) -> Generator[Event, None, None]:
    """Colour one film or photograph; yields what happens. A TcvcError leaves nothing behind."""
    record = Record()
    yield from record.watch(_colorize(options, record))


def _colorize(options: Options, record: Record) -> Generator[Event, None, None]:
    started = time.monotonic()
    film = probe(options.input)
    output = choose_output(film, options)
    if is_skipped(output, options):
        yield Skipped(output)
        return
    job = prepare(options, film, output)
    yield FilmProbed(film, output, options.model, job.device, job.precision)
    if film.fields == "unknown":
        yield Warned("the film is interlaced and does not say which field comes first; nor does the result")
    found = yield from _find_shots(job)
    anchors = tuple(_anchors(job, shot) for shot in found.shots)
    yield ShotsFound(found.shots, sum(map(len, anchors)))
    if all(shot.is_in_color for shot in found.shots):
        yield Warned("the whole film is in colour already and is left so; --colour-parts recolour colours it")
    if options.is_dry_run:
        yield estimate(job, found, anchors)
        return
    streams = yield from (color_photograph(job) if film.is_photograph else color_film(job, found))
    seconds, timings = time.monotonic() - started, record.timings()
    account = Account(job, found.shots, anchors, streams, record.proof, timings, seconds, hashes_of(job))
    yield Finished(output, write_papers(account), found.stop - found.start, account.seconds)


def _find_shots(job: Job) -> Generator[Event, None, Scan]:
    options = job.options
    if job.film.is_photograph:
        return Scan(0, 1, (Shot(0, 1),))
    yield StageStarted("shots", job.film.frame_count)
    walk = scan(
        job.film,
        start_s=options.start_s,
        end_s=options.end_s,
        shots_file=options.shots_file,
        finds_color=options.color_parts == "keep",
    )
    while True:
        try:
            yield FramesDone("shots", next(walk))
        except StopIteration as end:
            found: Scan = end.value
            # The published path knows nothing of cuts.
            return replace(found, shots=(Shot(found.start, found.stop),)) if options.is_compat else found


def _anchors(job: Job, shot: Shot) -> tuple[int, ...]:
    if shot.is_in_color:
        return ()
    if job.options.is_compat:
        return (*range(shot.start, shot.stop - 1, INTERVAL_FRAMES + 1), shot.stop - 1)
    return tuple(sorted({anchor for window in job.windows(shot) for anchor in window.anchors}))
