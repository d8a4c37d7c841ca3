"""`tcvc grade` as a person gives it, and what it says to one that is mistaken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tcvc_cli.cli.main import main
from tests.material.colored_films import apart, colors_of, frames_of, write_film
from tests.material.media_sources import Source, make


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_film(tmp_path / "film.color.mkv", frames_of(lengths=(3, 3)))


def run(*arguments: object) -> int:
    return main([str(one) for one in arguments])


def test_a_film_is_graded_beside_itself(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ("grade", film, "--saturation", "0.5", "--preset", "master")
    assert run(*command) == 0
    told = capsys.readouterr()
    result = film.with_name("film.graded.mkv")
    assert f"{film}: 160x120 yuv420p, 1 part; its own luma" in told.err.splitlines()
    assert told.out == ""
    halves = [ab * np.float32(0.5) for ab in colors_of(film)]
    assert apart(colors_of(result), halves) < 1.5 < apart(colors_of(film), halves)
    assert run(*command) == 4
    assert "is there already. Use -y to overwrite it, -n to skip it" in capsys.readouterr().err
    assert run(*command, "-n", "--json") == 0
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()[1:]] == ["Skipped"]
    assert run(*command, "-y", "-q") == 0
    assert capsys.readouterr().err == ""


def test_a_program_sees_every_step(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wishes = ("--hue-map", "blue -> brown", "--hue-map", "30 -> 200", "--vivid", "0.5", "--warmth", "-0.2")
    assert run("grade", film, "-o", tmp_path / "one.mp4", *wishes, "--json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [one["event"] for one in events]
    assert names.index("GradingStarted") < names.index("StreamsCarried") < names.index("Finished")
    assert [one["stage"] for one in events if one["event"] == "StageStarted"] == ["shots", "grade", "remux"]
    sidecar = json.loads((tmp_path / "one.mp4.json").read_text())
    (part,) = sidecar["parts"]
    assert (part["start"], part["stop"], part["vivid"]) == (0, 6, 0.5)
    assert part["grade"]["warmth"] == -0.2
    assert [one["to_degrees"] for one in part["grade"]["hue_maps"]][1] == 200
    assert sidecar["encoding"]["preset"] == "access"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "there is nothing to do. Give --saturation, --warmth, --vivid, --hue-map or --settings"),
        (("--warmth", "2"), 2, "--warmth is 2.0; it takes -1 to 1"),
        (("--warmth", "nan"), 2, "it takes -1 to 1"),
        (("--vivid", "-1"), 2, "--vivid is -1.0; it takes 0 to 1"),
        (("--saturation", "5"), 2, "--saturation is 5.0; it takes 0 to 4"),
        (("--hue-map", "blurple -> brown"), 2, "'blurple' is no hue"),
        (("--hue-map", "blue"), 2, "a hue map was expected"),
        (("--warmth", "1", "--preset", "best"), 2, "best"),
        (("--warmth", "1", "-o", "film.avi"), 4, "film.avi: results are written as .mkv"),
        (("--warmth", "1", "-o", "nowhere/film.mkv"), 4, "there is no folder nowhere"),
        (("--warmth", "1", "--film", "nothing.mkv"), 3, "nothing.mkv"),
    ],
)
def test_a_mistake_is_one_line(
    film: Path, capsys: pytest.CaptureFixture[str], arguments: Sequence[str], code: int, words: str
) -> None:
    before = sorted(film.parent.iterdir())
    assert run("grade", film, "-q", *arguments) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("tcvc: error: ")
    assert words in line
    assert sorted(film.parent.iterdir()) == before


def test_settings_that_do_not_fit_name_the_line(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = film.with_name("mine.toml")
    settings.write_text("[film]\nsaturation = 0.5\n[[shot]]\nnumber = 7\nwarmth = 1\n")
    assert run("grade", film, "--settings", settings, "-q") == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "mine.toml" in line
    assert "line 3" in line or "line 4" in line
    settings.write_text("[film]\nsaturation = 90\n")
    assert run("grade", film, "--settings", settings, "-q") == 3
    assert "line 2" in capsys.readouterr().err
    assert sorted(one.name for one in film.parent.iterdir()) == ["film.color.mkv", "mine.toml"]


def test_a_grey_film_is_to_be_coloured_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grey = make(tmp_path / "grey.mkv", Source(codec="ffv1", pixel_format="gray", frames=2))
    assert run("grade", grey, "--warmth", "1", "-q") == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "tcvc: error: grey.mkv has no colours to grade. Colour it first: tcvc colorize grey.mkv"
    assert run("grade", tmp_path / "gone.mkv", "--warmth", "1", "-q") == 3
    (tmp_path / "text.mkv").write_text("no film")
    assert run("grade", tmp_path / "text.mkv", "--warmth", "1", "-q") == 3
