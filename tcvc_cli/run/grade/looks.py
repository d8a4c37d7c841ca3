"""What the settings file and the command line decide for each shot of a film that is graded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcvc_cli.errors import UsageError
from tcvc_cli.records import FilmInfo, Shot
from tcvc_cli.run.looks.decided import NO_SETTINGS
from tcvc_cli.run.options.film import Options
from tcvc_cli.settings.film.decisions import UNDECIDED, FilmSettings, Look
from tcvc_cli.settings.film.resolve import resolve

_FOR_THE_NETWORK = ("palette", "references", "points", "strokes")


def refuse_nothing(options: Options, settings: FilmSettings) -> None:
    """Raises UsageError where nobody has decided anything."""
    if settings == NO_SETTINGS and options.decisions == UNDECIDED:
        advice = "Give {saturation}, {warmth}, {vivid}, {hue_maps} or {settings_file}; see tcvc {help}."
        raise UsageError("there is nothing to do", advice)


def looks_of(
    options: Options, settings: FilmSettings, film: FilmInfo, shots: Sequence[Shot]
) -> tuple[Look, ...]:
    """One for each of the `shots`, which are counted from the first frame of the film in colour. Raises
    BadSettings, with the line, for what does not fit them."""
    return resolve(settings, shots, film.frame_rate, options.decisions)


def passed_over(settings: FilmSettings) -> Iterator[str]:
    """A warning where the settings say what only the network could do."""
    every = (settings.film, *(one.decisions for one in settings.shots))
    names = [name for name in _FOR_THE_NETWORK if any(getattr(one, name) for one in every)]
    if names and settings.file is not None:
        yield f"{settings.file.name}: {', '.join(names)}: for colouring, does nothing here"
