"""Looks at an anchor once: for what its places look like, and then for its colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.film_network import FilmNetwork
from tcvc_cli.model.memory.describer import Describer, Seen
from tcvc_cli.model.memory.point_kernel import Cells
from tcvc_cli.model.precision import Precision


class Looked(Protocol):
    """What a network has made of an anchor; only it knows what."""

    @property
    def seen(self) -> Seen: ...

    @property
    def likeness(self) -> Tensor:
        """(1, C, h, w), by which places are told to be the same kind of thing."""
        ...


class LookingNetwork(FilmNetwork, Protocol):
    """One whose `abilities.sees_places`."""

    def look_at(self, lightness: Tensor) -> Looked:
        """(1, 1, H, W) L*."""
        ...

    def outlines_at(self, lightness: Tensor) -> Tensor:
        """(1, 1, H, W) L* -> what `Seen` calls outlines, at H/4 and W/4."""
        ...

    def other_colors(self, look: Looked) -> Tensor:
        """(K, 2, h, w) ab in CIE units of other palettes, K of `PALETTES` or 0."""
        ...

    def states_of(self, look: Looked, hints: Tensor | None, *, is_pulled: bool = False) -> Tensor:
        """As `anchor_states`. `is_pulled`: where hints are not confident, those that are speak for what is
        like them."""
        ...


@dataclass(frozen=True, slots=True)
class Observed:
    """An anchor: `lightness` (1, 1, H, W) L*, `places` (SIZE, h, w) at STRIDE_PX, what the network made of
    it; `close_places` (SIZE, H/2, W/2) at CLOSE_STRIDE_PX, None where nobody asked."""

    lightness: Tensor
    places: Tensor
    looked: Looked
    close_places: Tensor | None = None


class Observer:
    """Describes anchors by what `eyes` see; `network` colours them, which may be the same. `fusion` weighs
    what was found for them."""

    def __init__(
        self, network: FilmNetwork, eyes: LookingNetwork, describer: Describer, precision: Precision
    ) -> None:
        self._network, self._eyes = network, eyes
        self._describer, self._precision = describer, precision

    def observe(self, lightness: Tensor, *, is_close: bool = False, looked: Looked | None = None) -> Observed:
        """`lightness` (1, 1, H, W) L*; `looked` is what the eyes have made of it, where they have looked."""
        lightness = lightness.to(self._precision.device)
        if looked is None:
            with self._precision.autocast():
                looked = self._eyes.look_at(lightness)
        close = self._closely(lightness, looked.seen) if is_close else None
        return Observed(lightness, self._describer(looked.seen), looked, close)

    def _closely(self, lightness: Tensor, seen: Seen) -> Tensor:
        """Enlarged, the outlines are seen on a grid that is finer: that adds no detail, but says more
        exactly where places lie, which is worth 2 dB of the colours found there."""
        large = F.interpolate(lightness, scale_factor=2.0, mode="bicubic", align_corners=False).clamp(0, 100)
        with self._precision.autocast():
            outlines = self._eyes.outlines_at(large)
        described: Tensor = self._describer(Seen(outlines, seen.things))
        return described

    def cells(self, anchor: Observed) -> Cells:
        """What is seen of it, and which colours the network gives it by itself."""
        with self._precision.autocast():
            ab = self._network.ab(self.states(anchor, None)).float()
        looked = anchor.looked
        h, w = looked.likeness.shape[-2:]
        return Cells(
            likeness=looked.likeness[0].float(),
            places=F.interpolate(anchor.places[None], (h, w), mode="bilinear", align_corners=False)[0],
            ab=F.adaptive_avg_pool2d(ab, (h, w))[0],
            palettes=self._eyes.other_colors(looked),
            lightness=F.adaptive_avg_pool2d(anchor.lightness, (h, w))[0],
            seen=looked.seen,
        )

    def states(self, anchor: Observed, hints: Tensor | None, *, is_pulled: bool = True) -> Tensor:
        """(1, C, h, w), hints (1, 3, h, w) or none; `is_pulled` as `states_of` has it."""
        if self._eyes is self._network:
            return self._eyes.states_of(anchor.looked, hints, is_pulled=is_pulled)
        return self._network.anchor_states(anchor.lightness, hints)
