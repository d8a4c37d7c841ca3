"""From options that were found right to the film in colour, or to one machine's share of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from tcvc_cli.names import Names
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.beside import write_provenance
from tcvc_cli.run.computed.first_pass import first_pass
from tcvc_cli.run.computed.share import color_share
from tcvc_cli.run.computed.shipped import refuse_unshippable
from tcvc_cli.run.computing import Computing, load
from tcvc_cli.run.estimating.calibration import learn
from tcvc_cli.run.events import (
    Event,
    FilmProbed,
    Finished,
    Skipped,
)
from tcvc_cli.run.film.estimate import estimate
from tcvc_cli.run.film.output import existing, refuse_existing
from tcvc_cli.run.film.photograph import color_photograph
from tcvc_cli.run.film.scan import Walk, as_kept, find_shots, refuse_changes, shots_found
from tcvc_cli.run.film.walk import color_film
from tcvc_cli.run.film_memory.take_memory import used
from tcvc_cli.run.looks.decided import settings_of
from tcvc_cli.run.looks.film_looks import find_looks, with_kept
from tcvc_cli.run.machines.events import Waiting
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan, fitted, plan_film, prepared
from tcvc_cli.run.provenance.record import Record
from tcvc_cli.run.provenance.sidecar import FinishedRun
from tcvc_cli.run.resume.done import is_done, is_done_meanwhile
from tcvc_cli.run.resume.source_file import source_of
from tcvc_cli.run.resume.unfinished import Unfinished, unfinished
from tcvc_cli.run.resume.vouching.film_watch import FilmWatch
from tcvc_cli.run.resume.work_folder import awaited, shares_in
from tcvc_cli.run.shares.distribution import ALONE, Distribution, Share, Spread
from tcvc_cli.trace import span


def color(
    film: FilmInfo,
    options: Options,
    names: Names,
    walk: Walk | None,
    record: Record,
    distribution: Distribution,
    watch: FilmWatch,
) -> Generator[Event, None, None]:
    """With options that were found right for the film; `walk` is its scan, where that has begun, and
    `watch` sees whether the film stays what it is."""
    if isinstance(distribution, Spread) and distribution.machines.is_shipped:
        refuse_unshippable(options)
    with span("load the network"):
        computing = load(options)
    plan = plan_film(options, film, names.result, computing)
    settings = settings_of(options).file
    yield FilmProbed(film, names.result, options.model, plan.device, plan.precision, settings)
    yield prepared(plan, computing)
    if options.is_dry_run:
        yield from _rehearse(plan, computing, names, walk, record)
    elif options.is_done_skipped and is_done(plan):
        yield Skipped(names.result)
    elif isinstance(distribution, Share):
        yield from color_share(plan, computing, names, distribution.shard, watch)
    else:
        shares = [share for folder in names.folders for share in shares_in(folder)]
        yield from map(Waiting, awaited([*names.folders, *shares]))
        with unfinished(plan, watch) as left:
            yield from _finish(computing, names, walk, left, record, distribution)


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
    computing: Computing,
    names: Names,
    walk: Walk | None,
    left: Unfinished,
    record: Record,
    distribution: Distribution,
) -> Generator[Event, None, None]:
    """With the work folder locked, so that what others have finished meanwhile is seen."""
    if is_done_meanwhile(left.plan, left.journal):
        yield Skipped(left.plan.output)
        return
    refuse_existing(names, left.plan.options, left.journal.is_marked)
    if left.afresh is not None:
        yield left.afresh
    ready = yield from first_pass(computing, walk, left)
    plan, found = ready.plan, ready.found
    color_it = color_photograph if plan.film.is_photograph else color_film
    colored = yield from color_it(ready, computing, left, distribution)
    run = FinishedRun(
        plan=plan,
        shots=found.shots,
        looks=ready.looks.shots,
        streams=colored.streams,
        proof=record.proof,
        timings=record.timings(),
        seconds=record.seconds,
        source=left.about.source,
        fingerprint=left.about.fingerprint,
        result=source_of(plan.output),
        references=used(ready.references, ready.memory),
        segments=colored.segments,
        machines=colored.machines,
        appraisals=colored.appraisals,
        declared=colored.declared,
        credentials=colored.credentials,
        damage=found.findings.damage,
    )
    sidecar = write_provenance(run, left.naming)
    if left.shared is None and distribution == ALONE:
        learn(plan, computing, found, record)
    frame_count, timings = found.stop - found.start, tuple(run.timings.items())
    yield Finished(plan.output, sidecar, frame_count, run.seconds, timings)
