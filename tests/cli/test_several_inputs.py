"""Several films of one command: a folder for their results, and the rest in spite of one that fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from examples.grey_film import write_grey
from tcvc_cli.cli.main import main
from tcvc_cli.run.options.film import PIPE
from tcvc_cli.run.options.values import Folder, result_place

SMALL = ("--model", "tcvc-mini", "--model-size", "64")
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def film(color_film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    write_grey(color_film, path, frames=4, width_px=160)
    return path


@pytest.fixture(autouse=True)
def folder(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """a.mkv, b.mkv and below/a.mkv, and bad.mkv, which is no film."""
    (tmp_path / "below").mkdir()
    for name in ("a.mkv", "b.mkv", "below/a.mkv"):
        shutil.copy(film, tmp_path / name)
    (tmp_path / "bad.mkv").write_text("no film")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_what_is_a_folder() -> None:
    assert result_place("out/") == Folder(Path("out"))
    assert result_place("below") == Folder(Path("below"))
    assert result_place("out") == Path("out")
    assert result_place("out.mkv") == Path("out.mkv")
    Path("-").mkdir()
    assert result_place("-") == PIPE


def test_results_go_into_a_folder_which_is_made(capsys: Captured) -> None:
    assert main(["colorize", "a.mkv", "b.mkv", "-o", "out/", *SMALL]) == 0
    assert names("out") == ["a.color.mkv", "a.color.mkv.json", "b.color.mkv", "b.color.mkv.json"]
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in table] == [["file", "state"], ["a.mkv", "done"], ["b.mkv", "done"]]


def test_a_folder_that_is_there_needs_no_slash() -> None:
    assert main(["colorize", "a.mkv", "-o", "below", "-q", *SMALL]) == 0
    assert names("below") == ["a.color.mkv", "a.color.mkv.json", "a.mkv"]


def test_the_folder_above_it_is_not_made(capsys: Captured) -> None:
    assert main(["colorize", "a.mkv", "-o", "no/such/", *SMALL]) == 4
    assert "there is no folder" in capsys.readouterr().err
    assert not Path("no").exists()


@pytest.mark.parametrize("words", [("a.mkv", "--dry-run"), ("bad.mkv",)])
def test_a_folder_into_which_nothing_comes_is_not_left(words: tuple[str, ...]) -> None:
    main(["colorize", *words, "-o", "out/", *SMALL])
    assert not Path("out").exists()


def test_two_results_of_one_name_are_refused_before_the_work(capsys: Captured) -> None:
    assert main(["colorize", "b.mkv", "a.mkv", "below/a.mkv", "-o", "out/", *SMALL]) == 4
    assert "a.color.mkv would be the result of" in capsys.readouterr().err
    assert not Path("out").exists()


def test_one_name_for_two_films_is_refused(capsys: Captured) -> None:
    assert main(["colorize", "a.mkv", "b.mkv", "-o", "out.mkv", *SMALL]) == 2
    assert "-o FOLDER/" in capsys.readouterr().err


def test_the_rest_goes_on_after_one_that_fails(capsys: Captured) -> None:
    assert main(["colorize", "bad.mkv", "a.mkv", "b.mkv", *SMALL, "--json"]) == 8
    told = events(capsys.readouterr().out)
    ended = [(one["input"], one["state"], one["exit_code"]) for one in told if one["event"] == "FileEnded"]
    assert ended == [("bad.mkv", "failed", 3), ("a.mkv", "done", 0), ("b.mkv", "done", 0)]
    assert [one["event"] for one in told[-2:]] == ["BatchFinished", "error"]
    assert [one["input"] for one in told[-2]["files"]] == ["bad.mkv", "a.mkv", "b.mkv"]
    assert (told[-1]["code"], told[-1]["film"]) == (8, None)
    assert told[0]["event"] == "start"


def test_the_summary_says_what_became_of_each(capsys: Captured) -> None:
    assert main(["colorize", "b.mkv", "-q", *SMALL]) == 0
    assert main(["colorize", "bad.mkv", "a.mkv", "b.mkv", "-n", *SMALL]) == 8
    printed = capsys.readouterr()
    rows = [line.split()[:2] for line in printed.out.splitlines()[1:]]
    assert rows == [["bad.mkv", "failed"], ["a.mkv", "done"], ["b.mkv", "done"]]
    assert "bad.mkv is not a film or a photograph" in printed.out
    assert "done before" in printed.out
    assert "1 of 3 files failed" in printed.err


def test_one_film_alone_has_its_own_code() -> None:
    assert main(["colorize", "bad.mkv", *SMALL]) == 3


def test_a_mistake_of_usage_stops_before_the_first_film() -> None:
    assert main(["colorize", "a.mkv", "b.mkv", "--interval", "0", *SMALL]) == 2
    assert not Path("a.color.mkv").exists()


def test_ctrl_c_stops_all(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """As its signal does, in the midst of the first film."""
    from tcvc_cli.run.computed import first_pass as story

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(story, "find_shots", stopped)
    assert main(["colorize", "a.mkv", "b.mkv", *SMALL, "--json"]) == 130
    told = events(capsys.readouterr().out)
    assert [one["input"] for one in told if one["event"] == "FileStarted"] == ["a.mkv"]
    assert (told[-1]["event"], told[-1]["code"]) == ("error", 130)


@pytest.mark.slow
def test_every_command_that_names_a_result_takes_a_folder() -> None:
    Path("out").mkdir()
    assert main(["colorize", "a.mkv", "-o", "out", "-q", *SMALL]) == 0
    result = "out/a.color.mkv"
    for words in (
        ("grade", result, "--warmth", "0.2", "--film", "a.mkv"),
        ("stabilize", result, "--film", "a.mkv"),
        ("palettes", "a.mkv", "--model-size", "64"),
        ("sheet", "a.mkv"),
        ("compare", "a.mkv", result),
        ("preview", "a.mkv", *SMALL),
    ):
        assert main([*words, "-o", "shown/", "-q"]) == 0, words
    shown = [
        "a.color.steady.mkv",
        "a.compare.mp4",
        "a.graded.mkv",
        "a.palettes.png",
        "a.preview.mkv",
        "a.sheet.png",
    ]
    assert [name for name in names("shown") if not name.endswith(".json")] == shown
    assert names(".") == ["a.mkv", "b.mkv", "bad.mkv", "below", "out", "shown"]
