"""The settings file that counts for a film, and the files that it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tcvc_cli.files import is_there
from tcvc_cli.media.live.reading import STDIN
from tcvc_cli.run.options.film import PIPE, Options
from tcvc_cli.settings.film.decisions import FilmSettings
from tcvc_cli.settings.film.read import read_settings, settings_path

NO_SETTINGS: Final = FilmSettings()


def settings_of(options: Options) -> FilmSettings:
    """What stands in the settings file of the film. Raises BadSettings or UnreadableInput."""
    if options.settings_file is not None:
        return read_settings(options.settings_file)
    if options.input in (PIPE, STDIN):
        return NO_SETTINGS
    beside = settings_path(options.input)
    return read_settings(beside) if is_there(beside) else NO_SETTINGS


def files_of(settings: FilmSettings) -> Iterator[Path]:
    """The pictures that it names, in its order."""
    folder = settings.file.parent if settings.file else Path()
    for decisions in (settings.film, *(one.decisions for one in settings.shots)):
        yield from (folder / file for file in decisions.references)
        yield from (folder / stroke.file for stroke in decisions.strokes)
