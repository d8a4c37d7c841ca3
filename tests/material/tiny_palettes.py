"""The tiny network with other palettes: each as many times stronger as its number says."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from tcvc_cli.model.runtime import Loaded
from tests.material.tiny_network import TinyNetwork


class TinyPalettes(TinyNetwork):
    """It takes no hints, so that an anchor has the colours that it has alone."""

    def __init__(self, palettes: int) -> None:
        super().__init__(takes_hints=False)
        self.abilities = replace(self.abilities, palettes=palettes)
        self._times = 1.0

    def choose_palette(self, number: int) -> None:
        self._times = 1 + number / 2

    def ab(self, states: Tensor) -> Tensor:
        return super().ab(states) * self._times


def load_tiny(name: str, device: torch.device) -> Loaded:
    """In the place of `load_colorizer`: three palettes, or none for another name than `tcvc-mini`."""
    network = TinyPalettes(3 if name == "tcvc-mini" else 0)
    return Loaded(network, network, name)
