"""A colorizer of another package, through the complete command: the one that docs/colorizers.md shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tcvc_cli.files import sha256_of
from tests.material.packages import install, install_documented

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    install_documented(folder)
    install(
        folder,
        "odd-colors",
        {"odd.py": "import no_such_library"},
        {"odd": "odd:load", "tcvc-mini": "odd:load"},
    )
    return folder


def tcvc(shelf: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(shelf), "COLUMNS": "200", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "tcvc_cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def colored(shelf: Path, film: Path, output: Path, *more: str) -> dict[str, Any]:
    """The sidecar of the beginning of the film."""
    done = tcvc(shelf, "colorize", film, "-o", output, "--model", "sepia", "--end", "1", "--proof", *more)
    assert done.returncode == 0, done.stderr
    sidecar: dict[str, Any] = json.loads(output.with_name(output.name + ".json").read_text())
    return sidecar


def chroma(path: Path) -> Sequence[np.ndarray]:
    with av.open(str(path)) as film:
        frames = [frame.reformat(format="yuv444p").to_ndarray() for frame in film.decode(video=0)]
    return [frame.reshape(3, -1)[1:].astype(float) for frame in frames]


@pytest.fixture(scope="module")
def first(
    shelf: Path, example_film: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    output = tmp_path_factory.mktemp("sepia") / "film.mkv"
    return output, colored(shelf, example_film, output)


def test_it_colours_the_example_film(shelf: Path, first: tuple[Path, dict[str, Any]]) -> None:
    output, sidecar = first
    cb, cr = np.mean([frame.mean(1) for frame in chroma(output)], 0)
    assert cb < 124  # less blue and more red than grey is: sepia
    assert cr > 130
    weights = sha256_of(shelf / "sepia_colors" / "tint.json")
    assert sidecar["model"] == {"name": "sepia", "weights_sha256": f"sepia-colors 1.0: {weights}"}
    assert sidecar["proof"]["holds"]


def test_other_weights_are_another_fingerprint(
    shelf: Path, example_film: Path, first: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """The same package with another tint: what it states of its weights makes the difference."""
    other = tmp_path / "shelf"
    install_documented(other).write_text("[-6.0, -18.0]")
    output, sidecar = first
    blue = colored(other, example_film, tmp_path / "film.mkv")
    assert blue["fingerprint"] != sidecar["fingerprint"]
    assert blue["model"] != sidecar["model"]
    assert np.mean([frame[0].mean() for frame in chroma(tmp_path / "film.mkv")]) > 132
    again = colored(shelf, example_film, tmp_path / "again.mkv")
    assert again["fingerprint"] == sidecar["fingerprint"]
    np.testing.assert_array_equal(chroma(tmp_path / "again.mkv"), chroma(output))


def test_what_it_cannot_do_is_refused_before_the_work(
    shelf: Path, example_film: Path, tmp_path: Path
) -> None:
    for option, words in (
        (("--palette", "2"), "no other palettes"),
        (("--vivid", "0.5"), "as vivid as it is"),
        (("--compat",), "no published path"),
    ):
        done = tcvc(shelf, "colorize", example_film, "-o", tmp_path / "x.mkv", "--model", "sepia", *option)
        assert done.returncode == 2
        assert words in done.stderr


def test_a_broken_one_is_one_line_and_an_exit_code(shelf: Path, example_film: Path, tmp_path: Path) -> None:
    done = tcvc(shelf, "colorize", example_film, "-o", tmp_path / "x.mkv", "--model", "odd")
    assert done.returncode == 5
    assert "odd of the package odd-colors 1.0 does not work: ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_names_are_listed_wherever_models_are(shelf: Path, example_film: Path, tmp_path: Path) -> None:
    unknown = tcvc(shelf, "colorize", example_film, "-o", tmp_path / "x.mkv", "--model", "no-such")
    assert unknown.returncode == 5
    assert "tcvc-dino, tcvc-mini, tcvc-idc, odd, sepia" in unknown.stderr
    assert "tcvc-dino, tcvc-mini, tcvc-idc, odd, sepia" in tcvc(shelf, "colorize", "--help").stdout
    rows = [json.loads(line) for line in tcvc(shelf, "weights", "list", "--json").stdout.splitlines()]
    assert {"schema": 1, "name": "sepia", "package": "sepia-colors 1.0", "wrong": None} in rows
    table = tcvc(shelf, "weights", "list").stdout
    assert "sepia-colors 1.0" in table
    assert "Not used: that is a network of tcvc's own." in table
    rows = [json.loads(line) for line in tcvc(shelf, "doctor", "--json").stdout.splitlines()]
    named = [row for row in rows if "event" not in row]
    found = {row["name"]: row for row in named if row["value"].startswith("of the package")}
    assert found["weights sepia"]["wrong"] is None
    assert found["weights tcvc-mini"]["wrong"]
