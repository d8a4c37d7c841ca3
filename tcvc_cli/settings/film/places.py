"""On which line of a TOML file each key stands: what `tomllib` does not tell.

One walk through the text, before anything is parsed, which also refuses what would keep the parser busy
without end: nesting, long dotted keys, more values than any settings need. Whether the text is TOML is not
asked here: the walk ends where it understands nothing any more, and the parser says why.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Path = tuple[str | int, ...]  # keys, and indexes of lists and of tables that repeat, from the outermost

MOST_DEPTH: Final = 12
MOST_VALUES: Final = 600_000

_GAP: Final = re.compile(r"[ \t]*+")
_BLANK: Final = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]++|\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+'")
_TEXT: Final = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*+"{3,5}|' + r"'''(?:[^']|'{1,2}(?!'))*+'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*+"|' + r"'[^'\n]*+'"
)
_SCALAR: Final = re.compile(r"[^\s,\[\]{}#\"'=][^,\[\]{}#\"'\n]*+")
_LINE: Final = re.compile(
    r"[ \t]*+([A-Za-z0-9_-]++)[ \t]*+=[ \t]*+(?:[^\s\"'\[{#]|\"[^\"\\\n]++\")[^\"'\[{#\n]*+\n"
)


class Unfit(ValueError):
    """The text is not to be parsed; `line` from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Lost(Exception):
    """The walk cannot go on: this is no TOML."""


@dataclass(frozen=True, slots=True)
class Walked:
    """`lines`, from 1, of all tables, keys and values. `stop` is None, or where no TOML begins: behind the
    end of its line."""

    lines: Mapping[Path, int]
    stop: int | None


def walked(text: str) -> Walked:
    """Raises Unfit."""
    walk = _Walk(text)
    try:
        walk.document()
    except _Lost:
        end = text.find("\n", walk.at)
        return Walked(walk.lines, len(text) if end < 0 else end + 1)
    return Walked(walk.lines, None)


def line_of(lines: Mapping[Path, int], place: Path) -> int:
    """Of the place, or else of what it lies in; 1 where nothing is known."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._line, self._counted, self._values = 1, 0, 0
        self._repeated: dict[Path, int] = {}  # how many of a table that repeats there were

    def document(self) -> None:
        table: Path = ()
        while True:
            self._skip(_BLANK)
            if self.at == len(self.text):
                return
            if simple := _LINE.match(self.text, self.at):
                self._note((*table, simple[1]))
                self.at = simple.end()
            elif self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table, 1)

    def _header(self) -> Path:
        is_repeated = self.text.startswith("[[", self.at)
        line_start = self.at
        self.at += 1 + is_repeated
        keys = self._keys()
        self._expect("]]" if is_repeated else "]")
        place: Path = ()
        for key in keys[:-1]:
            place = self._inside(place, key)
        place = (*place, keys[-1])
        if is_repeated:
            self._repeated[place] = self._repeated.get(place, 0) + 1
            place = (*place, self._repeated[place] - 1)
        elif place in self._repeated:
            raise _Lost
        self.at, after = line_start, self.at
        self._note(place)
        self.at = after
        return place

    def _inside(self, place: Path, key: str) -> Path:
        inner = (*place, key)
        return (*inner, self._repeated[inner] - 1) if inner in self._repeated else inner

    def _pair(self, table: Path, depth: int) -> None:
        start = self.at
        place = (*table, *self._keys())
        after, self.at = self.at, start
        for length in range(len(table) + 1, len(place) + 1):
            self._note(place[:length])
        self.at = after
        self._expect("=")
        self._skip(_GAP)
        self._value(place, depth)

    def _value(self, place: Path, depth: int) -> None:
        if depth > MOST_DEPTH:
            raise Unfit(f"lists and tables are nested more than {MOST_DEPTH} deep", self._line_here())
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self._list(place, depth)
        elif first == "{":
            self._inline_table(place, depth)
        else:
            self._take(_TEXT if first in ('"', "'") else _SCALAR)

    def _list(self, place: Path, depth: int) -> None:
        self.at += 1
        number = 0
        while not self._ends("]"):
            inner = (*place, number)
            self._note(inner)
            self._value(inner, depth + 1)
            number += 1
            self._comma("]")

    def _inline_table(self, place: Path, depth: int) -> None:
        self.at += 1
        while not self._ends("}"):
            self._pair(place, depth + 1)
            self._comma("}")

    def _ends(self, closing: str) -> bool:
        self._skip(_BLANK)
        if not self.text.startswith(closing, self.at):
            return False
        self.at += 1
        return True

    def _comma(self, closing: str) -> None:
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
        elif not self.text.startswith(closing, self.at):
            raise _Lost

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_GAP)
            keys.append(_plain(self._take(_KEY)))
            self._skip(_GAP)
            if not self.text.startswith(".", self.at):
                return keys
            if len(keys) == MOST_DEPTH:
                raise Unfit(f"a key of more than {MOST_DEPTH} parts", self._line_here())
            self.at += 1

    def _expect(self, mark: str) -> None:
        if not self.text.startswith(mark, self.at):
            raise _Lost
        self.at += len(mark)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._take(pattern)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _Lost
        self.at = found.end()
        return found[0]

    def _note(self, place: Path) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise Unfit(f"more than {MOST_VALUES:,} values".replace(",", " "), self._line_here())
        self.lines.setdefault(place, self._line_here())

    def _line_here(self) -> int:
        if self.at > self._counted:
            self._line += self.text.count("\n", self._counted, self.at)
            self._counted = self.at
        return self._line


def _plain(key: str) -> str:
    """A key without its quotes."""
    if key[0] == "'":
        return key[1:-1]
    if key[0] != '"':
        return key
    if "\\" not in key:
        return key[1:-1]
    try:
        return next(iter(tomllib.loads(f"{key} = 0")))
    except tomllib.TOMLDecodeError as error:
        raise _Lost from error
