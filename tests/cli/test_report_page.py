"""What docs/report.md tells people to type works as it stands there; and what the command prints."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tcvc_cli.cli.commands.looking.report import print_table
from tcvc_cli.cli.main import main
from tcvc_cli.review.report.figures import COLUMNS
from tcvc_cli.review.report.film import make_report
from tcvc_cli.review.report.ranking import FACTOR
from tcvc_cli.review.report.reasons import LIMITS, OTHER_AMOUNT
from tcvc_cli.review.report.request import ReportRequest
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.appraised_films import CALM, state

DOUBTS = (6.0, 12.0, 3.0, 9.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from examples.six_shots import make_film

    film = tmp_path_factory.mktemp("made") / "film.mkv"
    make_film(film)
    for _ in colorize(Options(film, model="tcvc-mini", model_size_px=64, device="cpu")):
        pass
    state(film.with_name("film.color.mkv"), [replace(CALM, doubt=one) for one in DOUBTS])
    return film.parent


@pytest.fixture
def film(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for file in made.iterdir():
        shutil.copy2(file, tmp_path / file.name)
    monkeypatch.chdir(tmp_path)
    return Path("film.mkv")


def test_every_line_works(root: Path, film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (root / "docs" / "report.md").read_text("utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    lines = block.splitlines()
    assert len(lines) == 4
    said = []
    for line in lines:
        name, *arguments = shlex.split(line)
        assert name == "tcvc"
        assert main(arguments) == 0, capsys.readouterr().err
        said.append(capsys.readouterr().out)
    assert [line.split()[0] for line in said[0].splitlines()] == ["shot", "2", "4", "1", "3"]
    assert [line.split()[0] for line in said[1].splitlines()] == ["shot", "1", "2", "3", "4"]
    assert Path("report.html").read_text("utf-8").startswith("<!doctype html>")
    (line,) = said[3].splitlines()
    report = json.loads(line)
    assert set(report) == {"schema", "film", "result", "shots", "notices"}
    assert [shot["place"] for shot in report["shots"]] == [1, 2, 3, 4]
    assert report["shots"][0]["appraisal"]["doubt"] == 12


def test_the_page_explains_every_column(root: Path) -> None:
    page = (root / "docs" / "report.md").read_text("utf-8")
    explained = re.findall(r"^\| ([a-z ]+) \|", page, re.MULTILINE)
    assert [one for one in COLUMNS if one in explained] == list(COLUMNS[3:-1])


def test_what_is_not_known_is_one_line(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state(Path("film.color.mkv"), [None] * 4)
    assert main(["report", "film.mkv"]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 5
    (line,) = said.err.splitlines()
    assert line.startswith("note: ")
    assert "colour the film again" in line


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("none.mkv",), 3, "none.mkv"),
        (("film.mkv", "none.mkv"), 3, "none.mkv"),
        (
            ("film.mkv", "--html", "there.html"),
            4,
            "Use -y to overwrite it, or give another name",
        ),
        (("film.mkv", "--html", "film.mkv", "-y"), 4, "is the input"),
        (("film.mkv", "--html", "no/report.html"), 4, "does not exist"),
        (("film.mkv", "--html", "new.html", "-y", "-n"), 2, "exclude each other"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    film: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    Path("there.html").write_text("mine")
    before = sorted(Path().iterdir())
    assert main(["report", *arguments]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert sorted(Path().iterdir()) == before
    assert Path("there.html").read_text() == "mine"


def test_a_page_that_is_there_can_be_left(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("there.html").write_text("mine")
    assert main(["report", "film.mkv", "--html", "there.html", "-n"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "skipped" in said.err
    assert Path("there.html").read_text() == "mine"


def test_on_a_narrow_terminal_reasons_stand_below(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state(Path("film.color.mkv"), [CALM, CALM, replace(CALM, flicker=0.9), CALM])
    report = make_report(ReportRequest(film))
    print_table(report, wide=80)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    assert lines[-1] == "shot 3: flickers"
    print_table(report, wide=120)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[1].split()[0] == "3"
    assert lines[1].rstrip().endswith("flickers")


def test_the_page_names_the_limits_that_are_held(root: Path) -> None:
    page = (root / "docs" / "report.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([a-z ]+) \| (.*) \|$", page, re.MULTILINE))
    for limit in LIMITS:
        assert rows[limit.words].endswith(
            f"than {limit.most:g}, or of more than {limit.least:g} and out of line"
        )
    assert f"than {OTHER_AMOUNT:g} times" in page
    assert f"is {FACTOR:g} × doubt" in page
