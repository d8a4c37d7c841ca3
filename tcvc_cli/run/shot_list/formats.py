"""The formats that there are, and which one a file is in."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, get_args

from tcvc_cli.errors import UsageError
from tcvc_cli.records import Shot
from tcvc_cli.run.shot_list.csv_list import CsvList
from tcvc_cli.run.shot_list.edl import EdlList
from tcvc_cli.run.shot_list.fitting import Span, fitted
from tcvc_cli.run.shot_list.listing import ListedFilm, ShotListFormat, Text, text_of
from tcvc_cli.run.shot_list.otio import OtioList
from tcvc_cli.run.shot_list.scenedetect import SceneDetectList

FormatName = Literal["csv", "edl", "otio", "scenedetect"]
_CSV: Final = CsvList()
_FORMATS: Final[tuple[ShotListFormat, ...]] = (OtioList(), SceneDetectList(), _CSV, EdlList())


def read_shots(path: Path, film: ListedFilm, span: Span) -> tuple[tuple[Shot, ...], tuple[str, ...]]:
    """The shots of the list in `path`, which cover the span, and warnings for a person.

    Raises UnreadableInput when the file cannot be opened, BadShotList when it is not such a list, and
    UsageError without the package that its format needs.
    """
    text = text_of(path)
    found = format_in(text, path.suffix).read(text, film)
    return fitted(path.name, found.readings, span), found.warnings


def format_in(text: Text, suffix: str) -> ShotListFormat:
    """By what is in it; where that says nothing, by the name of the file."""
    named = next((one for one in _FORMATS if suffix.lower() in one.suffixes), _CSV)
    return next((one for one in _FORMATS if one.is_in(text)), named)


def format_called(name: FormatName) -> ShotListFormat:
    return next(one for one in _FORMATS if one.name == name)


def format_for(path: Path) -> ShotListFormat:
    """By the name of the file that is to be written. Raises UsageError for a suffix of none."""
    found = next((one for one in _FORMATS if path.suffix.lower() in one.suffixes), None)
    if found is None:
        suffixes = ", ".join(suffix for one in _FORMATS for suffix in one.suffixes)
        message = f"{path.name}: lists of shots are written as {suffixes}"
        raise UsageError(message, f"Say which format: {', '.join(get_args(FormatName))}.")
    return found
