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
from tcvc_cli.run.events import StartedAfresh
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.options.film import Options, flag_of
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.fingerprint import differences, has_same_shots, ingredients
from tcvc_cli.run.resume.journal import Begun, Journal
from tcvc_cli.run.resume.lease import Lease, holder_of
from tcvc_cli.run.resume.naming import Naming
from tcvc_cli.run.resume.source_file import source_of
from tcvc_cli.run.shares.shared_plan import SharedPlan, shared_plan


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A journal about the film of `plan`. `changes` says how the run before was another one, `afresh` why
    what was there was thrown away unseen. `shared` is what several machines go by, and so does `plan`."""

    plan: FilmPlan
    journal: Journal
    naming: Naming
    about: Begun
    changes: str | None = None
    afresh: StartedAfresh | None = None
    shared: SharedPlan | None = None

    def scan(self, film: FilmInfo) -> Scan | None:
        """The shots of the film when an earlier run has found them. This process may seek in it as that one
        did."""
        found = self.journal.scan(film)
        seek_by(film, None if found is None else self.journal.frame_index())
        return found

    def keep_scan(self, found: Scan) -> None:
        """For a later run."""
        self.journal.keep_scan(found, complete_index(found.film))


def seek_by(film: FilmInfo, index: FrameIndex | None) -> None:
    """From here on this process seeks in the film as the one did that has seen what is in the index."""
    if index is not None:
        with suppress(ValueError):  # without it, decoding begins at the first frame
            remember(film, index)


@contextmanager
def unfinished(plan: FilmPlan, *, is_shared: bool = False) -> Iterator[Unfinished]:
    """The work folder of the plan, locked, with what a run before left in it.

    When the block ends by an exception the folder stays if it holds a segment or knows the result;
    otherwise, and at a good end, it goes. Where it `is_shared`, others work on the film too: it stays at a
    good end, and nothing is begun again. Raises OutputBusy, OutputError or DiskFull; UsageError where the
    others colour the film in another way.
    """
    folder = work_folder_of(plan.output, plan.options.work_folder)
    with _beside(plan, folder) as draft_folder, work.reserved(folder, plan.film.path, plan.output) as lease:
        is_worth_keeping = (folder / work.JOURNAL).exists()

        def is_for_others() -> bool:
            return is_shared and (folder / work.SHARED_PLAN).exists()

        try:
            if not is_shared:
                work.refuse_busy_shares(folder)
            found = _opened(plan, lease, draft_folder, is_shared=is_shared)
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


def _opened(plan: FilmPlan, lease: Lease, draft_folder: Path, *, is_shared: bool) -> Unfinished:
    folder = lease.folder
    if is_shared:
        try:
            return _continued(plan, lease, draft_folder, is_shared=True)
        except (OutputBusy, DiskFull):
            raise
        except OutputError as error:
            raise OutputError(str(error), "Remove what is there with: tcvc clean.") from error
    is_left = plan.options.is_fresh and (folder / work.JOURNAL).exists()
    why = f"{flag_of('is_fresh')} was given" if is_left else ""
    if not why:
        try:
            return _continued(plan, lease, draft_folder, is_shared=False)
        except DiskFull:
            raise
        except OutputError as error:
            why = str(error)
    work.remove_journal(folder)
    work.remove_shares(folder)
    again = _continued(plan, lease, draft_folder, is_shared=False)
    return replace(again, afresh=StartedAfresh(why))


def _continued(plan: FilmPlan, lease: Lease, draft_folder: Path, *, is_shared: bool) -> Unfinished:
    """The journal as it is, about this film from here on. OutputError when it cannot be read."""
    folder = lease.folder
    shared = shared_plan(folder)
    journal = Journal(folder, lease.refuse_lost)
    try:
        begun = journal.begun()
        source = source_of(plan.film.path, begun.source if begun else None)
        made_of = ingredients(plan, source)
        if shared is not None:
            # What this machine has less memory for, or computes otherwise, is as the others have it.
            planned = shared.as_planned(plan) if is_shared or work.is_shared(folder) else plan
            now = ingredients(planned, source)
            if now == shared.about.made_of:
                plan, made_of = planned, now
            elif is_shared:
                raise _otherwise(differences(shared.about.made_of, now))
            else:
                work.remove_shares(folder)
                shared = None
        about = Begun(made_of.fingerprint, made_of, source)
        changes = None
        if begun is None:
            journal.begin(about)
        elif begun.fingerprint != about.fingerprint:
            changes = differences(begun.made_of, made_of)
            if is_shared and shared is None and journal.segment_count():
                raise _otherwise(changes)
            journal.begin_again(about, has_same_shots=has_same_shots(begun.made_of, made_of))
    except BaseException:
        journal.close()
        raise
    naming = Naming(draft_folder, journal, plan.options.on_existing == "overwrite")
    return Unfinished(plan, journal, naming, about, changes, shared=shared)


def _otherwise(differences: str) -> UsageError:
    return UsageError(
        f"what is there of this film was made in another way: {differences}",
        "Give the same options, or remove what is there with: tcvc clean.",
    )
