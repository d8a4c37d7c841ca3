"""Whether there is nothing to do: a result is the one that a run would make, or is to be left alone.

Sidecars and journals know of references and segments, and import PyTorch for that: here they wait until there
is one to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcvc_cli.names import Names, work_folder_of
from tcvc_cli.run.film.output import is_skipped, refuse_existing
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.fingerprint import ingredients
from tcvc_cli.run.resume.source_file import source_of
from tcvc_cli.run.resume.work_folder import JOURNAL

if TYPE_CHECKING:
    from tcvc_cli.run.resume.journal import Journal


def is_done(plan: FilmPlan) -> bool:
    """By the fingerprint in the sidecar beside it, whatever the files are called. The film is read whole
    when its size or time is another than when the sidecar was written."""
    from tcvc_cli.run.provenance.sidecar import stated_fingerprint

    stated = stated_fingerprint(plan.output)
    if stated is None:
        return False
    fingerprint, seen = stated
    return ingredients(plan, source_of(plan.film.path, seen)).fingerprint == fingerprint


def is_done_meanwhile(plan: FilmPlan, journal: Journal) -> bool:
    """The same once the work folder is locked, and nobody else makes the result. Raises OutputExists."""
    if journal.is_marked(plan.output):
        return False
    return (plan.options.is_done_skipped and is_done(plan)) or is_skipped(plan.output, plan.options)


def is_skipped_unseen(names: Names, options: Options) -> bool:
    """What can be said before the model is loaded. A result that a killed run gave its name, and nothing
    more, is no result yet."""
    if options.is_done_skipped or _put_there_before(names, options):
        return False
    if options.is_dry_run and options.on_existing == "refuse":
        return False  # a dry run takes nothing away, and says what is there
    if is_skipped(names.result, options):
        return True
    refuse_existing(names, options)
    return False


def has_journal(names: Names, options: Options) -> bool:
    """Whether an earlier run has left something to go on from."""
    return (work_folder_of(names.result, options.work_folder) / JOURNAL).is_file()


def _put_there_before(names: Names, options: Options) -> bool:
    if not has_journal(names, options):
        return False
    from tcvc_cli.run.resume.unfinished import put_there_before

    return put_there_before(names.result, options)
