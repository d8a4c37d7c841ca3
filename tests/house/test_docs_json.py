"""The page for programs: its tables are complete, and its examples run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from examples.grey_film import write_grey
from tcvc_cli import errors
from tcvc_cli.cli.documents.manual import pages
from tcvc_cli.cli.main import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "json.md").read_text("utf-8")
TABLE = PAGE.partition("| --- | --- |\n")[2].partition("\n\n")[0].splitlines()
EXAMPLES = PAGE.partition("## Examples\n\n```sh\n")[2].partition("```")[0].splitlines()


def speaks_json() -> set[str]:
    """The commands that take --json, as they are typed."""
    root = typer.main.get_command(app)
    found = set()
    for name, one in root.commands.items():  # type: ignore[attr-defined]
        for below, command in getattr(one, "commands", {"": one}).items():
            if any("--json" in parameter.opts for parameter in command.params):
                found.add(f"{name} {below}".strip())
    return found


def test_every_schema_stands_in_the_table() -> None:
    linked = [re.findall(r"\(([^()]*\.schema\.json)\) \|$", row)[0] for row in TABLE]
    made = {f"schemas/{path.name}" for path in (ROOT / "docs" / "schemas").iterdir()}
    assert sorted(linked) == sorted({*made, "settings.schema.json"})


def test_every_command_that_speaks_json_stands_in_the_table() -> None:
    quoted = re.findall(r"`([^`]*)`", "\n".join(TABLE))
    named = {words.removeprefix("tcvc ").removesuffix(" --json") for words in quoted}
    named |= {"weights show"} & {f"weights {name}" for name in named}
    assert speaks_json() - named == set()


def test_the_error_that_is_shown_is_one() -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "events.schema.json").read_text("utf-8"))
    validator = pytest.importorskip("jsonschema").Draft202012Validator(schema)
    (shown,) = re.findall(r"^```json\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    validator.validate(json.loads(shown))


def test_the_exit_codes_are_those_of_the_errors() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| ", readme.partition("### Exit codes")[2], re.MULTILINE)
    kinds = [one for one in vars(errors).values() if isinstance(one, type)]
    codes = {one.exit_code for one in kinds if issubclass(one, errors.TcvcError)}
    assert [int(row) for row in rows] == sorted({0, *codes})
    manual = pages(app, readme)["tcvc.1"]
    status = manual.partition('.SH "EXIT STATUS"')[2].partition(".SH")[0]
    assert re.findall(r'^\.B "(\d+)"$', status, re.MULTILINE) == rows


@pytest.mark.slow
def test_the_examples_run(color_film: Path, tmp_path: Path) -> None:
    if shutil.which("jq") is None or shutil.which("bash") is None:
        pytest.skip("no jq")
    write_grey(color_film, tmp_path / "film.mkv", frames=4, width_px=160)
    command = f"#!/bin/sh\nexec '{sys.executable}' -m tcvc_cli \"$@\"\n"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tcvc").write_text(command)
    (tmp_path / "bin" / "tcvc").chmod(0o755)
    path = os.pathsep.join((str(tmp_path / "bin"), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    said = []
    for line in EXAMPLES:
        words = ["bash", "-o", "pipefail", "-c", line]
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
        said.append(done.stdout.split())
    assert said[0][-1] == "4"  # frames
    assert said[1] == []  # no error
    assert said[3] == ["4"]  # the longest shot
    assert said[4][:2] == ["shot", "1:"]
