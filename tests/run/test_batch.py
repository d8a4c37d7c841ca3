"""Folders of films: what is found, what is done once, and what one bad file does to the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePath

import cv2
import numpy as np
import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import UnreadableInput, UsageError
from tcvc_cli.run.batch.films import run_batch
from tcvc_cli.run.batch.find import find_files
from tcvc_cli.run.batch.options import Batch, Search, result_name
from tcvc_cli.run.events import BatchFinished, FileEnded
from tcvc_cli.run.options.film import Options
from tests.material.media_sources import Source, make

SETTINGS = ("--model-size", "64", "--device", "cpu", "--colour-parts", "recolour")
OPTIONS = Options(input=Path(), model_size_px=64, color_parts="recolour", device="cpu")


def film(path: Path, frames: int = 3) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return make(path, Source(frames=frames))


def photograph(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.arange(64 * 48, dtype=np.uint8).reshape(48, 64) % 200)
    return path


def names(search: Search) -> list[str]:
    return [str(found.below / found.path.name) for found in find_files(search)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files that are empty: finding does not open them."""
    root = tmp_path / "films"
    for name in ("b.mkv", "a.MP4", "note.md", ".hidden.mkv", "deep/er/c.avi", "deep/d\nü.mkv", "out/e.mkv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "deep" / "loop").symlink_to(root)
    (root / "same.mkv").symlink_to(root / "b.mkv")
    return root


def test_a_folder_is_mirrored(tree: Path) -> None:
    flat = Search((str(tree),), tree / "out")
    assert names(flat) == ["a.MP4", "b.mkv"]
    deep = Search((str(tree),), tree / "out", is_recursive=True)
    assert names(deep) == ["a.MP4", "b.mkv", "deep/d\nü.mkv", "deep/er/c.avi"]
    assert names(Search((str(tree),), tree / "out", pattern="*.md", is_recursive=True)) == ["note.md"]


def test_globs_lists_and_files(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert names(Search((f"{tree}/**/*.avi",), out)) == ["deep/er/c.avi"]
    assert names(Search((f"{tree}/de*/*/*.avi", str(tree / "b.mkv")), out)) == ["deep/er/c.avi", "b.mkv"]
    listed = tree / "list.txt"
    listed.write_text(f"deep/er/c.avi\n\n{tree}/b.mkv\nmissing.mkv\n")
    assert names(Search((str(listed),), out)) == ["deep/er/c.avi", "b.mkv", "missing.mkv"]
    with pytest.raises(UnreadableInput):
        names(Search((str(tree / "nowhere"),), out))


def test_names_of_results() -> None:
    assert result_name("{stem}.color.{ext}", Path("a.b.avi"), ".mkv") == "a.b.color.mkv"
    assert result_name("{name}.{ext}", Path("a.b.avi"), ".mkv") == "a.b.avi.mkv"
    fields = ("{other}", "{", "{stem.x.y}", "{stem.x}", "{stem:>9}", "{stem!r}", "{0}")
    for template in (*fields, "../{stem}.mkv", ".{stem}.mkv", ""):
        with pytest.raises(UsageError):
            result_name(template, Path("a.avi"), ".mkv")


def ended(batch: Batch) -> dict[str, FileEnded]:
    *_, last = run_batch(batch)
    assert isinstance(last, BatchFinished)
    return {one.input.name: one for one in last.files}


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_twenty_files_of_which_three_are_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    films, out, report = tmp_path / "films", tmp_path / "out", tmp_path / "report.json"
    good = [film(films / f"reel {number}" / "film.mkv") for number in range(6)]
    good += [photograph(films / "stills" / f"{number}.png") for number in range(11)]
    cut = film(films / "cut.mp4", 12)
    cut.write_bytes(cut.read_bytes()[:-200])
    (films / "text.mkv").write_text("no film at all\n" * 99)
    (films / "zero.avi").touch()
    command = ["batch", str(films), "-o", str(out), "-r", *SETTINGS, "-q", "--report", str(report)]
    assert main(command) == 8
    printed = capsys.readouterr()
    assert printed.err.splitlines()[-1].startswith("tcvc: error: 3 of 20 files failed.")
    told = json.loads(report.read_text())
    assert told["counts"] == {"done": 17, "failed": 3}
    failed = {Path(one["input"]).name: one["exit_code"] for one in told["files"] if one["state"] == "failed"}
    assert failed == {"cut.mp4": 3, "text.mkv": 3, "zero.avi": 3}
    assert all(name in printed.out for name in failed)
    results = {path.relative_to(out) for path in out.rglob("*.color.*") if path.suffix != ".json"}
    assert results == {path.relative_to(films).with_name(f"{path.stem}.color{path.suffix}") for path in good}
    before = stamps(out)
    assert main(command) == 8
    assert json.loads(report.read_text())["counts"] == {"done before": 17, "failed": 3}
    assert stamps(out) == before


@pytest.mark.slow
def test_done_is_told_by_the_fingerprint_and_not_by_the_name(tmp_path: Path) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    film(films / "a.mkv")
    search = Search((str(films),), out)
    assert ended(Batch(search, OPTIONS))["a.mkv"].state == "done"
    os.utime(films / "a.mkv", ns=(1, 1))
    assert ended(Batch(search, OPTIONS))["a.mkv"].state == "done before"
    film(films / "a.mkv", frames=4)
    other = ended(Batch(search, OPTIONS))["a.mkv"]
    assert (other.state, other.exit_code) == ("failed", 4)
    assert "is there already" in str(other.message)
    again = Batch(
        search,
        Options(
            input=Path(), model_size_px=64, color_parts="recolour", device="cpu", on_existing="overwrite"
        ),
    )
    assert ended(again)["a.mkv"].frames == 4
    assert ended(again)["a.mkv"].state == "done before"


def test_the_encoder_decides_what_the_result_is_called(tmp_path: Path) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    film(films / "a.mp4")
    one = ended(Batch(Search((str(films),), out), replace(OPTIONS, encoder="ffv1")))["a.mp4"]
    assert (one.state, one.output) == ("done", out / "a.color.mkv")


@pytest.mark.slow
def test_results_beside_their_films_are_no_films(tmp_path: Path) -> None:
    film(tmp_path / "a.mkv")
    for source in (str(tmp_path), f"{tmp_path}/*.mkv"):
        batch = Batch(Search((source,), tmp_path), OPTIONS)
        assert ended(batch).keys() == {"a.mkv"}
    assert ended(batch)["a.mkv"].state == "done before"


@pytest.mark.slow
def test_two_films_for_one_name(tmp_path: Path) -> None:
    films = tmp_path / "films"
    film(films / "a.avi")
    film(films / "a.mkv")
    found = ended(Batch(Search((str(films),), tmp_path / "out"), OPTIONS))
    assert [one.state for one in found.values()] == ["done", "failed"]
    assert "--name" not in str(found["a.mkv"].message)
    assert "a.avi too" in str(found["a.mkv"].message)
    named = Batch(Search((str(films),), tmp_path / "out"), OPTIONS, name="{name}.{ext}")
    assert [one.state for one in ended(named).values()] == ["done", "done"]


def test_watching_takes_what_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.run.batch.films._WATCH_EVERY_S", 0.01)
    films = tmp_path / "films"
    photograph(films / "a.png")
    batch = Batch(Search((str(films),), tmp_path / "out"), OPTIONS, is_watching=True)
    seen = []
    with closing(run_batch(batch)) as events:
        for event in events:
            if isinstance(event, FileEnded):
                seen.append((event.input.name, event.state))
                photograph(films / "b.png")
                if len(seen) == 2:
                    break
    assert seen == [("a.png", "done"), ("b.png", "done")]


def states(stdout: str) -> dict[str, str]:
    """By the end of a batch, behind which an error line stands when films failed."""
    events = [json.loads(line) for line in stdout.splitlines()]
    (end,) = (one for one in events if one["event"] == "BatchFinished")
    assert [one["event"] for one in events[events.index(end) + 1 :]] in ([], ["error"])
    return {PurePath(one["input"]).name: one["state"] for one in end["files"]}


@pytest.mark.slow
def test_two_processes_share_the_work(tmp_path: Path) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    for number in range(4):
        film(films / f"{number}.mkv", frames=20)
    command = [sys.executable, "-m", "tcvc_cli", "batch", str(films), "-o", str(out), *SETTINGS, "--json"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [states(process.communicate(timeout=300)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    for number in range(4):
        ways = sorted(one[f"{number}.mkv"] for one in told)
        assert ways in (["done", "done before"], ["done", "elsewhere"])
    assert len(list(out.glob("*.color.mkv"))) == 4


@pytest.mark.slow
def test_side_by_side(tmp_path: Path) -> None:
    films, out = tmp_path / "films", tmp_path / "out"
    for number in range(3):
        film(films / f"{number}.mkv")
    (films / "3.mkv").write_text("no film")
    command = [sys.executable, "-m", "tcvc_cli", "batch", str(films), "-o", str(out), *SETTINGS, "--json"]
    done = subprocess.run([*command, "-j", "2"], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 8, done.stderr
    assert states(done.stdout) == {"0.mkv": "done", "1.mkv": "done", "2.mkv": "done", "3.mkv": "failed"}
    (films / "3.mkv").unlink()
    tight = [*command, "-y", "-j", "2", "--memory", "600M"]
    done = subprocess.run(tight, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 8, done.stderr
    assert done.stdout.count("--memory leaves 300 MiB") >= 3  # each has its share


def test_where_there_is_no_film_a_line_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    for source in (tmp_path / "empty", tmp_path / "nothing*"):
        assert main(["batch", str(source), "-o", str(tmp_path / "out"), "-q"]) == 0
        assert capsys.readouterr().err == f"warning: there is no film in {source}\n"


def test_a_file_where_the_results_were_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film(tmp_path / "film.mkv")
    (tmp_path / "out").write_text("mine")
    for output in (tmp_path / "out", tmp_path / "out" / "deep"):
        assert main(["batch", str(tmp_path / "film.mkv"), "-o", str(output), "-q", *SETTINGS]) == 8
        assert f"{output} cannot be a folder" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"
