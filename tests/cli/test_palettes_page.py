"""What docs/palettes.md tells people to type works as it stands there; and what the command prints."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from examples.six_shots import make_film
from tcvc_cli.cli.main import main
from tcvc_cli.media.read.probe import probe
from tcvc_cli.settings.film.clock import clock_time

SMALL = ("--model", "tcvc-mini", "--device", "cpu", "--model-size", "64")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "film.mkv"
    make_film(path)
    return path


@pytest.fixture
def film(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(made, "film.mkv"))


def test_every_line_works(root: Path, film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (root / "docs" / "palettes.md").read_text("utf-8")
    (block,) = re.findall(r"^```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    lines = block.splitlines()
    assert len(lines) == 4
    for line in lines:
        name, *arguments = shlex.split(line)
        assert name == "tcvc"
        network = () if arguments[0] == "settings" else SMALL
        assert main([*arguments, *network]) == 0, capsys.readouterr().err
    whole, some = (probe(Path(name)) for name in ("film.palettes.png", "some.png"))
    assert whole.width_px == some.width_px
    assert whole.height_px > some.height_px
    assert "palette = 3" in Path("film.tcvc.toml").read_text("utf-8")
    sidecar = json.loads(Path("film.color.mkv.json").read_text("utf-8"))
    assert [shot["look"]["palette"] for shot in sidecar["shots"]] == [0, 3, 0, 0]


def test_the_table_names_the_best_and_the_line_chooses(
    film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["palettes", "film.mkv", "--shot", "3", "--shot", "4", "--json", *SMALL]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    rows = [event for event in events if event["event"] == "ShotPalettes"]
    assert events[-1]["sheets"] == ["film.palettes.png"]
    assert main(["palettes", "film.mkv", "--shot", "3-4", "-y", "-q", *SMALL]) == 0
    head, *table, choosing = capsys.readouterr().out.splitlines()
    assert head.split() == ["shot", "from", "now", "most", "saturated", "chroma", "steadiest", "flicker"]
    assert [row["shot"] for row in rows] == [3, 4]
    assert rows[0]["starts_s"] == "12/25"
    assert [line.split()[:4] for line in table] == [
        [str(row["shot"]), clock_time(Fraction(row["starts_s"])), "0", str(row["most_saturated"])]
        for row in rows
    ]
    for line, row in zip(table, rows, strict=True):
        assert line.split()[5] == str(row["steadiest"])
    start, line = choosing.split(": ")
    assert start == "to choose, for example"
    numbers = [one for one in rows[0]["colorings"] if one["coloring"] != "ensemble"]
    best = max(numbers, key=lambda one: float(one["chroma"]))["coloring"]
    assert line == f"tcvc settings film.mkv --shot 3 --palette {best}"
    assert main(shlex.split(line)[1:]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--shot", "7"), 2, "there is no shot 7; the film has 4"),
        (("--shot", "0"), 2, "it takes the number of a shot, or the first and the last as 7-9"),
        (("--shot", "5-4"), 2, "--shot is 5-4"),
        (("-o", "sheet.jpg"), 4, "a sheet cannot be written as sheet.jpg. Give a name that ends in .png."),
        (
            ("--model", "tcvc-idc"),
            2,
            "tcvc-idc has no other palettes to lay beside its own. Use --model tcvc-dino.",
        ),
    ],
)
def test_what_makes_no_sense_is_one_line(
    film: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    network = SMALL if "--model" not in arguments else ()
    assert main(["palettes", "film.mkv", "-q", *network, *arguments]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert [one.name for one in Path().iterdir()] == ["film.mkv"]


def test_a_pipe_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palettes", "-", "-o", "sheet.png"]) == 2
    assert "Save it as a file first." in capsys.readouterr().err
