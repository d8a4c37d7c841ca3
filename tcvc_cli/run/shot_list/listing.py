"""What a list of shots says, whatever format it is in, and what a format has to do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from tcvc_cli.errors import BadShotList, InputError, UnreadableInput
from tcvc_cli.plan.timecode import FilmClock, clock_of
from tcvc_cli.reading import open_plain
from tcvc_cli.records import FilmInfo, Shot

MOST_FRAMES = 10**12  # more than any film has; numbers that are longer are refused as they are read


@dataclass(frozen=True, slots=True)
class ListedFilm:
    """The film that a list is of: its file's `name`, its rate in frames a second, and the timecode of its
    first frame where it has one. `frame_count` is what its container claims."""

    name: str
    frame_rate: Fraction
    frame_count: int
    timecode: str | None = None

    def clock(self) -> FilmClock:
        """Raises InputError where the film has no constant rate."""
        try:
            return clock_of(self.frame_rate, self.timecode)
        except ValueError as error:
            raise InputError(f"{self.name}: {error}", "Use a CSV, whose frames need no rate.") from error


def listed(film: FilmInfo) -> ListedFilm:
    return ListedFilm(film.path.name, film.frame_rate, film.frame_count, film.timecode)


@dataclass(frozen=True, slots=True)
class Text:
    """A list as it was read: the `name` of its file, and its lines."""

    name: str
    lines: tuple[str, ...]

    def where(self, line: int) -> str:
        """How an error calls a line, counted from 1."""
        return f"{self.name}, line {line}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One shot of a list, in frames from the film's first, and where it stands in it."""

    where: str
    shot: Shot


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a list: `entries` in the order of their frames, or why it cannot be meant so."""

    entries: tuple[Entry, ...] = ()
    failure: BadShotList | None = None


@dataclass(frozen=True, slots=True)
class ShotList:
    """`readings` in the order in which they are tried; `warnings` are for a person."""

    readings: tuple[Reading, ...]
    warnings: tuple[str, ...] = ()


class ShotListFormat(Protocol):
    """A format of shot lists. `name` is what a person calls it, `suffixes` those of its files."""

    name: str
    suffixes: tuple[str, ...]

    def is_in(self, text: Text) -> bool:
        """Whether the text looks like this format."""

    def check(self, film: ListedFilm) -> None:
        """Raises what would keep a list of the film from being written, before its shots are looked for."""

    def read(self, text: Text, film: ListedFilm) -> ShotList:
        """Raises BadShotList, which names the line, for what is no such list."""

    def write(self, shots: Sequence[Shot], film: ListedFilm) -> str:
        """Of the shots of `film`, which follow each other. Raises what the format cannot say."""


def text_of(path: Path, *, most_bytes: int = 32 << 20) -> Text:
    """Raises UnreadableInput when the file cannot be opened, BadShotList when it is no text or too long."""
    try:
        with open_plain(path) as file:
            is_long = os.fstat(file.fileno()).st_size > most_bytes
            content = b"" if is_long else file.read(most_bytes + 1)
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}") from error
    if is_long or len(content) > most_bytes:
        raise BadShotList(f"{path.name}: is longer than a list of shots")
    try:
        return Text(path.name, tuple(content.decode("utf-8-sig").splitlines()))
    except UnicodeDecodeError as error:
        raise BadShotList(f"{path.name}: is not text in UTF-8") from error
