"""What is decided about a film: the text of its settings file, and the look of each of its shots."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.files import is_there
from tcvc_cli.review.page.request import ReviewRequest
from tcvc_cli.review.subject import Subject
from tcvc_cli.settings.film.decisions import FilmSettings, Look
from tcvc_cli.settings.film.read import settings_from_text, settings_path, text_of
from tcvc_cli.settings.film.resolve import resolve


@dataclass(frozen=True, slots=True)
class SettingsText:
    """A settings file as it stands; where there is none yet, the place where it would be, and no text."""

    path: Path
    text: str
    settings: FilmSettings


def read_text(request: ReviewRequest) -> SettingsText:
    """Raises UnreadableInput, for one that was named and is not there too, and BadSettings."""
    named = request.options.settings_file
    path = named or settings_path(request.options.input)
    text = text_of(path) if named is not None or is_there(path) else ""
    return SettingsText(path, text, settings_from_text(text, path))


def looks_of(subject: Subject, settings: FilmSettings) -> tuple[Look, ...]:
    """Of each shot: that which its result was made with, or else that which the settings ask for. Raises
    BadSettings, with the line, for settings that do not fit the film, whichever it is."""
    rate, is_part = subject.film.frame_rate, is_of_part(subject)
    asked = resolve(settings, subject.shots, rate, is_part=is_part)
    stated = subject.sidecar.shots if subject.sidecar else ()
    made = {(one.start, one.stop): one.look for one in stated}
    pairs = zip(subject.shots, asked, strict=True)
    return tuple(made.get((shot.start, shot.stop)) or look for shot, look in pairs)


def is_of_part(subject: Subject) -> bool:
    """Whether the film has shots that the subject does not know."""
    if subject.sidecar is None:
        return False
    try:
        part = subject.sidecar.part
    except ValueError:
        return True
    if part.start_s is None and part.end_s is None:
        return False
    return subject.shots[-1].stop == subject.sidecar.shots[-1].stop
