"""Films that several tests of runs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.six_shots import make_film


@pytest.fixture(scope="session")
def six_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of six shots, one of them of several segments; to be copied, never changed."""
    path = tmp_path_factory.mktemp("six_shots") / "film.mkv"
    make_film(path)
    return path
