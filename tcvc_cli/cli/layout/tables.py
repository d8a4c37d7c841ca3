"""Rows on stdout: a table where the terminal has room for it, else a block of lines for each row."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

_GAP: Final = 2  # columns between two cells
_LEAST_WORDS: Final = 24  # columns in which words of the last cell can be read
_LEAST: Final = 16
_FORCED: Final = "COLUMNS"


def print_rows(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()) -> None:
    """The heads in `right` have their cells at the right. What is no terminal has room for everything, unless
    a width is set."""
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    natural = _widths(heads, rows)
    if not console.is_terminal and _FORCED not in os.environ:
        console.width = sum(natural) + _GAP * len(natural)
    if fits(natural, console.width):
        _print_table(console, heads, rows, right)
    else:
        print("\n".join(line for row in rows for line in block(heads, row, console.width)))


def fits(widths: Sequence[int], columns: int) -> bool:
    """Whether every cell has its width; the last one may be wrapped, as far as its words can be read."""
    last = min(widths[-1], _LEAST_WORDS)
    return sum(widths[:-1]) + last + _GAP * len(widths) <= columns


def block(heads: Sequence[str], row: Sequence[str], columns: int) -> Iterator[str]:
    """The first cell, and below it each other one that is not empty, behind its head."""
    columns = max(columns, _LEAST)
    for number, (head, cell) in enumerate(zip(heads, row, strict=True)):
        if cell and (number or head):
            indent = "  " if number else ""
            text = f"{head.replace(chr(10), ' ')}: {cell}" if number else f"{head} {cell}"
            yield from textwrap.wrap(
                text, columns, initial_indent=indent, subsequent_indent="    ", break_on_hyphens=False
            )


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    from rich.cells import cell_len

    return [max(map(cell_len, cells)) for cells in zip(heads, *rows, strict=True)]


def _print_table(
    console: Console, heads: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str]
) -> None:
    from rich.table import Table

    table = Table(*heads, box=None, header_style="bold")
    for number, column in enumerate(table.columns):
        column.no_wrap = number < len(heads) - 1
        column.justify = "right" if column.header in right else "left"
    for row in rows:
        table.add_row(*row)
    console.print(table)
