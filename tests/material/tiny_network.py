"""A film network without weights: its colour is a fixed function of lightness. For tests of the engine."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.colorizer import Abilities
from tcvc_cli.model.film_network import Neighbourhood
from tcvc_cli.model.flow import FlowEstimator


class NoFlow:
    """Nothing moves."""

    def between(self, a: Tensor, b: Tensor) -> Tensor:
        n, _, h, w = a.shape
        return a.new_zeros(n, 2, h, w)


class TinyNetwork:
    """State: ab, then trust. A hint is followed as far as it is confident."""

    def __init__(self, *, takes_hints: bool = True, flow: FlowEstimator | None = None) -> None:
        self.abilities = Abilities("features", 64, stride=4, size_multiple=4, takes_hints=takes_hints)
        self._flow = flow or NoFlow()
        self.anchors_seen = 0

    def colorize(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        return self.ab(self.anchor_states(lightness, hints))

    def flow_estimator(self) -> FlowEstimator:
        return self._flow

    def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        self.anchors_seen += len(lightness)
        small = F.avg_pool2d(lightness, self.abilities.stride)
        ab = torch.cat([small - 50, 20 - small / 2], 1)
        if hints is not None:
            ab = hints[:, 2:] * hints[:, :2] + (1 - hints[:, 2:]) * ab
        return torch.cat([ab, torch.ones_like(small)], 1)

    def contexts(self, lightness: Tensor) -> Tensor:
        return F.avg_pool2d(lightness, self.abilities.stride)

    def carry(self, warped: Tensor, visible: Tensor) -> Tensor:
        return torch.cat([warped[:, :-1], warped[:, -1:] * visible], 1)

    def fuse(self, hood: Neighbourhood) -> Tensor:
        t = hood.position.view(-1, 1, 1, 1)
        return (1 - t) * hood.forward_warped + t * hood.backward

    def ab(self, states: Tensor) -> Tensor:
        return states[:, :2]


class DoubtingTiny(TinyNetwork):
    """As far off as the places are dark."""

    def __init__(self) -> None:
        super().__init__()
        self.abilities = replace(self.abilities, tells_doubt=True)

    def doubt(self, states: Tensor) -> Tensor:
        return 50 - states[:, :1]
