"""What docs/preview.md tells people to type works as it stands there; and what the command prints."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

from examples.six_shots import make_film
from tcvc_cli.cli.main import main
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.review.preview.choose import MOST_COMPARED
from tcvc_cli.review.preview.make import MOST_SETTLED
from tcvc_cli.review.preview.request import MOST_SHOTS
from tests.material.present import present

SMALL = ("--model", "tcvc-mini", "--device", "cpu", "--model-size", "64")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "film.mkv"
    make_film(path)
    return path


@pytest.fixture
def film(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four shots are found, of 12, 71, 2 and 3 frames."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(made, "film.mkv"))


def frames_in(name: str) -> int:
    return sum(1 for _ in read_frames(probe(Path(name))))


@pytest.mark.slow
def test_every_line_works(root: Path, film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (root / "docs" / "preview.md").read_text("utf-8")
    (block,) = re.findall(r"^```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    lines = block.splitlines()
    assert len(lines) == 3
    for line in lines:
        name, *arguments = shlex.split(line)
        assert name == "tcvc"
        assert main([*arguments, *SMALL]) == 0, capsys.readouterr().err
    assert probe(Path("film.preview.mkv")).size_px == probe(Path("some.mp4")).size_px == (64, 48)
    assert frames_in("some.mp4") < frames_in("film.preview.mkv") < frames_in("film.color.mkv")


def test_the_page_says_the_numbers(root: Path) -> None:
    page = (root / "docs" / "preview.md").read_text("utf-8")
    assert f"at most; {MOST_SHOTS} unless given" in page
    assert f"Of more than {MOST_COMPARED} shots the {MOST_COMPARED} longest" in page
    assert f"Up to {MOST_SETTLED} shots" in page


@pytest.mark.slow
def test_the_terminal_says_what_is_shown(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "film.mkv", "--json", *SMALL]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["event"], last["output"], last["frames"]) == (
        "PreviewMade",
        "film.preview.mkv",
        frames_in("film.preview.mkv"),
    )
    assert main(["preview", "film.mkv", "-n", *SMALL]) == 0
    assert "film.preview.mkv is there already: skipped" in capsys.readouterr().err
    assert main(["preview", "film.mkv", "-y", *SMALL]) == 0
    *_, before, done = capsys.readouterr().err.splitlines()
    part = last["parts"][-1]
    assert before.endswith(f"shot {part['shot']}, from 0:00:0{seconds_in(part['starts_s']):.3f}")
    assert done.startswith(
        f"film.preview.mkv: {len(last['parts'])} of {last['shots']} shots, {last['frames']} "
    )


def seconds_in(text: str) -> float:
    above, below = map(int, text.split("/"))
    return above / below


def test_what_stands_for_colorize_counts(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """But the name of the result, which the preview must not take."""
    Path("tcvc.toml").write_text('output = "mine.mkv"\n[colorize]\nsaturation = 0\n[batch]\nwarmth = 2\n')
    assert main(["preview", "film.mkv", "--most", "1", "-q", *SMALL]) == 0, capsys.readouterr().err
    assert not Path("mine.mkv").exists()
    for frame in read_frames(probe(Path("film.preview.mkv"))):
        assert np.abs(present(frame.cb).astype(int) - 128).max() <= 1
    Path("tcvc.toml").write_text("palette = 9\n")
    assert main(["preview", "film.mkv", "-y", *SMALL]) == 2
    assert "--palette is 9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("film.mkv", "--most", "0"), 2, "--most is 0; it takes 1 to 1000"),
        (("film.mkv", "--seconds", "soon"), 2, "'soon' is no time"),
        (("film.mkv", "--seconds", "61"), 2, "--seconds is 61; it takes 0.04 to 60 s"),
        (("film.mkv", "-o", "film.mkv", "-y"), 4, "film.mkv is the input"),
        (("film.mkv", "-o", "preview.gif"), 4, "results are written as .mkv"),
        (("-",), 2, "the film is read more than once, which a pipe is not"),
        (("missing.mkv",), 3, "missing.mkv"),
        (("film.mkv", "--palette", "9"), 2, "--palette is 9"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    film: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    before = film.read_bytes()

    assert main(["preview", *arguments, "-q", *SMALL]) == code
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert [path.name for path in Path().iterdir()] == ["film.mkv"]
    assert film.read_bytes() == before
