"""`tcvc-places`: what was learned for finding the colours of one frame in another."""

from __future__ import annotations

from torch import nn

from tcvc_cli.model.memory.colors import Fusion
from tcvc_cli.model.memory.describer import Describer


class PlaceFinder(nn.Module):
    """The parts stand by themselves; they share a file of weights."""

    def __init__(self) -> None:
        super().__init__()
        self.describer = Describer()
        self.fusion = Fusion()
