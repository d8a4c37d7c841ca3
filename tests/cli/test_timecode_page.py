"""What docs/timecode.md and docs/shot-lists.md tell people to type works as it stands there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import av
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import Source, make

QUICK = ("--model", "tcvc-mini", "--device", "cpu", "--model-size", "64", "-y")
GREY = Source(codec="libx264", pixel_format="yuv420p", frames=72)


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """72 frames at 24000/1001 a second, from 01:00:00:00 on."""
    monkeypatch.chdir(tmp_path)
    return make(tmp_path / "film.mov", replace(GREY, timecode="01:00:00:00"))


def lines_of(root: Path, page: str) -> list[str]:
    (block,) = re.findall(
        r"^```sh\n(.*?)^```$", (root / "docs" / page).read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return [line.split("  #")[0].strip() for line in block.splitlines()]


def frames_in(path: Path) -> int:
    return sum(1 for _ in read_frames(probe(path)))


def timecode_of(path: Path) -> str:
    with av.open(str(path)) as film:
        return next(
            tags["timecode"]
            for tags in (film.metadata, *(one.metadata for one in film.streams))
            if "timecode" in tags
        )


def run(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    command, arrow, target = line.partition(" > ")
    name, *arguments = command.split()
    assert name == "tcvc"
    assert main([*arguments, *(QUICK if "colorize" in arguments else ())]) == 0
    told = capsys.readouterr().out
    if arrow:
        Path(target.strip()).write_text(told)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["timecode.md", "shot-lists.md"])
def test_every_line_works(root: Path, page: str, film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for line in lines_of(root, page):
        run(line, capsys)
    is_part = page == "timecode.md"
    (result,) = (path for path in film.parent.glob("film.color.*") if path.suffix in (".mov", ".mkv"))
    assert frames_in(result) == (24 if is_part else 72)
    assert timecode_of(result) == ("01:00:01:00" if is_part else "01:00:00:00")


def test_a_timecode_outside_says_which_there_are(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shots", str(film), "--start", "02:00:00:00"]) == 2
    assert "goes from 01:00:00:00 to 01:00:02:23" in capsys.readouterr().err
    assert main(["shots", str(film), "--start", "01:00:00;12"]) == 2
    assert "drop frame" in capsys.readouterr().err


def test_shots_of_a_part_are_counted_by_the_film(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shots", str(film), "--start", "01:00:01:00", "--end", "01:00:02:00", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["start"], one["stop"]) for one in told["shots"]] == [(24, 48)]
    assert told["timecode"] == "01:00:00:00"


def test_only_one_kind_of_list_is_printed(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shots", str(film), "--csv", "--format", "edl"]) == 2
    assert "exclude each other" in capsys.readouterr().err
