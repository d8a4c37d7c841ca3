"""What a program that reads --json is told when a command fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli import __version__
from tcvc_cli.cli import telling
from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputExists
from tcvc_cli.run.doctor import Finding

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def last(capsys: Captured) -> dict[str, Any]:
    lines = capsys.readouterr().out.splitlines()
    found: dict[str, Any] = json.loads(lines[-1])
    return found


@pytest.mark.parametrize(
    ("words", "code", "film"),
    [
        (("colorize", "no.mkv"), 3, "no.mkv"),
        (("colorize", "no.mkv", "--bogus"), 2, None),
        (("colorise", "no.mkv"), 2, None),
        (("colorize",), 2, None),
        (("verify", "no.mkv", "none.mkv"), 3, "no.mkv"),
        (("shots", "no.mkv"), 3, "no.mkv"),
        (("grade", "no.mkv"), 3, "no.mkv"),
        (("stabilize", "no.mkv"), 3, "no.mkv"),
        (("compare", "no.mkv", "none.mkv"), 3, "no.mkv"),
        (("weights", "show", "none"), 5, None),
        (("batch", "none", "-o", "out"), 3, None),
    ],
)
def test_the_last_line_is_the_error(
    words: tuple[str, ...],
    code: int,
    film: str | None,
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--json"]) == code
    printed = capsys.readouterr()
    error = json.loads(printed.out.splitlines()[-1])
    assert (error["event"], error["schema"], error["code"], error["film"]) == ("error", 1, code, film)
    assert printed.err.startswith("tcvc: error: ")
    assert error["message"].rstrip(".") in printed.err
    assert error["advice"] in printed.err


def test_an_advice_names_flags(capsys: Captured) -> None:
    telling.expect(["--json"])
    telling.write_failure(OutputExists("it is there"))
    assert last(capsys)["advice"] == "Use -y to overwrite it, -n to skip it, or -o for another name."


def test_without_json_stdout_stays_empty(capsys: Captured) -> None:
    assert main(["colorize", "no.mkv"]) == 3
    assert main(["colorize", "--", "--json"]) == 3  # a film of that name
    assert capsys.readouterr().out == ""


def test_json_of_a_file_counts_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tcvc.toml").write_text("json = true\n")
    assert main(["colorize", "no.mkv"]) == 3
    assert last(capsys)["film"] == "no.mkv"


def test_what_nobody_foresaw_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def broken() -> None:
        raise ZeroDivisionError("of nothing")

    monkeypatch.setattr("tcvc_cli.run.doctor.examine", broken)
    assert main(["doctor", "--json"]) == 70
    assert last(capsys)["message"] == "ZeroDivisionError: of nothing"


def test_what_is_wrong_is_told_behind_the_findings(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("tcvc_cli.run.doctor.examine", lambda: iter([Finding("disk", "full", "no room")]))
    assert main(["doctor", "--json"]) == 1
    finding, error = map(json.loads, capsys.readouterr().out.splitlines())
    assert finding == {"schema": 1, "name": "disk", "value": "full", "wrong": "no room"}
    assert (error["code"], error["message"]) == (1, "1 things are wrong")


def test_a_reader_that_is_gone_is_no_second_error(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "tcvc_cli", "shots", str(tmp_path / "no.mkv"), "--json"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(write)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_the_first_line_says_by_which_schema(capsys: Captured) -> None:
    telling.write_start()
    assert last(capsys) == {"event": "start", "schema": 1, "tool": "tcvc", "version": __version__}
