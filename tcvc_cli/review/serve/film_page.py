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


def page_of(request: ReviewRequest) -> Page:
    """Of a page that is built. Raises as `subject_of` and `read_text` do."""
    options, settings_file = request.options, read_text(request).path
    subject = _subject(request)

    def command() -> tuple[str, ...]:
        return coloring_command(_subject(request), options.settings_file)

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


def _subject(request: ReviewRequest) -> Subject:
    return subject_of(request.options.input, request.result, shots_file=request.options.shots_file)
