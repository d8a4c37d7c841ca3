"""Tables of text, as programs and spreadsheets write them: with commas, semicolons or tabs."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tcvc_cli.errors import BadShotList
from tcvc_cli.run.shot_list.listing import Text


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds something: its cells by the names of their columns, in small letters, and its line."""

    line: int
    where: str
    cells: Mapping[str, str]

    def number(self, column: str) -> int:
        """Raises BadShotList."""
        text = self.cells.get(column, "")
        if not (text.isascii() and text.isdigit() and len(text) < 13):
            shown = f"'{text[:20]}'" if text else "nothing"
            raise BadShotList(f"{self.where}: a frame number was expected, not {shown}")
        return int(text)


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are their names in small letters; the header stands in line `header_line` of `text`."""

    text: Text
    columns: tuple[str, ...]
    header_line: int
    delimiter: str

    def refuse_without(self, columns: Sequence[str]) -> None:
        """Raises BadShotList where a column is missing."""
        if missing := [name for name in columns if name not in self.columns]:
            named = " and no column ".join(missing)
            raise BadShotList(f"{self.text.where(self.header_line)}: no column {named}")

    def rows(self) -> Iterator[Row]:
        """Raises BadShotList for what is no table."""
        reader = csv.reader(self.text.lines[self.header_line :], delimiter=self.delimiter)
        for row in _parsed(reader, self.text.name):
            if any(cell.strip() for cell in row):
                line = self.header_line + reader.line_num
                cells = dict(zip(self.columns, map(str.strip, row), strict=False))
                yield Row(line, self.text.where(line), cells)


def table_of(text: Text, header_line: int = 1) -> Table:
    """Raises BadShotList where there is no such line."""
    if len(text.lines) < header_line:
        raise BadShotList(f"{text.name}: is empty")
    header = text.lines[header_line - 1]
    delimiter = max(",;\t", key=header.count)
    names = next(_parsed(csv.reader([header], delimiter=delimiter), text.name), [])
    return Table(text, tuple(name.strip().lower() for name in names), header_line, delimiter)


def _parsed(reader: Iterator[list[str]], name: str) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise BadShotList(f"{name}: is not a table ({error})") from error
