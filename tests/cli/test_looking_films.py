"""What docs/looking.md tells people to type for sheets and comparisons works as it stands there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from examples.six_shots import make_film
from tcvc_cli.cli.main import main
from tcvc_cli.media.read.probe import probe


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    make_film(folder / "film.mkv")
    small = ("--model", "tcvc-mini", "--device", "cpu", "--model-size", "64", "-q")
    assert main(["colorize", str(folder / "film.mkv"), *small]) == 0
    return folder


@pytest.fixture
def films(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shutil.copytree(finished, tmp_path / "films"))


def section(root: Path, title: str) -> list[str]:
    """The lines of the first block under a heading."""
    page = (root / "docs" / "looking.md").read_text("utf-8")
    (text,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    block: str = re.findall(r"^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)[0]
    return block.splitlines()


@pytest.mark.usefixtures("films")
def test_sheets(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = section(root, "Contact sheet")
    assert len(lines) == 2
    for line in lines:
        assert main(shlex.split(line)[1:]) == 0, capsys.readouterr().err
    assert Path("film.sheet.png").read_bytes() == Path("some.png").read_bytes()
    assert "film.sheet.png: 4 shots\n" in capsys.readouterr().err


@pytest.mark.usefixtures("films")
def test_comparisons(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = section(root, "Before and after as a film")
    assert len(lines) == 4
    for line in lines:
        assert main(shlex.split(line)[1:]) == 0, capsys.readouterr().err
    sizes = [
        probe(Path(name)).size_px for name in ("film.compare.mp4", "split.mp4", "wipe.mkv", "labelled.mp4")
    ]
    assert sizes == [(128, 48), (64, 48), (64, 48), (128, 48)]


@pytest.mark.usefixtures("films")
def test_events_and_silence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "film.mkv", "film.color.mkv", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [events[1]["event"], events[-1]["event"]] == ["ComparisonStarted", "ComparisonWritten"]
    assert (events[-1]["output"], events[-1]["frames"]) == ("film.compare.mp4", 88)
    assert main(["compare", "film.mkv", "film.color.mkv", "-y", "-q"]) == 0
    assert main(["sheet", "film.mkv", "-q"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "")
    Path("film.color.mkv").unlink()
    assert main(["sheet", "film.mkv", "-y"]) == 0
    assert "film.sheet.png: 4 shots; there is no result: the film alone" in capsys.readouterr().err
    assert main(["sheet", "film.mkv", "-y", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    stated = probe(Path("film.mkv")).frame_count
    assert {"event": "StageStarted", "stage": "shots", "total_frames": stated, "then": None} in events
    assert events[-1]["result"] is None


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("sheet film.mkv -o sheet.jpg", 4, "a sheet cannot be written as sheet.jpg."),
        ("sheet none.mkv", 3, "none.mkv does not exist"),
        ("sheet film.mkv none.mkv", 3, "none.mkv does not exist"),
        ("compare film.mkv film.color.mkv -o film.mkv -y", 4, "film.mkv is the input"),
        ("compare film.mkv film.color.mkv --split --wipe", 2, "--split and --wipe exclude each other"),
        ("compare film.mkv film.color.mkv --width 10", 2, "--width is 10; it takes 64 to 7680 px"),
        ("compare film.mkv film.color.mkv -o film.avi", 4, "results are written as"),
        ("compare film.mkv film.color.mkv --label a --label b --label c", 2, "3 labels for two films"),
        (f"compare film.mkv film.color.mkv --label {'x' * 41}", 2, "it takes up to 40 letters"),
        ("compare film.mkv", 2, "Missing argument 'B'"),
        ("compare - film.mkv -o film.mp4", 3, "- does not exist"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: str, code: int, words: str
) -> None:
    before = sorted(Path().iterdir())
    assert main([*shlex.split(arguments)]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert sorted(Path().iterdir()) == before


@pytest.mark.usefixtures("films")
def test_hostile_names_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("<script>alert(1)<", "\u202eevil\U0001f600 'x' \"y\"", "two\nlines", "-dash", "x" * 200):
        film = Path().absolute() / f"{name}.mkv"
        shutil.copy("film.mkv", film)
        shutil.copy("film.color.mkv", "other.mkv")
        assert main(["sheet", str(film), "other.mkv", "-q"]) == 0, capsys.readouterr().err
        assert main(["compare", str(film), "other.mkv", "-q", "--label", name[:40]]) == 0
        assert film.with_name(f"{name}.sheet.png").stat().st_size > 1000
        assert probe(film.with_name(f"{name}.compare.mp4")).width_px == 128
