"""Films that several tests of runs share, and the network that they run with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from examples.six_shots import make_film
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.model.runtime import Loaded, load_colorizer


def load_smaller(name: str, device: torch.device) -> Loaded:
    """`tcvc-mini` in place of the default network, whose anchors take seven times as long."""
    return load_colorizer("tcvc-mini" if name == DEFAULT else name, device)


@pytest.fixture(autouse=True)
def smaller_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run does is the same with any network; tests/cli and tests/model have the default one."""
    monkeypatch.setattr("tcvc_cli.run.computing.load_colorizer", load_smaller)


@pytest.fixture(scope="session")
def six_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of six shots, one of them of several segments; to be copied, never changed."""
    path = tmp_path_factory.mktemp("six_shots") / "film.mkv"
    make_film(path)
    return path
