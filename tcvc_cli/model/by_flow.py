"""A film network of a colorizer that gives colours alone: they are its states, carried by flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.errors import TcvcError
from tcvc_cli.model.colorizer import Colorizer
from tcvc_cli.model.film_network import Neighbourhood
from tcvc_cli.model.flow import OF_STATES, DisFlow, FlowEstimator
from tcvc_cli.model.guard import guarding
from tcvc_cli.model.networks.padding import padded
from tcvc_cli.model.propagate import carried_with_trust, prior_logit


class ByFlow:
    """A `FilmNetwork`. A state is ab in CIE units and trust, 1 at an anchor, less with every occlusion.

    Between two anchors their colours are mixed by position and trust. Where a colorizer takes no hints,
    they are mixed into its colours here as far as they are confident, so that its anchors agree as those of
    others do. `broken` makes an error of what is wrong with a colorizer.
    """

    def __init__(self, colorizer: Colorizer, broken: Callable[[str], TcvcError]) -> None:
        self._colorizer, self._broken = colorizer, broken
        self.abilities = replace(colorizer.abilities, gives="features", takes_hints=True)

    def flow_estimator(self) -> FlowEstimator:
        return DisFlow(OF_STATES)

    def colorize(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """ab alone, of any H and W that are multiples of the stride. Raises what `broken` makes."""
        able = self._colorizer.abilities
        h, w = (side // able.stride for side in lightness.shape[-2:])
        large = padded(lightness, able.size_multiple)
        given = None if hints is None else padded(hints, able.size_multiple // able.stride)
        ab = self._checked(large, given if able.takes_hints else None)[..., :h, :w]
        if hints is None or able.takes_hints:
            return ab
        return torch.lerp(ab, hints[:, :2].float(), hints[:, 2:].float())

    def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        ab = self.colorize(lightness, hints)
        return torch.cat([ab, torch.ones_like(ab[:, :1])], 1)

    def contexts(self, lightness: Tensor) -> Tensor:
        return F.avg_pool2d(lightness, self.abilities.stride)

    def carry(self, warped: Tensor, visible: Tensor) -> Tensor:
        return carried_with_trust(warped, visible)

    def fuse(self, hood: Neighbourhood) -> Tensor:
        weight = torch.sigmoid(prior_logit(hood))
        return weight * hood.forward_warped + (1 - weight) * hood.backward

    def ab(self, states: Tensor) -> Tensor:
        return states[:, :2]

    def _checked(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        """What the colorizer says, float32, of the right size and finite."""
        stride = self.abilities.stride
        n, _, height, width = lightness.shape
        with guarding(self._broken):
            ab = self._colorizer.colorize(lightness, hints)
            found, wanted = tuple(ab.shape), (n, 2, height // stride, width // stride)
            is_finite = bool(torch.isfinite(ab).all())
        if found != wanted:
            raise self._broken(f"its colours are {found}, not {wanted}")
        if not is_finite:
            raise self._broken("some of its colours are no numbers")
        return ab.float()
