"""The settings file that counts for a film, and the files that it names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from tcvc_cli.files import is_there
from tcvc_cli.media.live.reading import STDIN
from tcvc_cli.run.options.film import PIPE, Options
from tcvc_cli.settings.film.decisions import FilmSettings
from tcvc_cli.settings.film.read import read_settings, settings_path
from tcvc_cli.settings.film.shot_places import fault

NO_SETTINGS: Final = FilmSettings()


def settings_of(options: Options) -> FilmSettings:
    """What stands in the settings file of the film. Raises BadSettings or UnreadableInput."""
    if options.settings_file is not None:
        return _read(options.settings_file)
    if options.input in (PIPE, STDIN):
        return NO_SETTINGS
    beside = settings_path(options.input)
    return _read(beside) if is_there(beside) else NO_SETTINGS


def decided_in(options: Options) -> tuple[Path, ...]:
    """The files that decide about the film, there or not: the shot list, the pictures that were given, and
    the settings."""
    shots = () if options.shots_file is None else (options.shots_file,)
    return (*shots, *options.references, options.settings_file or settings_path(options.input))


def _read(path: Path) -> FilmSettings:
    """Once, as long as the file stays what it is: a run asks for its settings several times."""
    try:
        now = path.stat()
    except OSError:
        return read_settings(path)  # which says what is wrong
    return _read_as_it_is(path.absolute(), path, now.st_size, now.st_mtime_ns)


@lru_cache(maxsize=4)
def _read_as_it_is(place: Path, path: Path, size_bytes: int, modified_ns: int) -> FilmSettings:
    return read_settings(path)


def files_of(settings: FilmSettings) -> Iterator[Path]:
    """The pictures that it names, in its order."""
    return (file for file, _ in _files_with_lines(settings))


def inputs_among(settings: FilmSettings) -> tuple[Path, ...]:
    """The settings file itself, and the pictures that it names: none of them is to be written."""
    own = () if settings.file is None else (settings.file,)
    return (*own, *files_of(settings))


def refuse_missing(settings: FilmSettings) -> None:
    """Raises BadSettings, with the line, for a picture that is not there or cannot be opened."""
    for file, line in _files_with_lines(settings):
        if not file.is_file():
            raise fault(settings, line, f"{file} is not there, or no file")
        try:
            file.open("rb").close()
        except OSError as error:
            raise fault(settings, line, f"{file} cannot be opened: {error.strerror}") from error


def _files_with_lines(settings: FilmSettings) -> Iterator[tuple[Path, int]]:
    folder = settings.file.parent if settings.file else Path()
    of_shots = ((one.decisions, one.key_lines) for one in settings.shots)
    for decisions, key_lines in ((settings.film, settings.film_key_lines), *of_shots):
        lines = {(one.key, one.index): one.line for one in key_lines}
        strokes = tuple(stroke.file for stroke in decisions.strokes)
        for key, files in (("references", decisions.references), ("strokes", strokes)):
            for index, file in enumerate(files):
                yield folder / file, lines.get((key, index), 0)
