"""Reads a settings file. It may have come with the film, from anywhere: nothing in it is trusted."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tcvc_cli.errors import BadSettings, UnreadableInput
from tcvc_cli.settings.film import places
from tcvc_cli.settings.film.decisions import Decisions, FilmSettings, KeyLine, ShotDecisions, decided
from tcvc_cli.settings.film.keys import FILE, MOST_FILES, MOST_POINTS, FileTable
from tcvc_cli.settings.film.kinds import Fault

SUFFIX: Final = ".tcvc.toml"
MOST_BYTES: Final = 4 << 20
_AT: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class _Source:
    """A text, and where its keys stand."""

    path: Path
    table: dict[str, Any]
    lines: Mapping[places.Path, int]

    def fault(self, message: str, place: places.Path) -> BadSettings:
        return bad(self.path, places.line_of(self.lines, place), message)


def settings_path(film: Path) -> Path:
    """Where the settings of a film are looked for: `film.tcvc.toml` beside `film.mkv`."""
    return film.with_name(film.stem + SUFFIX)


def read_settings(path: Path) -> FilmSettings:
    """What people decided. An empty file decides nothing.

    Raises UnreadableInput when there is no plain file that can be read, and BadSettings, with the line, for
    whatever is wrong in it.
    """
    return settings_from_text(text_of(path), path)


def settings_from_text(text: str, path: Path) -> FilmSettings:
    """What a file of this text, at `path`, says. Raises BadSettings."""
    source = _parsed(text, path)
    try:
        table: FileTable = FILE.read(source.table)
    except Fault as fault:
        raise source.fault(str(fault), fault.place) from None
    _check_amounts(source, table)
    _check_duplicates(source, table)
    _check_files(source, table)
    shots = tuple(
        ShotDecisions(
            one.address,
            one.decisions,
            places.line_of(source.lines, ("shot", number)),
            tuple(_key_lines(source.lines, one.decisions, ("shot", number))),
        )
        for number, one in enumerate(table.shot)
    )
    return FilmSettings(table.film, shots, path, tuple(_key_lines(source.lines, table.film, ("film",))))


def bad(path: Path, line: int, message: str) -> BadSettings:
    return BadSettings(f"{path.name}, line {line}: {message}" if line else f"{path.name}: {message}")


def text_of(path: Path) -> str:
    """Without a byte order mark; line ends as they are. Raises UnreadableInput or BadSettings."""
    return text_from_bytes(bytes_of(path), path)


def text_from_bytes(data: bytes, path: Path) -> str:
    """As `text_of` gives it, of a file that holds `data`. Raises BadSettings."""
    if len(data) > MOST_BYTES:
        raise bad(path, 0, f"is larger than {MOST_BYTES >> 20} MiB, which no settings are")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise bad(path, line, "is not text in UTF-8") from error


def bytes_of(path: Path) -> bytes:
    """Up to one more than there may be. Raises UnreadableInput."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # a pipe would never end, or never begin
            raise UnreadableInput(f"{path} is {'a folder' if stat.S_ISDIR(mode) else 'not a plain file'}")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UnreadableInput(f"{path}: {getattr(error, 'strerror', error)}") from error


def _parsed(text: str, path: Path) -> _Source:
    try:
        walked = places.walked(text)
    except places.Unfit as unfit:
        raise bad(path, unfit.line, str(unfit)) from None
    head = text if walked.stop is None else text[: walked.stop]
    last = 1 + head.rstrip().count("\n")
    try:
        table = tomllib.loads(head)
    except (ValueError, RecursionError) as error:
        found = _AT.search(str(error))
        line = int(found[1]) if found and found[1] else last
        words = _AT.sub("", str(error)).splitlines()[0][:100] if found else "a number that does not fit"
        raise bad(path, line, f"is not TOML: {_lowered(words)}") from None
    if walked.stop is not None:
        raise bad(path, last, "is not TOML")
    return _Source(path, table, walked.lines)


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


def _check_amounts(source: _Source, table: FileTable) -> None:
    points, files = 0, len(table.film.references)
    for number, shot in enumerate(table.shot):
        points += len(shot.decisions.points)
        files += len(shot.decisions.references) + len(shot.decisions.strokes)
        if points > MOST_POINTS:
            raise source.fault(f"more than {MOST_POINTS} points in all", ("shot", number, "points"))
        if files > MOST_FILES:
            raise source.fault(f"more than {MOST_FILES} files in all", ("shot", number))


def _check_duplicates(source: _Source, table: FileTable) -> None:
    """A number counts only where a time does not tell two shots apart."""
    by_time: dict[object, int] = {}
    by_number: dict[object, int] = {}
    for at, shot in enumerate(table.shot):
        number, starts_s = shot.address.number, shot.address.starts_s
        earlier = by_time.get(starts_s) if starts_s is not None else None
        if earlier is None and number is not None:
            same = by_number.get(number)
            times = starts_s, table.shot[same].address.starts_s if same is not None else None
            earlier = same if None in times else None
        if earlier is not None:
            line = places.line_of(source.lines, ("shot", earlier))
            raise source.fault(f"the shot of line {line} stands here again", ("shot", at))
        if starts_s is not None:
            by_time[starts_s] = at
        if number is not None:
            by_number.setdefault(number, at)


def _check_files(source: _Source, table: FileTable) -> None:
    """No link leads out of the folder either."""
    folder = os.path.realpath(source.path.parent)
    for place, file in _files(table):
        try:
            real = os.path.realpath(os.path.join(folder, file))
            is_inside = os.path.commonpath((folder, real)) == folder
        except (OSError, ValueError):
            is_inside = False
        if not is_inside:
            raise source.fault(f"{file.name} is a link out of the settings file's folder", place)


def _files(table: FileTable) -> Iterator[tuple[places.Path, Path]]:
    for number, file in enumerate(table.film.references):
        yield ("film", "references", number), file
    for at, shot in enumerate(table.shot):
        for number, file in enumerate(shot.decisions.references):
            yield ("shot", at, "references", number), file
        for number, stroke in enumerate(shot.decisions.strokes):
            yield ("shot", at, "strokes", number, "file"), stroke.file


def _key_lines(
    lines: Mapping[places.Path, int], decisions: Decisions, table: places.Path
) -> Iterator[KeyLine]:
    """Of each decided key, and of each point, stroke and reference."""
    for key in decided(decisions):
        yield KeyLine(key, places.line_of(lines, (*table, key)))
    for key in ("points", "strokes", "references"):
        for number in range(len(getattr(decisions, key))):
            yield KeyLine(key, places.line_of(lines, (*table, key, number)), number)
