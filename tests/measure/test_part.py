"""Parts of films, as `--start` and `--end` make them, are compared with the part that they are."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.measure.proof.compare import Proof, Terms, compare
from tcvc_cli.media.inspect.packets import packet_prints
from tcvc_cli.media.read.probe import probe
from tests.material.media_sources import Source, make
from tests.material.painted_films import colored

SOURCE = Source(
    frames=36, time_base=Fraction(1, 24), audio=("aac", "flac"), has_subtitle=True, has_chapters=True
)
PARTS = [
    (Fraction(1, 2), None),
    (None, Fraction(3, 4)),
    (Fraction(1, 2), Fraction(9, 10)),
    (Fraction(601, 1000), Fraction(1, 1)),
]


@pytest.fixture(scope="module", params=["mkv", "mp4"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("part") / f"film.{request.param}", SOURCE)


def cut(film: Path, folder: Path, start_s: Fraction | None, end_s: Fraction | None) -> Path:
    result = folder / f"result from {float(start_s or 0)} s{film.suffix}"
    colored(probe(film), result, preset="access", start_s=start_s, end_s=end_s)
    return result


def failing(proof: Proof) -> dict[str, str]:
    ours = (check for check in proof.checks if check.subject != "tags")  # the test's own tag is not tcvc's
    return {check.subject: check.words for check in ours if check.verdict == "fails"}


@pytest.mark.parametrize(("start_s", "end_s"), PARTS)
def test_a_part_is_compared_with_its_part(
    film: Path, tmp_path: Path, start_s: Fraction | None, end_s: Fraction | None
) -> None:
    result = cut(film, tmp_path, start_s, end_s)
    proof = compare(film, result, Terms(start_s=start_s, end_s=end_s))
    assert failing(proof) == {}
    assert 0 < proof.luma.original_frames < 36
    sounds = len(list(packet_prints(result, [1])))
    assert f"{sounds} packets, bit for bit" in next(
        c.words for c in proof.checks if c.subject.startswith("#1")
    )
    assert {"luma", "chapters"} <= set(failing(compare(film, result)))


def test_another_part_is_found(film: Path, tmp_path: Path) -> None:
    result = cut(film, tmp_path, Fraction(1, 2), Fraction(9, 10))
    later = compare(film, result, Terms(start_s=Fraction(7, 12), end_s=Fraction(9, 10)))
    assert {"luma", '#1 audio aac (eng) "Sound 0"'} <= set(failing(later))


def test_a_part_is_proved_and_verified(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = film.with_name(f"film.color{film.suffix}")
    times = ["--start", "0.5", "--end", "0.9"]
    command = [
        "colorize",
        str(film),
        "-o",
        str(output),
        "--proof",
        "-y",
        "--model-size",
        "64",
        "--device",
        "cpu",
    ]
    assert main([*command, *times]) == 0
    assert json.loads(output.with_name(output.name + ".json").read_text())["proof"]["holds"] is True
    assert main(["verify", str(film), str(output), *times]) == 0
    capsys.readouterr()
    assert main(["verify", str(film), str(output)]) == 7
    told = capsys.readouterr().out
    words = (
        "only a part, frames 12 to 21 of about 3[67], as the sidecar says; to have a part held, ask for it: "
    )
    found = re.findall(r"^FAILS +(\S.*?)  +(.*)", told, re.MULTILINE)
    ((row, why),) = found
    assert row == "part of the film"
    assert re.fullmatch(f"{words}--start 0.5 --end 0.9", why)
    output.with_name(output.name + ".json").unlink()
    assert main(["verify", str(film), str(output)]) == 7


def test_a_film_that_starts_late_keeps_its_times(tmp_path: Path) -> None:
    late = replace(SOURCE, frames=12, pts=range(10, 22), audio=(), has_chapters=False)
    film = make(tmp_path / "film.mkv", late)
    result = cut(film, tmp_path, None, None)
    assert failing(compare(film, result)) == {}
    moved = cut(film, tmp_path, Fraction(1, 5), None)
    assert "frame times" in failing(compare(film, moved))
