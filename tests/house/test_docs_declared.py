"""The pages that list options say what their declarations say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING
from pathlib import Path

import pytest
import typer

from tcvc_cli.cli.commands.config import COMMANDS, names_of
from tcvc_cli.cli.main import app
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options.declaration import Option, options_of
from tcvc_cli.run.options.film import Options

ROOT = Path(__file__).parents[2]
FOR_FILMS = [option for option in options_of(Options).values() if option.declared.flags]
APP = typer.Context(typer.main.get_command(app))
KEYS = {name: key for command in COMMANDS for key, name in names_of(APP, command).items()}
CHANGES = {
    "shot": "every shot",
    "look": "shots that decide nothing else",
    "film": "which shots there are",
    "run": "",
}


def takes(option: Option) -> str:
    if option.kind is bool:
        return "`true`"
    words = option.choices or (escaped(option.declared.metavar or ""),)
    return "`" + r"\|".join(words) + "`"


def escaped(text: str) -> str:
    """In a cell of a table."""
    return text.replace("|", r"\|")


def default(option: Option) -> str:
    if option.default in (None, MISSING, False, (), ""):
        return ""
    return f"`{option.default:g}`" if isinstance(option.default, float) else f"`{option.default}`"


def rows_of(record: type, commands: str) -> Iterator[str]:
    """Rows of the table in docs/config.md."""
    for option in options_of(record).values():
        of = "colorize" if option.declared.is_for_one_film else commands
        name, changes = f"`{option.name}`" if record is Options else "", CHANGES[option.declared.scope]
        for switch in option.declared.switches:
            of_switch = "colorize" if switch.is_for_one_film else commands
            yield f"| `{KEYS[switch.name]}` | {of_switch} | `true` | | {name} | {changes} |"
        if option.declared.flags:
            cells = (f"`{KEYS[option.name]}`", of, takes(option), default(option), name, changes)
            yield "| " + " | ".join(cells) + " |"


def test_the_table_of_keys_is_made_of_the_declarations() -> None:
    page = (ROOT / "docs" / "config.md").read_text("utf-8")
    wanted = [
        "| key | commands | takes | default | in the sidecar | another value changes |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows_of(Options, "colorize, batch"),
        *rows_of(Search, "batch"),
        *rows_of(Batch, "batch"),
        *rows_of(Machines, "colorize, batch"),
    ]
    rows = [re.sub(" +", " ", row) for row in wanted]
    assert [line for line in page.splitlines() if line.startswith("|")] == rows
    listed = {row.split("`")[1] for row in rows[2:]}
    assert set(KEYS.values()) == listed | {"json", "quiet", "verbose"}


@pytest.mark.parametrize("option", FOR_FILMS, ids=lambda option: option.name)
def test_the_readme_lists_every_option_as_it_is(option: Option) -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    flag = option.declared.flags[-1]
    (row,) = (line for line in lines if re.match(rf"\|[^|]*`{flag}[` ]", line))
    first, unit, given, meaning = (cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1])
    if option.choices:
        assert all(word in first + meaning for word in option.choices)
    elif option.kind is not bool:
        assert f"{flag} {escaped(option.declared.metavar or '')}" in first
    if option.default and default(option):
        assert default(option) in (given, f"`{given}`")
    if option.declared.unit in ("px", "frames"):
        assert unit == option.declared.unit
