"""`tcvc settings`, as a person and a program use it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.cli.main import main
from tests.material.media_sources import Source, make

SHOTS = "four.csv"
COMMENTED = """\
# prints are pale
[film]
saturation = 0.9 # so it seems

# the garden
[[shot]]
starts = "0:00:02.500"
palette = 2
"""


@pytest.fixture(scope="module")
def small_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("small") / "film.mkv", Source(frames=192))


@pytest.fixture
def film(small_film: Path, tmp_path: Path) -> Path:
    """Four shots of 48 frames, at 24000 / 1001 frames a second, as a list beside it has them."""
    starts = (0, 48, 96, 144)
    rows = "".join(f"{start},{start + 48}\n" for start in starts)
    (tmp_path / SHOTS).write_text(f"start_frame,stop_frame\n{rows}")
    return Path(shutil.copy(small_film, tmp_path / "film.mkv"))


@pytest.fixture
def file(film: Path) -> Path:
    return film.with_name("film.tcvc.toml")


def run(film: Path, *arguments: object) -> int:
    """With the list, which is read at once, unless the arguments name another."""
    shots = () if "--shots" in arguments else ("--shots", film.with_name(SHOTS))
    return main(["settings", *map(str, (film, *shots, *arguments))])


def test_it_shows_what_holds_for_which_shot_and_why(
    film: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(COMMENTED)
    assert run(film) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[:5] == [
        ["shot", "from", "what", "is", "decided", "in"],
        ["1", "0:00:00.000", "saturation", "0.9", "[film],", "line", "3"],
        ["2", "0:00:02.002", "palette", "2", "line", "8"],
        ["saturation", "0.9", "[film],", "line", "3"],
        ["3", "to", "4", "0:00:04.004", "saturation", "0.9", "[film],", "line", "3"],
    ]
    assert run(film, "--json", "--shot", "2") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["settings"], found["frame_rate"]) == (str(file), "24000/1001")
    (shot,) = found["shots"]
    assert (shot["number"], shot["start"], shot["stop"], shot["starts_s"]) == (2, 48, 96, "1001/500")
    assert (shot["decisions"]["palette"], shot["decisions"]["saturation"]) == (2, 0.9)
    assert shot["origins"] == [
        {"key": "palette", "place": "line 8", "shot": None},
        {"key": "saturation", "place": "[film], line 3", "shot": None},
    ]


def test_without_a_file_nothing_is_decided(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(film) == 0
    _, row, last = capsys.readouterr().out.splitlines()
    assert row.split() == ["1", "to", "4", "0:00:00.000"]
    assert last == f"there is no {film.with_name('film.tcvc.toml')}"


def test_it_changes_what_is_asked_for_and_says_so(
    film: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(COMMENTED)
    assert run(film, "--shot", "2", "--palette", "3", "--warmth", "-0.5", "--same-as", "4") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{file}: shot 2: palette 3 (was 2)",
        f"{file}: shot 2: warmth -0.5",
        f"{file}: shot 2: same_as the shot at 0:00:06.006",
    ]
    added = 'warmth = -0.5\nsame_as = "0:00:06.006"\n'
    assert file.read_text() == COMMENTED.replace("palette = 2\n", f"palette = 3\n{added}")
    assert run(film, "--unset", "saturation", "--json") == 0
    change = {"shot": None, "key": "saturation", "before": "0.9", "after": ""}
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "settings": str(file),
        "changes": [change],
    }
    assert "saturation" not in file.read_text()
    assert run(film, "--unset", "saturation") == 0
    assert capsys.readouterr().out == f"{file}: nothing changes\n"


def test_several_shots_and_everything_that_can_be_decided(film: Path, file: Path) -> None:
    for name in ("a.png", "s/50.png"):
        (film.parent / name).parent.mkdir(exist_ok=True)
        (film.parent / name).write_bytes(b"")
    look = ("--saturation", "0.8", "--vivid", "0.5", "--hue-map", "blue to 30, 40", "--hue-map", "1->2")
    files = ("--reference", film.parent / "a.png", "--stroke", f"50,{film.parent / 's/50.png'}")
    assert run(film, "--shot", "3", "--shot", "1", "--keep", "--no-locked", *look) == 0
    assert run(film, "--shot", "2", "--no-keep", "--locked", *files) == 0
    points = ("--point", "0.5,0.25,#6b4a2b", "--point", "191,0,1,none,0.1")
    assert run(film, *points) == 0
    maps = 'hue_maps = [{map = "blue -> 30", width = 40.0}, "1 -> 2"]'
    decided = f"saturation = 0.8\nvivid = 0.5\n{maps}\nkeep = true\nlocked = false\n"
    assert file.read_text() == (
        f'[[shot]]\nnumber = 1\nstarts = "0:00:00.000"\n{decided}'
        '[[shot.points]]\nframe = 0\nx = 0.5\ny = 0.25\ncolor = "#6b4a2b"\n'
        '\n[[shot]]\nnumber = 2\nstarts = "0:00:02.002"\n'
        'references = ["a.png"]\nkeep = false\nlocked = true\n'
        '[[shot.strokes]]\nframe = 50\nfile = "s/50.png"\n'
        f'\n[[shot]]\nnumber = 3\nstarts = "0:00:04.004"\n{decided}'
        '\n[[shot]]\nnumber = 4\nstarts = "0:00:06.006"\n'
        '[[shot.points]]\nframe = 191\nx = 0.0\ny = 1.0\ncolor = "none"\nradius = 0.1\n'
    )


def test_another_file_and_another_shot_list(film: Path, tmp_path: Path) -> None:
    shots, other = tmp_path / "shots.csv", tmp_path / "other.toml"
    shots.write_text("start_frame,stop_frame\n0,100\n100,192\n")
    assert run(film, "--shots", shots, "--settings", other, "--shot", "2", "--keep") == 0
    assert other.read_text() == '[[shot]]\nnumber = 2\nstarts = "0:00:04.171"\nkeep = true\n'
    assert not film.with_name("film.tcvc.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--shot", "5", "--keep"), 2, "there is no shot 5; the film has 4"),
        (("--shot", "0"), 2, "--shot is 0; it takes the number of a shot, from 1"),
        (("--warmth", "2"), 2, "--warmth is 2.0; it takes -1 to 1"),
        (("--hue-map", "blu -> red"), 2, "--hue-map is 'blu' is no hue"),
        (("--point", "0.5,0.5"), 2, "--point is a point was expected: [FRAME,]X,Y,#rrggbb|none[,RADIUS]"),
        (("--point", "192,0,0,none"), 2, "the film has no frame 192"),
        (("--shot", "1", "--point", "60,0,0,none"), 2, "frame 60 is in shot 2. Leave out --shot"),
        (("--same-as", "2"), 2, "same_as is decided for a shot. Say which, with --shot"),
        (("--unset", "points"), 2, "points is decided for a shot"),
        (("--shot", "1", "--same-as", "9"), 2, "there is no such shot; the film has 4"),
        (("--shot", "1", "--same-as", "0:00:01"), 3, "a shot is not like itself"),
        (("--unset", "colour"), 2, "--unset is colour; it takes one of palette"),
        (("--reference", "/etc/passwd"), 2, "is not in the folder of film.tcvc.toml. Copy it there first"),
        (("--reference", "none.png"), 2, "none.png is not there, or no file"),
        (("--keep", "--no-keep"), 2, "--keep and --no-keep exclude each other"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(
    film: Path,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    file.write_text(COMMENTED)
    assert run(film, *arguments) == code
    told = capsys.readouterr()
    assert words in told.err
    assert told.err.count("\n") == 1
    assert file.read_text() == COMMENTED


def test_a_file_that_does_not_fit_the_film_is_told_with_the_line(
    film: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("[[shot]]\nnumber = 1\n\n[[shot]]\nnumber = 12\n")
    for arguments in ((), ("--vivid", "0.5")):
        assert run(film, *arguments) == 3
        told = "film.tcvc.toml, line 4: there is no shot 12; the film has 4, until 0:00:08.008."
        assert capsys.readouterr().err.startswith(f"tcvc: error: {told} Correct that line")
    file.write_text("[film]\nvivd = 1\n")
    assert run(film) == 3
    assert "line 2: there is no key vivd; did you mean vivid?" in capsys.readouterr().err


@pytest.mark.slow
def test_the_shots_of_a_finished_result_are_taken(
    example_film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    film = Path(shutil.copy(example_film, tmp_path / "film.mkv"))
    shots = film.with_name("shots.csv")
    shots.write_text("start_frame,stop_frame\n0,100\n100,192\n")
    small = ("--model", "tcvc-mini", "--model-size", "64", "--device", "cpu", "-q")
    assert main(["colorize", str(film), "--shots", str(shots), *small]) == 0

    def numbers() -> list[Any]:
        assert main(["settings", str(film), "--json"]) == 0
        return [(one["start"], one["stop"]) for one in json.loads(capsys.readouterr().out)["shots"]]

    with monkeypatch.context() as patched:
        patched.delattr("tcvc_cli.run.settings.film_shots.scan")
        assert numbers() == [(0, 100), (100, 192)]
    os.utime(film, (1, 1))  # for all one knows another film
    assert numbers() == [(0, 48), (48, 96), (96, 143), (143, 192)]  # the last comes in by a dissolve
