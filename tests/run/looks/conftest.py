"""A film of four shots, and a network that needs no weights."""

from __future__ import annotations

from pathlib import Path

import pytest

import tcvc_cli.run.computing
from tcvc_cli.model.runtime import Loaded
from tests.material.control_page import make_material
from tests.material.tiny_network import TinyNetwork


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine with a network that needs no weights."""
    network = TinyNetwork()
    loaded = Loaded(network, network, "0" * 64)
    monkeypatch.setattr(tcvc_cli.run.computing, "load_colorizer", lambda name, device: loaded)


@pytest.fixture(scope="session")
def four_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with film.mkv, refs/cup.png of its second shot, a stroke and portrait.jpg; to be copied."""
    folder = tmp_path_factory.mktemp("four_shots")
    make_material(folder)
    return folder
