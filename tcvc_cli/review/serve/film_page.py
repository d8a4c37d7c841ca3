"""The page of a film, as it is served."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from tcvc_cli.review.page.build import build
from tcvc_cli.review.page.command import coloring_command
from tcvc_cli.review.page.decided import is_of_part, read_text
from tcvc_cli.review.page.request import ReviewRequest
from tcvc_cli.review.serve.server import Page
from tcvc_cli.review.subject import Subject, subject_of
from tcvc_cli.run.settings.film_shots import results_of


def page_of(request: ReviewRequest, subject: Subject) -> Page:
    """Of a page that was built about `subject`. Raises as `read_text` does."""
    options, settings_file = request.options, read_text(request).path

    def command() -> tuple[str, ...]:
        return coloring_command(_by_now(request, subject), options.settings_file)

    def rebuild() -> None:
        deque(build(request), maxlen=0)

    return Page(
        folder=request.folder,
        film=options.input,
        shots=subject.shots,
        frame_rate=subject.film.frame_rate,
        settings_file=settings_file,
        command=command,
        command_folder=Path.cwd(),
        rebuild=rebuild,
        is_part=is_of_part(subject),
    )


def _by_now(request: ReviewRequest, subject: Subject) -> Subject:
    """There may be a result where there was none; without one the film need not be walked through again."""
    has_result = request.result is not None or any(results_of(subject.film))
    shots_file = request.options.shots_file
    return subject_of(request.options.input, request.result, shots_file=shots_file) if has_result else subject
