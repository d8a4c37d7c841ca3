"""What is wrong with a settings file, or what it names, is one line and exit code 3; nothing is left."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

import tcvc_cli.run.computed.first_pass
import tcvc_cli.run.computing
import tcvc_cli.run.film.colorize
from tcvc_cli.cli.main import main

SMALL = ("--model-size", "64", "--device", "cpu", "-q")
SHOTS = "start_frame,stop_frame\n0,10\n10,22\n22,30\n30,40\n"
STROKE = '[[shot]]\nnumber = 1\n[[shot.strokes]]\nframe = 3\nfile = "{}"\n'


@pytest.fixture
def folder(four_shots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current one, with a list of the shots."""
    monkeypatch.chdir(shutil.copytree(four_shots, tmp_path / "films"))
    Path("shots.csv").write_text(SHOTS)
    return Path()


@pytest.fixture
def strokes(folder: Path) -> None:
    """Pictures that are no strokes."""
    clear = np.zeros((120, 160, 4), np.uint8)
    opaque = np.full_like(clear, 255)
    opaque[..., 0] = 90
    other = clear[:, :60].copy()
    other[:50] = (40, 60, 200, 255)
    grey = clear.copy()
    grey[:50] = (90, 90, 90, 255)
    for name, picture in {"clear": clear, "opaque": opaque, "other": other, "grey": grey}.items():
        cv2.imwrite(f"{name}.png", picture)
    Path("folder.png").mkdir()
    Path("text.png").write_text("no picture")
    Path("empty.png").touch()


def colorize(*arguments: str) -> int:
    return main(["colorize", "film.mkv", "--shots", "shots.csv", *SMALL, *arguments])


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 3) -> str:
    """The one line; and nothing is written."""
    before = sorted(Path().iterdir())
    assert colorize(*arguments) == code
    assert sorted(Path().iterdir()) == before
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line


@pytest.mark.usefixtures("strokes")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.png", "film.tcvc.toml, line 3: none.png is not there, or no file."),
        ("folder.png", "film.tcvc.toml, line 3: folder.png is not there, or no file."),
        ("clear.png", "clear.png is transparent everywhere."),
        ("opaque.png", "opaque.png paints all of the frame; strokes are painted on transparent ground."),
        ("other.png", "other.png has another shape than the film: 60x120 px, the film 160x120 px."),
        ("grey.png", "grey.png has no colour in it."),
        ("text.png", "text.png is not a picture that can be read."),
        ("empty.png", "empty.png is empty."),
    ],
)
def test_strokes_that_are_none(capsys: pytest.CaptureFixture[str], name: str, words: str) -> None:
    Path("film.tcvc.toml").write_text(STROKE.format(name))
    assert refused(capsys).startswith(f"tcvc: error: {words}")


@pytest.mark.usefixtures("folder")
def test_references_that_are_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    Path("film.tcvc.toml").write_text('[film]\nreferences = [\n"refs/cup.png",\n"refs/none.png",\n"refs"]\n')
    assert "film.tcvc.toml, line 4: refs/none.png is not there" in refused(capsys)
    Path("refs/none.png").write_bytes(Path("refs/cup.png").read_bytes())
    assert "film.tcvc.toml, line 5: refs is not there, or no file" in refused(capsys)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[film]\nsaturation = nan\n", "line 2: saturation: a number from 0 to 4 was expected"),
        (b"[film]\n\nwarmth = 1e400\n", "line 3: warmth: a number from -1 to 1 was expected"),
        (b"[film]\nvivid = -inf\n", "line 2: vivid: a number from 0 to 1 was expected"),
        (b"[film]\npalette = 9" + b"9" * 5000 + b"\n", "line 2: "),
        (
            b"[[shot]]\nnumber = 1\npoints = [" + b"{}," * 1_000_000 + b"]\n",
            "line 3: a list of more than 10000 items",
        ),
        ("[film]\n# é\n".encode("latin-1"), "line 2: is not text in UTF-8"),
        ("[film]\nvivid = 0.5\n".encode("utf-16"), "line 1: is not text in UTF-8"),
        (b"[film]\nreferences = ['../../etc/passwd']\n", "line 2: references"),
        (b"[film]\nreferences = ['/etc/passwd']\n", "line 2: references"),
    ],
)
def test_files_that_are_broken(capsys: pytest.CaptureFixture[str], data: bytes, words: str) -> None:
    Path("film.tcvc.toml").write_bytes(data)
    line = refused(capsys)
    assert line.startswith(f"tcvc: error: film.tcvc.toml, {words}")
    assert len(line) < 300


@pytest.mark.usefixtures("folder")
def test_a_rehearsal_says_it_before_any_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("film.tcvc.toml").write_text("[film]\nsaturaton = 1\n")
    monkeypatch.delattr(tcvc_cli.run.computing, "load_colorizer")
    monkeypatch.delattr(tcvc_cli.run.film.colorize, "walking_ahead")
    monkeypatch.delattr(tcvc_cli.run.computed.first_pass, "find_shots")
    for arguments in ((), ("--dry-run",)):
        line = refused(capsys, *arguments)
        assert "film.tcvc.toml, line 2: there is no key saturaton; did you mean saturation?" in line


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_a_shot_that_is_not_there(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    Path("film.tcvc.toml").write_text("[[shot]]\nnumber = 12\n")
    assert "film.tcvc.toml, line 1: there is no shot 12; the film has 4" in refused(capsys, *arguments)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("point", "words"),
    [
        ("40,0.5,0.5,#102030", "no shot holds frame 40, for which a colour is given"),
        ("-1,0.5,0.5,#102030", "--point is "),
        ("1e9,0.5,0.5,#102030", "--point is "),
        ("1.5,0.5,#102030", "--point is "),
        ("nan,0.5,#102030", "--point is "),
        ("0,0.5,0.5,#10203", "--point is "),
        ("0,0.5,0.5,none,1e400", "--point is "),
    ],
)
def test_points_outside_of_the_film(capsys: pytest.CaptureFixture[str], point: str, words: str) -> None:
    assert words in refused(capsys, f"--point={point}", code=2)


@pytest.mark.usefixtures("folder")
def test_what_the_settings_name_is_never_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("film.tcvc.toml").write_text('[[shot]]\nnumber = 2\nreferences = ["refs/cup.png"]\n')
    Path("portrait.tcvc.toml").write_text('[film]\nreferences = ["refs/cup.png"]\n')
    before = Path("refs/cup.png").read_bytes()
    arguments = ["colorize", "portrait.jpg", "-o", "refs/cup.png", "-y", *SMALL]
    assert main(arguments) == 4
    assert "refs/cup.png is the input" in capsys.readouterr().err
    assert Path("refs/cup.png").read_bytes() == before


@pytest.mark.usefixtures("folder")
def test_in_a_batch_each_film_takes_what_lies_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "other", "third", "plain"):
        (Path("archive") / name).mkdir(parents=True)
        shutil.copy("film.mkv", Path("archive") / name / "film.mkv")
    Path("archive/one/film.tcvc.toml").write_text("[film]\nsaturation = 0.5\n")
    Path("archive/other/film.tcvc.toml").write_text("[film]\nsaturation = 2\n")
    Path("archive/third/film.tcvc.toml").write_text("[film]\nsaturation = nan\n")
    code = main(["batch", "archive", "-r", "-o", "colour", "--warmth", "0.25", *SMALL])
    assert code == 8
    assert "film.tcvc.toml, line 2: saturation" in capsys.readouterr().err
    found = {}
    for sidecar in Path("colour").glob("*/film.color.mkv.json"):
        grades = [one["look"]["grade"] for one in json.loads(sidecar.read_text())["shots"]]
        found[sidecar.parent.name] = {(one["saturation"], one["warmth"]) for one in grades}
    assert found == {"one": {(0.5, 0.25)}, "other": {(2, 0.25)}, "plain": {(1, 0.25)}}
