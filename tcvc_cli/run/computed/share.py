"""One machine's share of a film: what holds for all shots is decided once, by whoever comes first, and then
each colours its own. They meet in the work folder alone."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcvc_cli.errors import DiskFull, OutputBusy, OutputError, UsageError
from tcvc_cli.names import Names, work_folder_of
from tcvc_cli.run.computed.first_pass import FirstPass, first_pass
from tcvc_cli.run.computed.standing import standing, with_recovered
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import (
    Event,
    Resumed,
    SegmentDone,
    Skipped,
    StageStarted,
    Warned,
)
from tcvc_cli.run.film.missing import color_missing
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.machines.events import ShareFinished, Waiting
from tcvc_cli.run.machines.shard import Shard
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.done import is_done_meanwhile
from tcvc_cli.run.resume.journal import Begun, Journal
from tcvc_cli.run.resume.lease import Lease
from tcvc_cli.run.resume.unfinished import Unfinished, told_damage, unfinished
from tcvc_cli.run.resume.vouching.film_watch import FilmWatch
from tcvc_cli.run.shares.finished import hand_over, handed_over, seem_handed_over
from tcvc_cli.run.shares.groups import Group, dealt_to, groups_of

_LOOK_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Film:
    """What a share needs of the film: `kept` are the ids of segments that nobody need make."""

    ready: FirstPass
    about: Begun
    watch: FilmWatch
    groups: tuple[Group, ...]
    kept: frozenset[tuple[str, int]]


def color_share(
    plan: FilmPlan, computing: Computing, names: Names, shard: Shard, watch: FilmWatch
) -> Generator[Event, None, None]:
    """The shots that are dealt to the shard, into the work folder. Raises OutputBusy when another process has
    the same share in work, UsageError where others colour the film in another way."""
    if plan.film.is_photograph:
        raise UsageError("a photograph has no shots to share", "Leave out {shard}.", option="shard")
    folder = work_folder_of(plan.output, plan.options.work_folder)
    share = work.share_path(folder, f"{shard.index}-of-{shard.count}")
    yield from map(Waiting, work.awaited([share]))
    with ExitStack() as held:
        with ExitStack() as main:
            left = yield from _when_free(plan, names, main, watch)
            if is_done_meanwhile(left.plan, left.journal):
                yield Skipped(plan.output)
                return
            film = yield from _opened(computing, left)
            lease = held.enter_context(work.locked(share))
        yield from _warned(plan, left, computing)
        yield from _colored(film, computing, shard, folder, lease)
        work.remove(lease)


def _when_free(
    plan: FilmPlan, names: Names, main: ExitStack, watch: FilmWatch
) -> Generator[Event, None, Unfinished]:
    """The work folder, once nobody else is deciding there what holds for all."""
    is_told = False
    while True:
        try:
            yield from map(Waiting, work.awaited(names.folders))
            return main.enter_context(unfinished(plan, watch, is_shared=True))
        except OutputBusy as busy:
            if not is_told:
                yield Waiting(f"waiting for what holds for all shots: {busy}")
            is_told = True
            time.sleep(_LOOK_EVERY_S)


def _opened(computing: Computing, left: Unfinished) -> Generator[Event, None, _Film]:
    ready = yield from first_pass(computing, None, left)
    there = standing(ready, left)
    yield from map(Warned, there.division.warnings)
    yield from left.told_damage()
    ids = frozenset(one.id for one in with_recovered(there, ready, left))
    return _Film(ready, left.about, left.watch, groups_of(there.segments), ids)


def _warned(plan: FilmPlan, left: Unfinished, computing: Computing) -> Iterator[Event]:
    """`plan` is this machine's own."""
    first, here = left.shared.machine if left.shared else computing.machine, computing.machine
    for one, other in ((here.device, first.device), (here.capability, first.capability)):
        if one != other:
            yield Warned(
                f"this machine computes on {one}, and the first one on {other}: its shots will be coloured a"
                " little otherwise (docs/many-machines.md)"
            )
            return
    if plan.clips_per_window < left.plan.clips_per_window:
        yield Warned("windows are longer than this machine's memory suggests, as the first one has more")


def _colored(
    film: _Film, computing: Computing, shard: Shard, folder: Path, lease: Lease
) -> Generator[Event, None, None]:
    started = time.monotonic()
    mine = dealt_to(shard, film.groups)
    there = film.kept | _handed_over(mine, folder)
    wanted = [group for group in mine if not group.is_complete(there)]
    with share_journal(lease, film.about, film.watch) as journal:
        yield from told_damage(journal)
        yield from color_groups(film.ready, computing, journal, wanted, folder)
    every = [one for group in film.groups for one in group.segments]
    there = film.kept | {one.id for one in seem_handed_over(every, folder)}
    missing = [shot for group in film.groups if not group.is_complete(there) for shot in group.shots]
    frames = sum(group.frame_count for group in wanted)
    shots = sum(len(group.shots) for group in mine)
    yield ShareFinished(shard, shots, frames, len(missing), time.monotonic() - started)


def unfinished_groups(groups: Sequence[Group], folder: Path) -> list[Group]:
    """Those that nobody has handed over to the folder of the film."""
    there = _handed_over(groups, folder)
    return [group for group in groups if not group.is_complete(there)]


def _handed_over(groups: Sequence[Group], folder: Path) -> frozenset[tuple[str, int]]:
    return frozenset(one.id for group in groups for one, _ in handed_over(group.segments, folder))


@contextmanager
def share_journal(lease: Lease, about: Begun, watch: FilmWatch) -> Iterator[Journal]:
    """The journal of a share, about the film from here on; one that is damaged is begun again. Raises as
    `Journal` does."""
    with ExitStack() as opened:
        journal = opened.enter_context(Journal(lease.folder, lease.refuse_lost, watch.check))
        try:
            _begin(journal, about)
        except (OutputBusy, DiskFull):
            raise
        except OutputError:
            journal.close()
            work.remove_journal(lease.folder)
            journal = opened.enter_context(Journal(lease.folder, lease.refuse_lost, watch.check))
            _begin(journal, about)
            journal.set_aside("the journal of a share")
        yield journal


def _begin(journal: Journal, about: Begun) -> None:
    begun = journal.begun()
    if begun is None:
        journal.begin(about)
    elif begun.fingerprint != about.fingerprint:
        journal.begin_again(about, has_same_shots=False)
    else:
        journal.go_on(about)


def color_groups(
    ready: FirstPass, computing: Computing, share: Journal, groups: Sequence[Group], folder: Path
) -> Generator[Event, None, None]:
    """Each group is handed over to the `folder` of the film as soon as all of it is there."""
    segments = [one for group in groups for one in group.segments]
    kept = share.kept(segments)
    yield from told_damage(share)
    share.forget_all_but(kept)
    work.remove_all_but(share.folder, work.files_of(share.folder, [one.id for one in kept]))
    yield StageStarted("colorize", sum(one.frame_count for one in segments), ())
    if kept:
        yield _resumed(groups, kept)
    handing = _HandingOver(groups, kept, share, folder)
    for event in color_missing(ready.plan, computing, share, segments, kept, ready.memory):
        if isinstance(event, SegmentDone):
            handing.done(segments[event.number - 1])
        yield event


def _resumed(groups: Sequence[Group], kept: Sequence[Segment]) -> Resumed:
    there = {one.id for one in kept}
    shots = sum(len(group.shots) for group in groups if group.is_complete(there))
    return Resumed(len(kept), sum(one.frame_count for one in kept), shots)


class _HandingOver:
    """Knows which segment belongs to which group, and how many of each are missing yet."""

    def __init__(
        self, groups: Sequence[Group], kept: Sequence[Segment], share: Journal, folder: Path
    ) -> None:
        self._share, self._folder = share, folder
        self._groups = {one.id: group for group in groups for one in group.segments}
        self._missing = {group.key: {one.id for one in group.segments} for group in groups}
        for one in kept:
            self.done(one)

    def done(self, segment: Segment) -> None:
        group = self._groups[segment.id]
        missing = self._missing[group.key]
        missing.discard(segment.id)
        if not missing:
            hand_over(group.segments, self._share, self._folder)
