"""A dry run says what a run would take and what is in its way; it is not refused for that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.cli.wording import rough_size, rough_time
from tests.material.media_sources import Source, make


@pytest.mark.parametrize("more", [[], ["-y"]])
def test_it_goes_on_although_the_result_exists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    film, there = make(tmp_path / "film.mkv", Source(frames=3)), tmp_path / "film.color.mkv"
    there.write_bytes(b"mine")
    arguments = ["colorize", str(film), "--dry-run", "--model", "tcvc-mini", "--model-size", "64", *more]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "; time about " in told
    assert ", size about " in told
    assert told.splitlines()[-1].endswith("film.color.mkv is there already; -y overwrites it")
    assert main([*arguments, "--json"]) == 0
    planned = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert planned["existing"] == [str(there)]
    assert planned["estimated_s"] > 0
    assert planned["estimated_mib"] > 0
    assert there.read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.color.mkv", "film.mkv"]


def test_a_film_that_is_to_be_skipped_is_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = make(tmp_path / "film.mkv", Source(frames=3))
    (tmp_path / "film.color.mkv").write_bytes(b"mine")
    assert main(["colorize", str(film), "--dry-run", "-n", "--json"]) == 0
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == [
        "start",
        "Skipped",
    ]


def test_a_folder_in_the_way_is_refused_as_in_a_run(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mkv", Source(frames=3))
    (tmp_path / "film.color.mkv").mkdir()
    assert main(["colorize", str(film), "--dry-run"]) == 4


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (7.4, "7 s"), (59.6, "0:01:00"), (36610, "10:10:10")],
)
def test_times_are_as_rough_as_the_estimate(seconds: float, words: str) -> None:
    assert rough_time(seconds) == words


@pytest.mark.parametrize(("mib", "words"), [(0, "1 KiB"), (0.5, "512 KiB"), (12.34, "12.3 MiB")])
def test_no_size_is_rounded_to_nothing(mib: float, words: str) -> None:
    assert rough_size(mib) == words
