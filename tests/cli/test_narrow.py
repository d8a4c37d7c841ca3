"""Help and tables on terminals that have few columns: every word can be read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
import typer
from typer._click import Command, Context

from tcvc_cli.cli.described import described
from tcvc_cli.cli.layout.tables import block, fits, print_rows
from tcvc_cli.cli.main import app, main

Captured = pytest.CaptureFixture[str]
ROWS = (("tcvc-dino", "embedded", "any film, on a CPU or a GPU"), ("web", "", "nothing much"))
HEADS = ("name", "here", "good for")


def commands(group: Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    yield path, group
    for name, one in getattr(group, "commands", {}).items():
        yield from commands(one, (*path, name))


COMMANDS = list(commands(typer.main.get_command(app)))


def words_of(text: str) -> str:
    """One after another, whatever stands between them: frames, line ends."""
    return " ".join(re.sub("[│╭╮╰╯─]", " ", text).split())


def helped(path: tuple[str, ...], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    assert main([*path, "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("columns", [40, 60, 79])
@pytest.mark.parametrize(
    ("path", "command"), COMMANDS, ids=[" ".join(("tcvc", *path)) for path, _ in COMMANDS]
)
def test_narrow_help_says_all_of_it(
    path: tuple[str, ...], command: Command, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    text = helped(path, columns, monkeypatch, capsys)
    assert max(len(line) for line in text.splitlines()) <= columns
    assert "…" not in text.replace("Source-Organization=…", "")
    said, context = words_of(text), Context(command, info_name="tcvc")
    for parameter in command.params:
        found = described(parameter, context)
        assert found.heading in said
        assert found.help in said
    for name, below in getattr(command, "commands", {}).items():
        assert f" {name} {' '.join(below.get_short_help_str(10_000).split())}" in said


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("path", [path for path, _ in COMMANDS], ids=lambda path: " ".join(("tcvc", *path)))
def test_wide_help_is_not_cut_off(
    path: tuple[str, ...], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    text = helped(path, columns, monkeypatch, capsys)
    assert max(len(line) for line in text.splitlines()) <= columns
    assert "…" not in text.replace("Source-Organization=…", "")
    assert "╭" in text


def test_a_dumb_terminal_gets_no_signs(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in helped(("colorize",), 40, monkeypatch, capsys)
    assert "\x1b" not in helped(("colorize",), 80, monkeypatch, capsys)


def test_a_width_that_is_none_is_survived(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    assert "--overlap" in helped(("colorize",), 1, monkeypatch, capsys)


def test_a_table_where_it_fits_and_blocks_where_not(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_rows(HEADS, ROWS)
    assert len(capsys.readouterr().out.splitlines()) == 3
    monkeypatch.setenv("COLUMNS", "30")
    print_rows(HEADS, ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "name tcvc-dino",
        "  here: embedded",
        "  good for: any film, on a CPU",
        "    or a GPU",
        "name web",
        "  good for: nothing much",
    ]


def test_what_is_no_terminal_has_room(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    long = "word " * 100
    print_rows(HEADS, [*ROWS, ("x", "y", long.strip())])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[-1].split() == ["x", "y", *long.split()]


def test_the_last_cell_may_be_wrapped_as_far_as_it_can_be_read() -> None:
    assert fits((10, 10, 100), 50)
    assert not fits((10, 10, 100), 49)
    assert fits((10, 10, 4), 30)


def test_a_cell_that_is_longer_than_a_line() -> None:
    lines = list(block(("file",), ("x" * 50,), 20))
    assert "".join(lines).replace(" ", "") == "file" + "x" * 50
    assert max(map(len, lines)) <= 20


def test_tables_of_commands_are_read_at_40_columns(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert shutil.get_terminal_size().columns == 40
    assert main(["weights", "list"]) == 0
    text = capsys.readouterr().out
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 40
    assert "good for: The default: any film, on a CPU or a GPU" in words_of(text)
