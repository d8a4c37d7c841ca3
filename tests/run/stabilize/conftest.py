"""A black-and-white film with sound, and the colours that a flickering tool gave it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.material.flickering_colors import Material, flickering_material


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return flickering_material(tmp_path_factory.mktemp("stabilize"))


@pytest.fixture
def colors(material: Material, tmp_path: Path) -> Path:
    """A copy of the coloured film in a folder of its own."""
    path = tmp_path / "coloured.mkv"
    path.write_bytes(material.colors.read_bytes())
    return path
