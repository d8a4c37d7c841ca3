"""Runs that were killed: opening what they left, or saying why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.errors import DiskFull, OutputBusy, OutputError, ProofFailed
from tcvc_cli.files import is_plain
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.events import StartedAfresh
from tcvc_cli.run.options import Options, flag_of
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.fingerprint import differences, ingredients
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.naming import Naming
from tcvc_cli.run.resume.source_file import Source, source_of


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A journal that fits the plan; `afresh` says why what was there before was thrown away."""

    journal: Journal
    naming: Naming
    source: Source
    fingerprint: str
    afresh: StartedAfresh | None


@contextmanager
def unfinished(plan: FilmPlan) -> Iterator[Unfinished]:
    """The work folder of the plan, locked, with what a run before left in it.

    When the block ends by an exception the folder stays if it holds a segment or knows the result;
    otherwise, and at a good end, it goes. Raises OutputBusy, OutputError or DiskFull.
    """
    folder = work_folder_of(plan.output, plan.options.work_folder)
    with _beside(plan, folder) as draft_folder, work.reserved(folder, plan.film.path, plan.output):
        is_worth_keeping = (folder / work.JOURNAL).exists()
        try:
            found = _opened(plan, folder, draft_folder)
            with found.journal as journal:
                is_worth_keeping = True
                try:
                    yield found
                    is_worth_keeping = False
                except ProofFailed:  # whatever is wrong would be wrong again
                    is_worth_keeping = False
                    raise
                except BaseException:
                    is_worth_keeping = journal.is_worth_keeping()
                    raise
        finally:
            if not is_worth_keeping:
                work.remove(folder)


@contextmanager
def _beside(plan: FilmPlan, folder: Path) -> Iterator[Path]:
    """The work folder beside the result, where drafts lie on its disk. Where another was chosen it is not
    `folder`, and locked for all that, so that no two runs make one result; what an earlier run left in it
    without that choice stays."""
    beside = work_folder_of(plan.output)
    if beside == folder:
        yield beside
        return
    with work.reserved(beside, plan.film.path, plan.output):
        try:
            yield beside
        finally:
            if not (beside / work.JOURNAL).exists():
                work.remove(beside)


def put_there_before(output: Path, options: Options) -> bool:
    """True when `output` is the result of a run that was killed before it could say so."""
    folder = work_folder_of(output, options.work_folder)
    if not is_plain(output) or not (folder / work.JOURNAL).is_file():
        return False
    try:
        with work.locked(folder), Journal(folder) as journal:
            return journal.begun() is not None and journal.is_marked(output)
    except OutputBusy:
        raise
    except OutputError:
        return False


def _opened(plan: FilmPlan, folder: Path, draft_folder: Path) -> Unfinished:
    is_left = plan.options.is_fresh and (folder / work.JOURNAL).exists()
    why = f"{flag_of('is_fresh')} was given" if is_left else ""
    if not why:
        try:
            return _continued(plan, folder, draft_folder)
        except DiskFull:
            raise
        except OutputError as error:
            why = str(error)
    work.remove_journal(folder)
    return replace(_continued(plan, folder, draft_folder), afresh=StartedAfresh(why))


def _continued(plan: FilmPlan, folder: Path, draft_folder: Path) -> Unfinished:
    """The journal as it is when it fits, else a new one. OutputError when it cannot be read."""
    journal = Journal(folder)
    begun = journal.begun()
    source = source_of(plan.film.path, begun.source if begun else None)
    made_of = ingredients(plan, source)
    is_overwriting = plan.options.on_existing == "overwrite"
    if begun is not None and begun.fingerprint == made_of.fingerprint:
        naming = Naming(draft_folder, journal, is_overwriting)
        return Unfinished(journal, naming, source, made_of.fingerprint, None)
    why = None if begun is None else StartedAfresh(differences(begun.ingredients, made_of))
    if begun is not None:
        journal.close()
        work.remove_journal(folder)
        journal = Journal(folder)
    journal.begin(made_of, source, (plan.film.path, plan.output))
    naming = Naming(draft_folder, journal, is_overwriting)
    return Unfinished(journal, naming, source, made_of.fingerprint, why)
