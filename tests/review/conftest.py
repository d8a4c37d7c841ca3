"""Films that are looked at, and the network that coloured them."""

from __future__ import annotations

import shutil
from collections import deque
from fractions import Fraction
from pathlib import Path

import pytest

from examples.six_shots import make_film
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.model.runtime import Loaded, load_colorizer
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options


@pytest.fixture(scope="session")
def colored_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film and its result; to be copied, never changed."""
    folder = tmp_path_factory.mktemp("colored")
    make_film(folder / "film.mkv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tcvc_cli.run.computing.load_colorizer", _load_smaller)
        deque(colorize(Options(folder / "film.mkv")), maxlen=0)
    return folder


@pytest.fixture
def colored(colored_once: Path, tmp_path: Path) -> Path:
    """`film.mkv`, of which four shots are found, in a folder of its own, with `film.color.mkv` and its
    sidecar."""
    for file in colored_once.iterdir():
        shutil.copy2(file, tmp_path / file.name)
    return tmp_path / "film.mkv"


def _load_smaller(name: str, device: object) -> Loaded:
    return load_colorizer("tcvc-mini" if name == DEFAULT else name, device)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def part_once(colored_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same film in a folder with a result of its frames 12 to 39, 28 of them; never changed."""
    folder = tmp_path_factory.mktemp("part")
    film = Path(shutil.copy2(colored_once / "film.mkv", folder))
    part = Options(
        film, model="tcvc-mini", model_size_px=64, start_s=Fraction(12, 25), end_s=Fraction(40, 25)
    )
    deque(colorize(part), maxlen=0)
    return folder


@pytest.fixture
def part(part_once: Path, tmp_path: Path) -> Path:
    """`film.mkv` with a result of a part of it, in a folder of its own."""
    for file in part_once.iterdir():
        shutil.copy2(file, tmp_path / file.name)
    return tmp_path / "film.mkv"
