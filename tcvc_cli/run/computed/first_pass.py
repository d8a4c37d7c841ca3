"""What is decided of a film before its shots are coloured: which there are, how each is to look, and what is
remembered for it. After that no shot depends on another, whoever colours it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.media.read.seen.frame_index import complete_index
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import Event, ReferencesFound, Warned
from tcvc_cli.run.film.scan import Scan, Walk, as_kept, find_shots, refuse_changes, shots_found
from tcvc_cli.run.film_memory.kept import are_settled, kept, restored
from tcvc_cli.run.film_memory.pictures import Pictures
from tcvc_cli.run.film_memory.remember import remember
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.film_memory.take_memory import NO_MEMORY, FilmMemory, used
from tcvc_cli.run.looks.film_looks import FilmLooks, find_looks, with_kept
from tcvc_cli.run.looks.pointed_frames import pointed_frames
from tcvc_cli.run.plan import FilmPlan, fitted
from tcvc_cli.run.references.film_frames import FilmFrames
from tcvc_cli.run.references.find import find_references
from tcvc_cli.run.resume.fingerprint import memory_fingerprint
from tcvc_cli.run.resume.unfinished import Unfinished, seek_by
from tcvc_cli.run.shares.shared_plan import SharedPlan, keep_shared_plan
from tcvc_cli.settings.reference import Reference


@dataclass(frozen=True, slots=True)
class FirstPass:
    """`plan` is that of the film as the part that is coloured shows it."""

    plan: FilmPlan
    found: Scan
    looks: FilmLooks
    references: tuple[Reference, ...]
    memory: FilmMemory


def first_pass(
    computing: Computing, walk: Walk | None, left: Unfinished
) -> Generator[Event, None, FirstPass]:
    """Of the film in `left`, as far as an earlier run or another machine has not done it; `walk` is its scan,
    where that has begun."""
    shared = left.shared
    if shared is not None and not are_settled(shared.memory, left.journal.folder):
        shared = None  # they are settled anew, which says so
    if shared is not None:
        ready = as_shared(computing, left.plan, shared, left.journal.folder)
        yield from shots_found(ready.plan, ready.found, is_decided=ready.looks.keeps_any)
        yield from _references_found(ready.references, ready.memory)
        left.watch.check_all()
        return ready
    plan = left.plan
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
    ready = FirstPass(plan, found, looks, references, memory)
    if not plan.film.is_photograph:
        _keep(ready, computing, left)
    left.watch.check_all()
    return ready


def _keep(ready: FirstPass, computing: Computing, left: Unfinished) -> None:
    """For a later run, and for all others that colour shots of the film."""
    index = complete_index(ready.plan.film)
    memory = kept(ready.memory)
    shared = SharedPlan(
        left.about, ready.plan, ready.found, index, ready.references, memory, computing.machine
    )
    keep_shared_plan(left.journal.folder, shared)


def as_shared(computing: Computing, plan: FilmPlan, shared: SharedPlan, folder: Path) -> FirstPass:
    """What another process, here or elsewhere, has decided; `folder` has the frames that it has settled, and
    `plan` is this one's, as that one planned."""
    plan = shared.on_this_machine(plan)
    found = replace(shared.found, film=plan.film)
    seek_by(plan.film, shared.index)
    looks = find_looks(plan, computing, found)
    references = shared.references_here(plan.options, looks)
    memory = NO_MEMORY
    if shared.memory.takes:
        frames = FilmFrames(plan.film, found.stop)
        pictures = Pictures(Rememberer(plan, computing, frames), references, pointed_frames(looks.shots))
        memory = restored(shared.memory, pictures, folder)
    return FirstPass(plan, found, looks, references, memory)


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
    yield from _references_found(references, memory)
    return memory


def _references_found(references: tuple[Reference, ...], memory: FilmMemory) -> Generator[Event, None, None]:
    if not references:
        return
    found_out = used(references, memory)
    yield ReferencesFound(found_out)
    names = (one.reference.file.name for one in found_out if not one.shots)
    yield from (Warned(f"{name} is like no shot of the film, and is not used") for name in names)
