"""Names of as many bytes as file systems take, or more: refused before the work, or all of them fit."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tests.material.media_sources import Source, make

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="255 bytes are the most there")
QUICK = ("--model", "tcvc-mini", "--model-size", "64", "--device", "cpu", "--colour-parts", "recolour", "-q")
MOST = 255


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("names") / "film.mkv", Source(frames=2))


def name_of(size_bytes: int, suffix: str, letter: str = "映") -> str:
    each, rest = len(letter.encode()), size_bytes - len(suffix)
    return "x" * (rest % each) + letter * (rest // each) + suffix


@pytest.mark.parametrize(
    ("options", "longest_suffix", "letter"),
    [
        ((), ".json", "x"),
        ((), ".json", "映"),
        (("--proof",), ".proof.json", "é"),
        (("--proof", "--premis"), ".premis.xml", "映"),
    ],
)
def test_what_stands_beside_a_result_fits_too(
    options: tuple[str, ...],
    longest_suffix: str,
    letter: str,
    film: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fits = MOST - len(longest_suffix)
    for size in (*range(fits + 1, 258), fits):
        assert not list(tmp_path.iterdir())
        code = main(
            ["colorize", str(film), "-o", str(tmp_path / name_of(size, ".mkv", letter)), *options, *QUICK]
        )
        assert code == (0 if size == fits else 4)
        assert ("too long" in capsys.readouterr().err) is (size != fits)
    assert max(len(os.fsencode(path.name)) for path in tmp_path.iterdir()) == MOST


@pytest.mark.parametrize(
    ("command", "suffix"),
    [
        (("sheet", "-o"), ".png"),
        (("shots", "-o"), ".csv"),
        (("refs", "export", "--frames", "0", "--grey", "-o"), ""),
        (("settings", "--saturation", "0.5", "--settings"), ".toml"),
        (("preview", *QUICK, "-o"), ".mkv"),
        (("review", "--no-palettes", "-o"), ".review"),
    ],
)
def test_other_commands(command: tuple[str, ...], suffix: str, film: Path, tmp_path: Path) -> None:
    for size in (MOST + 1, 5000, MOST):
        assert not list(tmp_path.iterdir())
        out = str(tmp_path / name_of(size, suffix))
        assert main([command[0], *command[1:-1], str(film), command[-1], out]) == (4 if size > MOST else 0)
    assert [len(os.fsencode(path.name)) for path in tmp_path.iterdir()] == [MOST]


def test_a_batch_goes_on_with_the_other_films(film: Path, tmp_path: Path) -> None:
    """`a` would be called `a.color.mkv`, 6 bytes more."""
    (tmp_path / "in").mkdir()
    for size in (244, 245, 255):
        shutil.copyfile(film, tmp_path / "in" / name_of(size, ".mkv"))
    report = tmp_path / "report.json"
    code = main(["batch", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--report", str(report), *QUICK])
    rows = json.loads(report.read_bytes())["files"]
    states = {len(os.fsencode(Path(row["input"]).name)): (row["state"], row["exit_code"]) for row in rows}
    assert code == 8
    assert states == {244: ("done", 0), 245: ("failed", 4), 255: ("failed", 4)}
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.parametrize("command", ["colorize", "verify", "shots", "review", "sheet", "clean", "grade"])
def test_a_film_with_such_a_name_is_nowhere(command: str, tmp_path: Path) -> None:
    name = str(tmp_path / name_of(300, ".mkv"))
    assert main([command, name, *((name,) if command == "verify" else ())]) in (3, 4)
