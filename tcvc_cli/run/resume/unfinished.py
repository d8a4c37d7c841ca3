"""Runs that were killed: opening what they left, or saying why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.errors import DiskFull, OutputBusy, OutputError, ProofFailed, UsageError
from tcvc_cli.files import is_plain
from tcvc_cli.media.read.seen.frame_index import FrameIndex, complete_index, remember
from tcvc_cli.names import work_folder_of
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.events import StartedAfresh, Warned
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.options.film import Options, flag_of
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.fingerprint import differences, has_same_shots, ingredients
from tcvc_cli.run.resume.journal import Begun, Journal
from tcvc_cli.run.resume.lease import Lease, holder_of
from tcvc_cli.run.resume.naming import Naming
from tcvc_cli.run.resume.source_file import source_of
from tcvc_cli.run.resume.vouching.film_watch import FilmWatch
from tcvc_cli.run.shares.shared_plan import SharedPlan, shared_plan


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A journal about the film of `plan`. `changes` says how the run before was another one, `afresh` why
    what was there was thrown away unseen. `shared` is what several machines go by, and so does `plan`.
    `watch` sees whether the film stays what it is."""

    plan: FilmPlan
    journal: Journal
    naming: Naming
    about: Begun
    watch: FilmWatch
    changes: str | None = None
    afresh: StartedAfresh | None = None
    shared: SharedPlan | None = None

    def scan(self, film: FilmInfo) -> Scan | None:
        """The shots of the film when an earlier run has found them. This process may seek in it as that one
        did. A list that does not cover the film is none."""
        found = self.journal.scan(film)
        index = None if found is None else self.journal.frame_index()
        if found is not None and not _covers(found, index, self.plan.options):
            self.journal.set_aside("the list of shots")
            return None
        seek_by(film, index)
        return found

    def told_damage(self) -> Iterator[Warned]:
        """As `told_damage` does, of its journal."""
        return told_damage(self.journal)

    def keep_scan(self, found: Scan) -> None:
        """For a later run."""
        self.journal.keep_scan(found, complete_index(found.film))


def _covers(found: Scan, index: FrameIndex | None, options: Options) -> bool:
    """Whether its shots follow each other from its first frame to its last; and these are the film's, where
    all of it is wanted and the reading that found them has counted."""
    edges = [found.start, *(one.stop for one in found.shots)]
    is_closed = edges[:-1] == [one.start for one in found.shots] and edges[-1] == found.stop
    part = options.part
    is_from_start = part.start_s is not None or found.start == 0
    is_to_end = part.end_s is not None or index is None or index.frame_count == found.stop
    return found.start < found.stop and is_closed and is_from_start and is_to_end


def told_damage(journal: Journal) -> Iterator[Warned]:
    """One line, where something that was kept cannot be used any more."""
    damage = journal.take_damage()
    if damage is not None:
        yield Warned(damage)


def seek_by(film: FilmInfo, index: FrameIndex | None) -> None:
    """From here on this process seeks in the film as the one did that has seen what is in the index."""
    if index is not None:
        with suppress(ValueError):  # without it, decoding begins at the first frame
            remember(film, index)


@contextmanager
def unfinished(
    plan: FilmPlan, watch: FilmWatch | None = None, *, is_shared: bool = False
) -> Iterator[Unfinished]:
    """The work folder of the plan, locked, with what a run before left in it. `watch` has seen the film
    before anything of it was read.

    When the block ends by an exception the folder stays if it holds a segment or knows the result;
    otherwise, and at a good end, it goes. Where it `is_shared`, others work on the film too: it stays at a
    good end, and nothing is begun again. Raises OutputBusy, OutputError or DiskFull; UsageError where the
    others colour the film in another way.
    """
    folder = work_folder_of(plan.output, plan.options.work_folder)
    watch = watch or FilmWatch(plan.film.path)
    with _beside(plan, folder) as draft_folder, work.reserved(folder, plan.film.path, plan.output) as lease:
        is_worth_keeping = (folder / work.JOURNAL).exists()

        def is_for_others() -> bool:
            return is_shared and (folder / work.SHARED_PLAN).exists()

        try:
            if not is_shared:
                work.refuse_busy_shares(folder)
            found = _opened(plan, _Folder(lease, draft_folder, watch), is_shared=is_shared)
            with found.journal as journal:
                is_worth_keeping = True
                try:
                    yield found
                    is_worth_keeping = plan.options.is_work_kept or is_for_others()
                except ProofFailed:  # whatever is wrong would be wrong again
                    is_worth_keeping = False
                    raise
                except BaseException:
                    is_of_use = work.is_shared(folder) or journal.is_worth_keeping()
                    is_worth_keeping = is_of_use or is_for_others()
                    raise
        finally:
            if not is_worth_keeping:
                work.remove(lease)


@contextmanager
def _beside(plan: FilmPlan, folder: Path) -> Iterator[Path]:
    """The work folder beside the result, where drafts lie on its disk. Where another was chosen it is not
    `folder`, and locked for all that, so that no two runs make one result; what an earlier run left in it
    without that choice stays."""
    beside = work_folder_of(plan.output)
    if beside == folder:
        yield beside
        return
    with work.reserved(beside, plan.film.path, plan.output) as lease:
        try:
            yield beside
        finally:
            if not (beside / work.JOURNAL).exists():
                work.remove(lease)


def put_there_before(output: Path, options: Options) -> bool:
    """True when `output` is the result of a run that was killed before it could say so; or may be, where
    only watching would tell whether another host still works on it."""
    folder = work_folder_of(output, options.work_folder)
    if not is_plain(output) or not (folder / work.JOURNAL).is_file():
        return False
    holder = holder_of(folder)
    if holder is not None and holder.is_alive is None:
        return True
    try:
        with work.locked(folder), Journal(folder) as journal:
            return journal.begun() is not None and journal.is_marked(output)
    except OutputBusy:
        raise
    except OutputError:
        return False


@dataclass(frozen=True, slots=True)
class _Folder:
    """Where it is worked, where drafts lie, and who sees whether the film stays what it is."""

    lease: Lease
    drafts: Path
    watch: FilmWatch

    @property
    def path(self) -> Path:
        return self.lease.folder


def _opened(plan: FilmPlan, folder: _Folder, *, is_shared: bool) -> Unfinished:
    is_left = plan.options.is_fresh and not is_shared and (folder.path / work.JOURNAL).exists()
    why = f"{flag_of('is_fresh')} was given" if is_left else ""
    if not why:
        try:
            return _continued(plan, folder, is_shared=is_shared)
        except (OutputBusy, DiskFull, _SharedPlanDamaged):
            raise
        except OutputError as error:
            why = str(error)
    folder.lease.refuse_lost()
    work.remove_journal(folder.path)
    if not is_shared:  # what others have finished does not hang on the journal
        work.remove_shares(folder.path)
    again = _continued(plan, folder, is_shared=is_shared)
    if is_shared:
        again.journal.set_aside("the journal")
        return again
    return replace(again, afresh=StartedAfresh(why))


def _continued(plan: FilmPlan, folder: _Folder, *, is_shared: bool) -> Unfinished:
    """The journal as it is, about this film from here on. OutputError when it cannot be read."""
    shared, is_plan_damaged = _shared_plan(folder.path, is_shared=is_shared)
    journal = Journal(folder.path, folder.lease.refuse_lost, folder.watch.check)
    try:
        begun = journal.begun()
        source = source_of(plan.film.path, begun.source if begun else None)
        made_of = ingredients(plan, source)
        if is_plan_damaged:
            journal.set_aside("the shared plan")
        if shared is not None:
            # What this machine has less memory for, or computes otherwise, is as the others have it.
            planned = shared.as_planned(plan) if is_shared or work.is_shared(folder.path) else plan
            now = ingredients(planned, source)
            if now == shared.about.made_of:
                plan, made_of = planned, now
            elif is_shared:
                raise _otherwise(differences(shared.about.made_of, now))
            else:
                work.remove_shares(folder.path)
                shared = None
        folder.watch.begin(source, made_of, lambda source: ingredients(plan, source))
        about = Begun(made_of.fingerprint, made_of, source)
        changes = None
        if begun is None:
            journal.begin(about)
        elif begun.fingerprint != about.fingerprint:
            changes = differences(begun.made_of, made_of)
            if is_shared and shared is None and journal.segment_count():
                raise _otherwise(changes)
            journal.begin_again(about, has_same_shots=has_same_shots(begun.made_of, made_of))
        else:
            journal.go_on(about)
    except BaseException:
        journal.close()
        raise
    naming = Naming(folder.drafts, journal, plan.options.on_existing == "overwrite")
    return Unfinished(plan, journal, naming, about, folder.watch, changes, shared=shared)


class _SharedPlanDamaged(OutputError):
    """Others may go by it still, so that nobody makes another."""

    default_advice = "Remove what is there with: tcvc clean."


def _shared_plan(folder: Path, *, is_shared: bool) -> tuple[SharedPlan | None, bool]:
    """What several machines go by, and whether it was there and is damaged: whoever works alone then decides
    anew. Raises OutputError where others may be at work."""
    try:
        return shared_plan(folder), False
    except OutputError as error:
        if is_shared:
            raise _SharedPlanDamaged(str(error)) from error
        (folder / work.SHARED_PLAN).unlink(missing_ok=True)
        return None, True


def _otherwise(differences: str) -> UsageError:
    return UsageError(
        f"what is there of this film was made in another way: {differences}",
        "Give the same options, or remove what is there with: tcvc clean.",
    )
