"""The whole story of one film, from the file to the colour film beside it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace

import torch

from tcvc_cli.errors import DamagedFilm, StreamNotCarried
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.read.stated_length import overstated
from tcvc_cli.media.write.encoders import encoder_of, output_format
from tcvc_cli.names import Claims, Names
from tcvc_cli.plan.steps import anchors_of
from tcvc_cli.plan.takes import Take, takes, with_room
from tcvc_cli.records import Shot
from tcvc_cli.run.beside import write_provenance
from tcvc_cli.run.computing import Computing, load
from tcvc_cli.run.events import (
    Event,
    FilmProbed,
    Finished,
    FramesDone,
    Prepared,
    ShotsFound,
    Skipped,
    StageStarted,
    Warned,
)
from tcvc_cli.run.film.estimate import estimate
from tcvc_cli.run.film.output import inputs_of, is_skipped, names_for, refuse_existing
from tcvc_cli.run.film.photograph import color_photograph
from tcvc_cli.run.film.scan import Scan, scan
from tcvc_cli.run.film.walk import color_film
from tcvc_cli.run.options import Options, flag_of
from tcvc_cli.run.plan import FilmPlan, check_coding, fitted, plan_film
from tcvc_cli.run.provenance.record import Record
from tcvc_cli.run.provenance.sidecar import FinishedRun
from tcvc_cli.run.resume.done import is_done
from tcvc_cli.run.resume.source_file import refuse_pipe, source_of
from tcvc_cli.run.resume.unfinished import Unfinished, put_there_before, unfinished
from tcvc_cli.run.shot_list import clock_time


def colorize(options: Options) -> Generator[Event, None, None]:
    """Colour one film or photograph; yields what happens.

    A TcvcError leaves nothing under the result's name. What is finished of a film is kept, and the same
    options go on from there.
    """
    record = Record()
    yield from record.watch(_colorize(options, record))


def _colorize(options: Options, record: Record) -> Generator[Event, None, None]:
    started = time.monotonic()
    refuse_pipe(options.input)
    film = probe(options.input)
    names = names_for(film, options)
    Claims(inputs_of(options)).claim(names, options.input)
    if _is_skipped_unseen(names, options):
        yield Skipped(names.result)
        return
    check_coding(options, film)
    computing = load(options)
    plan = plan_film(options, film, names.result, computing)
    yield FilmProbed(film, names.result, options.model, plan.device, plan.precision)
    yield _prepared(plan)
    if options.is_dry_run:
        found = yield from _find_shots(plan)
        plan = fitted(plan, found.film)
        anchors = yield from _tell_shots(plan, found)
        yield estimate(plan, computing, found, anchors)
    elif options.is_done_skipped and is_done(plan):
        yield Skipped(names.result)
    else:
        with unfinished(plan) as left:
            yield from _go_on(plan, computing, names, left, record, started)


def _prepared(plan: FilmPlan) -> Prepared:
    options, film = plan.options, plan.film
    encoder = None if film.is_photograph else encoder_of(options.encoding)
    return Prepared(
        model_size_px=plan.size_px,
        interval_frames=options.interval_frames,
        window_frames=plan.clips_per_window * options.interval_frames + 1,
        overlap_frames=options.overlap_frames,
        threads=torch.get_num_threads(),
        encoder=encoder.codec if encoder else None,
        pixel_format=output_format(film, options.encoding).name if encoder else None,
        encoder_options=tuple(encoder.options.items()) if encoder else (),
    )


def _is_skipped_unseen(names: Names, options: Options) -> bool:
    """What can be said before the model is loaded. A result that a killed run gave its name, and nothing
    more, is no result yet."""
    if options.is_done_skipped or put_there_before(names.result, options):
        return False
    if is_skipped(names.result, options):
        return True
    refuse_existing(names, options)
    return False


def _go_on(
    plan: FilmPlan, computing: Computing, names: Names, left: Unfinished, record: Record, started: float
) -> Generator[Event, None, None]:
    """With the work folder locked, so that what others have finished meanwhile is seen."""
    if not left.journal.is_marked(plan.output):
        is_done_by_now = plan.options.is_done_skipped and is_done(plan)
        if is_done_by_now or is_skipped(plan.output, plan.options):
            yield Skipped(plan.output)
            return
    refuse_existing(names, plan.options, left.journal.is_marked)
    if left.afresh is not None:
        yield left.afresh
    found = left.journal.scan(plan.film) or (yield from _find_shots(plan))
    _refuse_changes(plan, found)
    left.journal.keep_scan(found)
    yield from _color(fitted(plan, found.film), computing, found, left, record, started)


def _tell_shots(plan: FilmPlan, found: Scan) -> Generator[Event, None, tuple[tuple[int, ...], ...]]:
    anchors = tuple(_anchors(plan, take) for take in takes(found.shots))
    yield ShotsFound(found.shots, sum(map(len, anchors)))
    yield from map(Warned, filter(None, (*found.findings.warnings, found.findings.damage)))
    yield from _length_warning(plan)
    if all(shot.is_in_color for shot in found.shots):
        recolor = f"{flag_of('color_parts')} recolour"
        yield Warned(f"the whole film is in colour already and is left so; {recolor} colours it")
    return anchors


def _length_warning(plan: FilmPlan) -> Iterator[Warned]:
    lengths_s = overstated(plan.film)
    if lengths_s is not None:
        stated, true = map(clock_time, lengths_s)
        yield Warned(f"the film's header says that it ends at {stated}, but all that it holds ends at {true}")


def _color(
    plan: FilmPlan, computing: Computing, found: Scan, left: Unfinished, record: Record, started: float
) -> Generator[Event, None, None]:
    """Everything after the shots; `started` is when the run began, as `time.monotonic` has it."""
    anchors = yield from _tell_shots(plan, found)
    naming = left.naming
    is_still = plan.film.is_photograph
    streams = yield from (
        color_photograph(plan, computing, naming) if is_still else color_film(plan, computing, found, left)
    )
    seconds, timings = time.monotonic() - started, record.timings()
    run = FinishedRun(
        plan,
        found.shots,
        anchors,
        streams,
        record.proof,
        timings,
        seconds,
        left.about.source,
        left.about.fingerprint,
        source_of(plan.output),
    )
    sidecar = write_provenance(run, naming)
    yield Finished(plan.output, sidecar, found.stop - found.start, seconds, tuple(timings.items()))


def _find_shots(plan: FilmPlan) -> Generator[Event, None, Scan]:
    options = plan.options
    if plan.film.is_photograph:
        return Scan(0, 1, (Shot(0, 1),), plan.film)
    yield StageStarted("shots", plan.film.frame_count)
    walk = scan(
        plan.film,
        start_s=options.start_s,
        end_s=options.end_s,
        shots_file=options.shots_file,
        finds_color=options.color_parts == "keep",
        refuses_changes=True,
    )
    while True:
        try:
            yield FramesDone("shots", next(walk))
        except StopIteration as end:
            found: Scan = end.value
            one_shot = (Shot(found.start, found.stop),)
            shots = (
                one_shot if plan.method.ignores_cuts else with_room(found.shots, plan.most_dissolve_frames)
            )
            return replace(found, shots=shots)


def _refuse_changes(plan: FilmPlan, found: Scan) -> None:
    """Where nothing may be lost, before the work. Raises DamagedFilm or StreamNotCarried."""
    if not plan.options.is_strict:
        return
    name, findings = plan.film.path.name, found.findings
    if findings.damage:
        raise DamagedFilm(f"{name}: {findings.damage}")
    if findings.losses:
        lost = "; ".join(findings.losses)
        raise StreamNotCarried(f"{name} changes in mid-stream: {lost}", "Leave out {is_strict}.")


def _anchors(plan: FilmPlan, take: Take) -> tuple[int, ...]:
    return () if take.shot.is_in_color else anchors_of(plan.method.steps(take))
