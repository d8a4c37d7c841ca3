"""Looks at an anchor once: for what its places look like, and then for its colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from tcvc_cli.model.film_network import FilmNetwork
from tcvc_cli.model.memory.describer import Seen
from tcvc_cli.model.memory.place_finder import PlaceFinder
from tcvc_cli.model.precision import Precision


class Looked(Protocol):
    """What a network has made of an anchor; only it knows what."""

    @property
    def seen(self) -> Seen: ...


class LookingNetwork(FilmNetwork, Protocol):
    """One whose `abilities.sees_places`."""

    def look_at(self, lightness: Tensor) -> Looked:
        """(1, 1, H, W) L*."""
        ...

    def states_of(self, look: Looked, hints: Tensor | None, *, is_pulled: bool = False) -> Tensor:
        """As `anchor_states`. `is_pulled`: where hints are not confident, those that are speak for what is
        like them."""
        ...


@dataclass(frozen=True, slots=True)
class Observed:
    """An anchor: `lightness` (1, 1, H, W) L*, `places` (SIZE, h, w), and what the network made of it."""

    lightness: Tensor
    places: Tensor
    looked: Looked


class Observer:
    """Describes anchors by what `eyes` see; `network` colours them, which may be the same. `fusion` weighs
    what was found for them."""

    def __init__(
        self, network: FilmNetwork, eyes: LookingNetwork, finder: PlaceFinder, precision: Precision
    ) -> None:
        self._network, self._eyes, self._precision = network, eyes, precision
        self._describer, self.fusion = finder.describer, finder.fusion

    def observe(self, lightness: Tensor) -> Observed:
        """`lightness` (1, 1, H, W) L*."""
        lightness = lightness.to(self._precision.device)
        with self._precision.autocast():
            looked = self._eyes.look_at(lightness)
        return Observed(lightness, self._describer(looked.seen), looked)

    def states(self, anchor: Observed, hints: Tensor | None) -> Tensor:
        """(1, C, h, w), hints (1, 3, h, w) or none."""
        if self._eyes is self._network:
            return self._eyes.states_of(anchor.looked, hints, is_pulled=True)
        return self._network.anchor_states(anchor.lightness, hints)
