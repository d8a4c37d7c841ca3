"""Some shots of a film as a task that any process does, here or on another machine that has the same disk."""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

from tcvc_cli.errors import OutputError, ShotsMissing, UsageError
from tcvc_cli.limits import unforeseen
from tcvc_cli.media.read.probe import probe
from tcvc_cli.run.computed.first_pass import FirstPass, as_shared
from tcvc_cli.run.computed.share import color_groups, share_journal, unfinished_groups
from tcvc_cli.run.computed.standing import divide
from tcvc_cli.run.computing import Computing, load
from tcvc_cli.run.events import (
    Event,
    SegmentDone,
    Warned,
)
from tcvc_cli.run.machines.events import ShotsEnded, ShotsStarted
from tcvc_cli.run.machines.executor import Work
from tcvc_cli.run.plan import plan_film
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.fingerprint import differences, ingredients
from tcvc_cli.run.resume.journal import Begun, Journal
from tcvc_cli.run.resume.lease import Lease, holder_of
from tcvc_cli.run.resume.source_file import source_of
from tcvc_cli.run.resume.vouching.film_watch import FilmWatch
from tcvc_cli.run.shares.groups import Group, groups_of
from tcvc_cli.run.shares.shared_plan import shared_plan

_Held: TypeAlias = tuple[Lease, Journal]
_WORKER: Final = "worker"
_HOST_LETTERS: Final = 32


@dataclass(frozen=True, slots=True)
class ShotsTask:
    """The shots of the groups with these keys, of a film that stands under `film` on every machine and is
    worked on in `folder`. `fingerprint` is of the film."""

    film: Path
    output: Path
    folder: Path
    fingerprint: str
    groups: tuple[str, ...]
    shots: tuple[int, ...]
    frames: int


@dataclass(frozen=True, slots=True)
class ShotsOutcome:
    """`error` says why not all of them are coloured, None where they are."""

    task: ShotsTask
    host: str
    seconds: float
    error: str | None = None
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class OpenedFilm:
    """A film as this process has it: opened once for all tasks about it."""

    computing: Computing
    ready: FirstPass
    about: Begun
    watch: FilmWatch
    groups: Mapping[str, Group]


def color_shots(task: ShotsTask) -> Generator[Event, None, ShotsOutcome]:
    """What is coloured is handed over to the film's folder; what is not finished stays in a share."""
    started = time.monotonic()
    film = opened_film(task)
    # An earlier try may have done some of them before its worker died.
    groups = unfinished_groups([film.groups[key] for key in task.groups], task.folder)
    with _share(task.folder, film, groups) as share:
        yield from color_groups(film.ready, film.computing, share, groups, task.folder)
    return ShotsOutcome(task, platform.node(), time.monotonic() - started)


def opened_film(task: ShotsTask) -> OpenedFilm:
    """As this process has it for all tasks about it. Raises what is wrong with the film, the model, or a
    machine that would colour it in another way."""
    return _opened(task.film, task.output, task.folder, task.fingerprint)


@lru_cache(maxsize=1)
def _opened(path: Path, output: Path, folder: Path, fingerprint: str) -> OpenedFilm:
    watch = FilmWatch(path)
    shared = shared_plan(folder)
    if shared is None or shared.about.fingerprint != fingerprint:
        raise ShotsMissing(f"{folder} is not about this film any more")
    options = replace(shared.plan.options, input=path, output=output)
    computing = load(options)
    plan = shared.as_planned(plan_film(options, probe(path), output, computing))
    source = source_of(path, shared.about.source)
    made_of = ingredients(plan, source)
    if made_of != shared.about.made_of:
        raise UsageError(
            f"{platform.node()} would colour the film in another way: "
            f"{differences(shared.about.made_of, made_of)}",
            "Install the same version of tcvc and its libraries everywhere.",
        )
    watch.begin(source, made_of, lambda source: ingredients(plan, source))
    ready = as_shared(computing, plan, shared, folder)
    groups = groups_of(divide(ready, shared.about).segments)
    return OpenedFilm(computing, ready, shared.about, watch, {one.key: one for one in groups})


@contextmanager
def _share(folder: Path, film: OpenedFilm, groups: Sequence[Group]) -> Iterator[Journal]:
    """A share for this process: that of one that died with these groups in hand, if there is one. At a good
    end it goes."""
    keys = {one.key for group in groups for one in group.segments}
    with ExitStack() as held:
        lease, journal = _left_share(folder, film, keys, held) or _own_share(folder, film, held)
        yield journal
        journal.close()
        work.remove(lease)


def _left_share(folder: Path, film: OpenedFilm, keys: Set[str], held: ExitStack) -> _Held | None:
    for path in work.shares_in(folder):
        holder = holder_of(path)
        if not path.name.startswith(f"share-{_WORKER}-") or (holder and holder.is_alive is not False):
            continue
        with suppress(OutputError), ExitStack() as trial:  # one that holds what is not ours is passed by
            lease, journal = _opened_share(path, film, trial)
            if keys & {key for key, _ in journal.rows()}:
                held.push(trial.pop_all())
                return lease, journal
    return None


def _own_share(folder: Path, film: OpenedFilm, held: ExitStack) -> _Held:
    host = re.sub("[^0-9a-z]+", "-", platform.node().lower())[:_HOST_LETTERS]
    return _opened_share(work.share_path(folder, f"{_WORKER}-{host}-{os.getpid()}"), film, held)


def _opened_share(path: Path, film: OpenedFilm, held: ExitStack) -> _Held:
    lease = held.enter_context(work.locked(path, work.at_once))
    return lease, held.enter_context(share_journal(lease, film.about, film.watch))


def shots_failed(task: ShotsTask, error: Exception) -> ShotsOutcome:
    told = unforeseen(error)
    return ShotsOutcome(task, platform.node(), 0.0, str(told), told.exit_code)


def shots_known(task: ShotsTask) -> ShotsOutcome | None:
    """Each task needs work."""
    return None


def shots_started(task: ShotsTask) -> ShotsStarted:
    return ShotsStarted(task.shots, task.frames)


def shots_ended(outcome: ShotsOutcome) -> ShotsEnded:
    task = outcome.task
    return ShotsEnded(task.shots, task.frames, outcome.host, outcome.seconds, outcome.error)


def shots_told(task: ShotsTask, event: Event) -> Event | None:
    """What counts for the film: which parts are done, and what a person must know."""
    return event if isinstance(event, SegmentDone | Warned) else None


SHOTS: Final = Work(color_shots, shots_failed, shots_known, shots_started, shots_ended, shots_told)


def tasks_of(groups: Sequence[Group], workers: int) -> Iterator[tuple[Group, ...]]:
    """Groups that follow each other, so that a worker reads on where it stands: the more are left, the more
    at once (guided self-scheduling, Polychronopoulos and Kuck, 1987), the longest first."""
    runs, left = list[list[Group]](), sum(one.frame_count for one in groups)
    room = 0.0
    for group in groups:
        if room < group.frame_count or not runs:
            runs.append([])
            room = left / (2 * workers)
        runs[-1].append(group)
        room -= group.frame_count
        left -= group.frame_count
    runs.sort(key=lambda run: -sum(one.frame_count for one in run))
    return map(tuple, runs)
