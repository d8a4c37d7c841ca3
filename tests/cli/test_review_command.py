"""`tcvc review` as a person types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main


@pytest.fixture
def film(example_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(example_film, "film.mkv"))


@pytest.mark.slow
@pytest.mark.usefixtures("film")
def test_a_page_is_made_and_made_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "film.mkv", "--no-palettes"]) == 0
    assert "film.review: 4 shots in " in capsys.readouterr().err
    assert main(["review", "film.mkv", "--no-palettes", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "ReviewBuilt"
    assert (events[-1]["folder"], events[-1]["shots"], events[-1]["made"]) == ("film.review", 4, [])
    Path("film.review", "mine.txt").touch()
    assert main(["review", "film.mkv", "--no-palettes"]) == 4
    said = capsys.readouterr().err
    assert "holds mine.txt" in said
    assert "-o" in said
    assert main(["review", "film.mkv", "--no-palettes", "-o", "other", "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert Path("other", "index.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["none.mkv"], 3, "does not exist"),
        (["film.mkv", "none.color.mkv"], 3, "does not exist"),
        (["film.mkv", "--settings", "none.toml"], 3, "none.toml"),
        (["film.mkv", "-o", "film.mkv"], 4, "film.mkv is there already"),
        (["film.mkv", "--device", "abacus"], 2, "abacus"),
    ],
)
@pytest.mark.usefixtures("film")
def test_what_is_wrong_is_one_line(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", *arguments]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
