"""A film of six shots that several processes colour, and what one alone makes of it."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

import pytest

from examples.six_shots import SHOTS, Result, read_result
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options

CHOSEN: dict[str, Any] = {
    "model": "tcvc-mini",
    "model_size_px": 64,
    "interval_frames": 2,
    "overlap_frames": 2,
    "device": "cpu",
}


@pytest.fixture(scope="session")
def shared_material(six_shots: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the film, and its shot list; to be copied, never changed."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copy(six_shots, folder / "film.mkv")
    rows = [f"{start},{stop}\n" for start, stop in itertools.pairwise(SHOTS)]
    (folder / "shots.csv").write_text("start_frame,stop_frame\n" + "".join(rows))
    return folder


@pytest.fixture
def options(shared_material: Path, tmp_path: Path) -> Options:
    """Of a copy in a folder of its own."""
    for name in ("film.mkv", "shots.csv"):
        shutil.copy(shared_material / name, tmp_path / name)
    return Options(tmp_path / "film.mkv", tmp_path / "color.mkv", shots_file=tmp_path / "shots.csv", **CHOSEN)


@pytest.fixture(scope="session")
def alone(shared_material: Path) -> Result:
    """What one process makes of the film."""
    output = shared_material / "alone.mkv"
    shots = shared_material / "shots.csv"
    list(colorize(Options(shared_material / "film.mkv", output, shots_file=shots, **CHOSEN)))
    return read_result(output)
