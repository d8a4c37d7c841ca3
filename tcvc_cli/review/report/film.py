"""The report of one film: its shots in a useful order, and what is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcvc_cli.errors import InputError
from tcvc_cli.files import always, draft_of, never
from tcvc_cli.review.report.page import page_of
from tcvc_cli.review.report.ranking import RankedShot, ranked
from tcvc_cli.review.report.request import ReportRequest
from tcvc_cli.review.subject import Subject, subject_of

NO_SIDECAR: Final = "there is no sidecar of tcvc beside the result, so nothing is known of its colours"
NOT_APPRAISED: Final = (
    "the sidecar does not say how sure the colours are, as those of an earlier version: colour the film again"
    " to know more"
)
PARTLY_APPRAISED: Final = "of some shots nothing is known, as an earlier version coloured them"


@dataclass(frozen=True, slots=True)
class Report:
    """`shots` in the order that was asked for; `notices` say what is not known, a line each."""

    film: Path
    result: Path
    shots: tuple[RankedShot, ...]
    notices: tuple[str, ...] = ()


def make_report(request: ReportRequest, *, progress: Callable[[int], None] | None = None) -> Report:
    """Writes the page as well, where one is asked for. `progress` hears the number of frames seen where the
    film has to be walked through.

    Raises InputError where there is no result, OutputError for a page that cannot be written, and what
    `subject_of` raises.
    """
    request.refuse_page(*(path for path in (request.film, request.result) if path is not None))
    subject = subject_of(request.film, request.result, progress=progress)
    if subject.result is None:
        message = f"there is no result of {request.film.name} beside it"
        raise InputError(message, "Colour it first with tcvc colorize, or name the result after the film.")
    request.refuse_page(request.film, subject.result.path)
    shots = ranked(subject)
    in_order = shots if request.is_in_order else tuple(sorted(shots, key=lambda shot: shot.place))
    report = Report(subject.film.path, subject.result.path, in_order, _notices(subject, shots))
    if request.page is not None:
        may_replace = always if request.on_existing == "overwrite" else never
        text = page_of(report.film.name, report.result.name, report.shots, report.notices)
        with draft_of(request.page, may_replace=may_replace) as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")
    return report


def _notices(subject: Subject, shots: tuple[RankedShot, ...]) -> tuple[str, ...]:
    colored = [shot for shot in shots if not shot.is_kept]
    if subject.sidecar is None:
        return (NO_SIDECAR,)
    if not colored or all(shot.appraisal is not None for shot in colored):
        return ()
    return (NOT_APPRAISED if all(shot.appraisal is None for shot in colored) else PARTLY_APPRAISED,)
