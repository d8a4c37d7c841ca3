"""A page whose making is killed: what it leaves is seen by `tcvc clean`, and the next one removes it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputBusy
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.resume import work_folder as work
from tests.material.media_sources import Source, make

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
REVIEW = ("review", "film.mkv", "--no-palettes", "-q")
KILLED = f"""
import os, signal
from tcvc_cli.cli.main import main
from tcvc_cli.review.page import {{room}}
real = {{room}}.{{name}}
def kill(*arguments):
    real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
{{room}}.{{name}} = kill
main({list(REVIEW)!r})
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make(tmp_path / "film.mkv", Source(frames=6))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kill(room: str, name: str) -> None:
    ended = subprocess.run([sys.executable, "-P", "-c", KILLED.format(room=room, name=name)], check=False)
    assert ended.returncode == -signal.SIGKILL


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.slow
def test_what_a_killed_one_leaves_is_seen_and_removed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kill("build", "write_assets")
    left = work_folder_of(here / "film.review")
    assert names(here) == {"film.mkv", left.name}
    assert (left / "page-draft" / "index.html").is_file()
    assert main(["clean", ".", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["output"] == str(here / "film.review")
    stranger = left / "page-draft" / "holiday.jpg"
    stranger.write_text("mine")
    assert main(["clean", ".", "--remove", "--yes"]) == 0
    assert main([*REVIEW]) == 4
    assert stranger.read_text() == "mine"
    stranger.unlink()
    assert main(["clean", ".", "--remove", "--yes"]) == 0
    assert names(here) == {"film.mkv"}


@pytest.mark.slow
@pytest.mark.parametrize(("room", "name"), [("build", "write_assets"), ("folder", "rename_new")])
def test_the_next_one_goes_on_in_its_place(here: Path, room: str, name: str) -> None:
    """The latter kill is between the removal of the old page and the naming of the new one."""
    assert main([*REVIEW]) == 0
    kill(room, name)
    assert main([*REVIEW]) == 0
    assert names(here) == {"film.mkv", "film.review"}


def test_one_page_is_made_by_one_process(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = here / "film.review"
    with work.reserved(work_folder_of(page), here / "film.mkv", page):
        assert main([*REVIEW]) == OutputBusy.exit_code
    assert "another" in capsys.readouterr().err
    assert main([*REVIEW]) == 0
