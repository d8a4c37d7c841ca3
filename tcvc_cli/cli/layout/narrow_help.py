"""Help without columns: every option on a line of its own, what it means below it. For narrow terminals."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from typing import Final

from typer._click import Command, Context, HelpFormatter, Parameter

from tcvc_cli.cli.described import commands_of, described, options_by_panel, usage_of

_INDENT: Final = "    "
_LEAST: Final = 16  # columns, however narrow the terminal says it is


def write_help(command: Command, context: Context, formatter: HelpFormatter) -> None:
    formatter.write("\n".join(lines_of(command, context, shutil.get_terminal_size().columns)) + "\n")


def lines_of(command: Command, context: Context, columns: int) -> Iterator[str]:
    """None is longer than `columns`, save for a word that is."""
    columns = max(columns, _LEAST)
    yield from _wrapped(f"Usage: {usage_of(command, context)}", columns, rest=_INDENT)
    yield ""
    yield from _wrapped(command.help or "", columns)
    for title, parameters in options_by_panel(command, context):
        yield from ("", f"{title}:")
        for one in parameters:
            yield from _option(one, context, columns)
    below = commands_of(command)
    if below:
        yield from ("", "Commands:")
    for name, other in below.items():
        yield from _item(name, other.get_short_help_str(10_000), columns)


def _option(parameter: Parameter, context: Context, columns: int) -> Iterator[str]:
    found = described(parameter, context)
    default = f" Default: {found.default}." if found.default else ""
    yield from _item(found.heading, f"{found.help}{default}", columns)


def _item(heading: str, text: str, columns: int) -> Iterator[str]:
    yield from _wrapped(heading, columns, first="  ", rest=_INDENT)
    yield from _wrapped(text, columns, first=_INDENT, rest=_INDENT)


def _wrapped(text: str, columns: int, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(text, columns, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
