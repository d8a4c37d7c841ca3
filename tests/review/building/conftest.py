"""A network that answers at once, in the place of the one that coloured the film."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tcvc_cli.model.runtime import Loaded
from tests.material.tiny_palettes import TinyPalettes


class TinyVivid(TinyPalettes):
    """As vivid as it is told, in other colours than its palettes have."""

    def __init__(self) -> None:
        super().__init__(3)
        self.abilities = replace(self.abilities, is_vivid_at_will=True)

    def choose_vividness(self, vivid: float | None) -> None:
        self._times *= 1 + (0.2 if vivid is None else vivid) / 10


def _load(name: str, device: torch.device) -> Loaded:
    network = TinyVivid()
    return Loaded(network, network, name)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.run.computing.load_colorizer", _load)
