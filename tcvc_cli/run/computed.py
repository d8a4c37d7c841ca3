"""The part of a film's story that needs the network, and with it PyTorch."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from tcvc_cli.names import Names
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.beside import write_provenance
from tcvc_cli.run.computing import Computing, load
from tcvc_cli.run.estimating.calibration import learn
from tcvc_cli.run.events import Event, FilmProbed, Finished, ReferencesFound, Skipped, Warned
from tcvc_cli.run.film.estimate import estimate
from tcvc_cli.run.film.output import existing, refuse_existing
from tcvc_cli.run.film.photograph import color_photograph
from tcvc_cli.run.film.scan import Scan, Walk, as_kept, find_shots, refuse_changes, shots_found
from tcvc_cli.run.film.walk import color_film
from tcvc_cli.run.film_memory.remember import remember
from tcvc_cli.run.film_memory.take_memory import FilmMemory, used
from tcvc_cli.run.looks.film_looks import FilmLooks, find_looks, with_kept
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan, fitted, plan_film, prepared
from tcvc_cli.run.provenance.record import Record
from tcvc_cli.run.provenance.sidecar import FinishedRun
from tcvc_cli.run.references.find import find_references
from tcvc_cli.run.resume.done import is_done, is_done_meanwhile
from tcvc_cli.run.resume.fingerprint import memory_fingerprint
from tcvc_cli.run.resume.source_file import source_of
from tcvc_cli.run.resume.unfinished import Unfinished, unfinished
from tcvc_cli.run.resume.work_folder import awaited
from tcvc_cli.settings.reference import Reference
from tcvc_cli.trace import span


def color(
    film: FilmInfo, options: Options, names: Names, walk: Walk | None, record: Record
) -> Generator[Event, None, None]:
    """With options that were found right for the film; `walk` is its scan, where that has begun."""
    with span("load the network"):
        computing = load(options)
    plan = plan_film(options, film, names.result, computing)
    yield FilmProbed(film, names.result, options.model, plan.device, plan.precision)
    yield prepared(plan, computing)
    if options.is_dry_run:
        yield from _rehearse(plan, computing, names, walk, record)
    elif options.is_done_skipped and is_done(plan):
        yield Skipped(names.result)
    else:
        yield from map(Warned, awaited(names.folders))
        with unfinished(plan) as left:
            yield from _finish(plan, computing, names, walk, left, record)


def _rehearse(
    plan: FilmPlan, computing: Computing, names: Names, walk: Walk | None, record: Record
) -> Generator[Event, None, None]:
    there = existing(names)
    found = as_kept(plan, (yield from find_shots(plan, walk)))
    refuse_changes(plan, found)
    plan = fitted(plan, found.film)
    looks = find_looks(plan, computing, found)
    found = with_kept(found, looks, plan.most_dissolve_frames)
    yield from shots_found(plan, found, is_decided=looks.keeps_any)
    yield replace(estimate(plan, computing, found, looks, record.seconds), existing=there)


def _finish(
    plan: FilmPlan,
    computing: Computing,
    names: Names,
    walk: Walk | None,
    left: Unfinished,
    record: Record,
) -> Generator[Event, None, None]:
    """With the work folder locked, so that what others have finished meanwhile is seen."""
    if is_done_meanwhile(plan, left.journal):
        yield Skipped(plan.output)
        return
    refuse_existing(names, plan.options, left.journal.is_marked)
    if left.afresh is not None:
        yield left.afresh
    seen = left.scan(plan.film) or (yield from find_shots(plan, walk))
    found = as_kept(plan, seen)
    refuse_changes(plan, found)
    left.keep_scan(seen)
    plan = fitted(plan, found.film)
    looks = find_looks(plan, computing, found)
    found = with_kept(found, looks, plan.most_dissolve_frames)
    yield from shots_found(plan, found, is_decided=looks.keeps_any)
    references = yield from _references(plan, found, left, looks)
    memory = yield from _remembered(plan, computing, found, left, looks, references)
    color_it = color_photograph if plan.film.is_photograph else color_film
    colored = yield from color_it(plan, computing, found, left, looks, memory)
    run = FinishedRun(
        plan=plan,
        shots=found.shots,
        looks=looks.shots,
        streams=colored.streams,
        proof=record.proof,
        timings=record.timings(),
        seconds=record.seconds,
        source=left.about.source,
        fingerprint=left.about.fingerprint,
        result=source_of(plan.output),
        references=used(references, memory),
        segments=colored.segments,
        appraisals=colored.appraisals,
        declared=colored.declared,
        credentials=colored.credentials,
    )
    sidecar = write_provenance(run, left.naming)
    learn(plan, computing, found, record)
    frame_count, timings = found.stop - found.start, tuple(run.timings.items())
    yield Finished(plan.output, sidecar, frame_count, run.seconds, timings)


def _references(
    plan: FilmPlan, found: Scan, left: Unfinished, looks: FilmLooks
) -> Generator[Event, None, tuple[Reference, ...]]:
    """What the pictures are that were given; an earlier run may have found it."""
    paths = (*plan.options.references, *looks.base.references, *looks.references)
    if not paths:
        return ()
    known = left.journal.references()
    if known is None:
        known = yield from find_references(plan, found, paths)
        left.journal.keep_references(known)
    return known


def _remembered(
    plan: FilmPlan,
    computing: Computing,
    found: Scan,
    left: Unfinished,
    looks: FilmLooks,
    references: tuple[Reference, ...],
) -> Generator[Event, None, FilmMemory]:
    made_of = memory_fingerprint(left.about.made_of, looks.base)
    folder = left.journal.folder
    memory = yield from remember(plan, computing, found, references, looks, folder, made_of)
    if references:
        found_out = used(references, memory)
        yield ReferencesFound(found_out)
        names = (one.reference.file.name for one in found_out if not one.shots)
        yield from (Warned(f"{name} is like no shot of the film, and is not used") for name in names)
    return memory
