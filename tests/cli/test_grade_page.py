"""What docs/grade.md tells people to type works as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.six_shots import make_film
from tcvc_cli.cli.main import main
from tcvc_cli.media.read.probe import probe


def blocks(page: str, language: str) -> Iterator[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    yield from (text for name, text in found if name == language)


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "grade.md").read_text("utf-8")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    make_film(folder / "film.mkv")
    small = ("--model", "tcvc-mini", "--device", "cpu", "--model-size", "64", "-q")
    assert main(["colorize", str(folder / "film.mkv"), *small]) == 0
    return folder


def test_every_line_works(
    page: str,
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(shutil.copytree(finished, tmp_path / "films"))
    lines = [line for block in blocks(page, "") for line in block.splitlines()]
    assert len(lines) == 7
    for line in lines:
        name, *arguments = shlex.split(line)
        assert name == "tcvc"
        assert main(arguments) == 0, capsys.readouterr().err
    for made in ("film.graded.mkv", "brown.mkv", "swapped.mkv", "master.mkv", "sepia.mkv", "named.mkv"):
        assert probe(Path(made)).video_index == 0
    assert "bit for bit (ffv1)" in capsys.readouterr().out


def test_the_settings_work(
    page: str, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shutil.copytree(finished, tmp_path / "films"))
    (settings,) = blocks(page, "toml")
    Path("film.color.tcvc.toml").write_text(settings)
    assert main(["grade", "film.color.mkv", "-q"]) == 0
    text = Path("film.graded.mkv.json").read_text()
    assert text.count('"warmth": 0.3') == 1
    assert text.count('"saturation": 0.9') == text.count('"vivid"')
