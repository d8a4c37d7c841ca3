"""Every option that a message or a page names is one that the program has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from tcvc_cli.cli.main import app
from tcvc_cli.run.options.declaration import fields_in_scope, options_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume.fingerprint import Ingredients, differences

ROOT = Path(__file__).parents[2]
WORD = re.compile(r"(?<![\w-])--[a-z][a-z0-9_-]*")
OF_OTHERS = {  # pip's, apt's, ffmpeg's, Ray's, Slurm's and the shell's; whatever else is named must be ours
    "--array",
    "--cpus-per-task",
    "--requeue",
    "--parsable",
    "--dependency",
    "--no-deps",
    "--require-hashes",
    "--no-build-isolation",
    "--minutes",  # of scripts/fuzz
    "--seed",
    "--y4m",
    "--index-url",
    "--extra-index-url",
    "--head",
    "--node-ip-address",
    "--port",
    "--address",
    "--include-dashboard",
    "--disable-usage-stats",
    "--generate",
}
WITHOUT_FLAG = {
    "input",
    "name_tag",
    "on_existing",
    "memory_shares",
    "is_done_skipped",
    "output_folder",
}  # set otherwise


def flags_under(command: typer._click.Command) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    for below in getattr(command, "commands", {}).values():
        yield from flags_under(below)


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Of all commands, and of the benchmarks and scripts."""
    own = set(flags_under(typer.main.get_command(app))) | {"--help"}
    for folder in ("benchmarks", "examples", "scripts"):
        for path in (ROOT / folder).iterdir():
            if path.is_file() and path.suffix in (".py", ""):
                own |= set(re.findall(r'"(--[a-z][a-z-]*)"', path.read_text()))
    return own


PLACES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "tcvc_cli").rglob("*.py")),
]


@pytest.mark.parametrize("path", PLACES, ids=lambda path: str(path.relative_to(ROOT)))
def test_options_that_are_named_exist(path: Path, known: set[str]) -> None:
    named = set(WORD.findall(path.read_text("utf-8")))
    assert named - known - OF_OTHERS == set()


def test_every_field_of_the_options_is_declared() -> None:
    command = typer.main.get_command(app).commands["colorize"]  # type: ignore[attr-defined]
    there = {name: one for one in command.params for name in one.opts}
    for field in fields(Options):
        option = options_of(Options)[field.name]
        assert (field.name in WITHOUT_FLAG) == (option.declared.flags == ())
        for flag in option.declared.flags:
            assert there[flag].name == field.name
        for switch in option.declared.switches:
            assert there[switch.flag].name == switch.name


def made_with(value: str) -> Ingredients:
    """As if every option that changes pictures had been given so."""
    names = fields_in_scope(Options, "shot", "look", "film")
    return Ingredients(
        "1", 1, (), 0, "", "", "cpu", (64, 64), 4, 65, None, (), (), tuple((n, value) for n in names)
    )


def test_what_has_changed_is_named_as_it_is_given(known: set[str]) -> None:
    words = differences(made_with("this"), made_with("that"))
    named = re.findall(r"(\S+) was this, is that", words)
    assert {"--encoder-opt", "--colour-parts", "--interval", "--ensemble"} <= set(named)
    assert set(named) <= known
