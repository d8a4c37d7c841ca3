"""What the networks of tcvc share: anchors looked at once, states that are carried, colours read off them.

    lightness ──► look ──► values (V planes, stride 4) ──► read ──► ab
                    └────► likeness (any planes) ──┐
    hints (colours given from outside) ────────────┴──► offset of ab
    state of two anchors, warped to a frame ──► Propagation ──► state of that frame

Propagation is the scheme of TCVC (Liu 2021): a backward pass that only warps, a forward pass that weighs.
TCVC's forward pass also refines what it has mixed; here that was left out, since it made colours swell and
fade between anchors (docs/training.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.colorizer import Abilities
from tcvc_cli.model.film_network import Neighbourhood
from tcvc_cli.model.flow import OF_STATES, DisFlow, FlowEstimator
from tcvc_cli.model.memory.describer import Seen
from tcvc_cli.model.networks.hints import offset_of, pulled_offset_of
from tcvc_cli.model.networks.padding import padded
from tcvc_cli.model.propagate import carried_with_trust, prior_logit

AB_SCALE: Final = 110.0


class Propagation(nn.Module):
    """Weighs the two warped states (TCVC, section 3.2, at stride 4).

    The weight starts from what is clear without learning: the share of the first anchor falls evenly from
    frame to frame, and a feature counts as much as the film's lightness says that its path was not
    occluded. The learned part starts at zero, so that an untrained network already propagates.
    """

    CONTEXT: Final = 16
    HIDDEN: Final = 48

    def __init__(self, values: int) -> None:
        super().__init__()
        self.values = values
        self.context = nn.Sequential(
            nn.Conv2d(1, self.CONTEXT, 3, padding=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(self.CONTEXT, self.CONTEXT, 3, padding=1),
        )
        inputs = 3 * self.CONTEXT + 2 * (values + 1)
        last = nn.Conv2d(self.HIDDEN, 1, 3, padding=1)
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        nn.init.zeros_(last.bias)
        self.weigh = nn.Sequential(nn.Conv2d(inputs, self.HIDDEN, 3, padding=1), nn.LeakyReLU(0.1), last)

    def forward(self, hood: Neighbourhood) -> Tensor:
        around = torch.cat([hood.context_previous, hood.context, hood.context_next], 1)
        seen = torch.cat([around, self._seen(hood.backward), self._seen(hood.forward_warped)], 1)
        return mixed(hood, self.weigh(seen) + prior_logit(hood))

    def _seen(self, state: Tensor) -> Tensor:
        """Values and trust, without the offset of colours."""
        return torch.cat([state[:, : self.values], state[:, -1:]], 1)


class EvenCrossing(nn.Module):
    """What `Propagation` is before it has learned."""

    def context(self, lightness: Tensor) -> Tensor:
        """(N, 1, h, w) -> (N, 0, h, w)."""
        return lightness[:, :0]

    def forward(self, hood: Neighbourhood) -> Tensor:
        return mixed(hood, prior_logit(hood))


def mixed(hood: Neighbourhood, logit: Tensor) -> Tensor:
    """`logit` (N, 1, h, w): log odds of the state that comes from the anchor before."""
    weight = torch.sigmoid(logit)
    return weight * hood.forward_warped + (1 - weight) * hood.backward


@dataclass(frozen=True, slots=True)
class Look:
    """Of an anchor: `values` (B, V, h, w), from which its colours are read and which are carried to other
    frames; `likeness` (B, C, h, w), by which places are told to be the same kind of thing; `seen`, by which
    they are found in other frames."""

    values: Tensor
    likeness: Tensor
    seen: Seen


def cropped(seen: Seen, h: int, w: int) -> Seen:
    """To the places that a picture of `h` x `w` cells at stride 4 touches."""
    return Seen(seen.outlines[..., : -(-h // 2), : -(-w // 2)], seen.things)


class AnchoredColorizer(nn.Module):
    """A `FilmNetwork` from any that looks at anchors. A state is the values, an offset of ab, and trust.

    The offset is what hints add to the colours that are read off the values, over 110. Trust is 1 at an
    anchor and falls along the way of a value with every occlusion that it meets.
    """

    abilities: Abilities
    propagation: Propagation | EvenCrossing

    def __init__(self) -> None:
        super().__init__()
        self._palette = 0

    def look(self, lightness: Tensor) -> Look:
        """(B, 1, H, W) L* in [0, 100], H and W multiples of the size multiple; h and w are H/4 and W/4."""
        raise NotImplementedError

    def read(self, values: Tensor) -> Tensor:
        """(N, V, h, w) -> (N, 2, h, w) ab of its own choice, CIE units."""
        raise NotImplementedError

    def read_doubt(self, values: Tensor) -> Tensor:
        """(N, V, h, w) -> (N, 1, h, w) how far off it expects its own choice to be, CIE units."""
        raise NotImplementedError

    def read_palettes(self, values: Tensor) -> Tensor:
        """(N, V, h, w) -> (N, palettes, 2, h, w) ab of the other colourings, CIE units."""
        raise NotImplementedError

    def choose_palette(self, number: int) -> None:
        """0: its own choice; 1 and up: that of the other colourings."""
        self._palette = number

    def colorize(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """(B, 1, H, W) L*, any H and W that are multiples of 4 -> (B, 2, H/4, W/4) ab in CIE units.

        `hints` (B, 3, H/4, W/4) are a*, b* in CIE units and a confidence in [0, 1]; 0 is no hint.
        """
        return self.ab(self.anchor_states(lightness, hints))

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """As `colorize`."""
        return self.colorize(lightness, hints)

    def flow_estimator(self) -> FlowEstimator:
        return DisFlow(OF_STATES)

    def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        return self.states_of(self.look_at(lightness), hints)

    def outlines(self, lightness: Tensor) -> Tensor:
        """(B, 1, H, W) L*, H and W multiples of the size multiple -> (B, OUTLINES, H/4, W/4) float32."""
        raise NotImplementedError

    def outlines_at(self, lightness: Tensor) -> Tensor:
        """`outlines` at (B, 1, H, W) L*, H and W any multiples of the stride."""
        h, w = (side // self.abilities.stride for side in lightness.shape[-2:])
        return self.outlines(padded(lightness, self.abilities.size_multiple))[..., :h, :w]

    def look_at(self, lightness: Tensor) -> Look:
        """`look` at (B, 1, H, W) L*, H and W any multiples of the stride."""
        look = self.look(padded(lightness, self.abilities.size_multiple))
        h, w = (side // self.abilities.stride for side in lightness.shape[-2:])
        return Look(look.values[..., :h, :w].float(), look.likeness[..., :h, :w], cropped(look.seen, h, w))

    def other_colors(self, look: Look) -> Tensor:
        """(palettes, 2, h, w) ab of one look's other colourings, CIE units."""
        return self.read_palettes(look.values)[0].float()

    def states_of(self, look: Look, hints: Tensor | None, *, is_pulled: bool = False) -> Tensor:
        """As `anchor_states`. `is_pulled`: where hints are not confident, those that are speak for what is
        like them."""
        offset = torch.zeros_like(look.values[:, :2])
        if hints is not None:
            offset_by = pulled_offset_of if is_pulled else offset_of
            offset = offset_by(look.likeness.float(), self._colors(look.values), hints) / AB_SCALE
        return torch.cat([look.values, offset, torch.ones_like(offset[:, :1])], 1)

    def contexts(self, lightness: Tensor) -> Tensor:
        centred = (F.avg_pool2d(lightness, self.abilities.stride) - 50) / 50
        return self.propagation.context(centred)

    def carry(self, warped: Tensor, visible: Tensor) -> Tensor:
        return carried_with_trust(warped, visible)

    def fuse(self, hood: Neighbourhood) -> Tensor:
        return self.propagation(hood)  # type: ignore[no-any-return]

    def ab(self, states: Tensor) -> Tensor:
        return self._colors(states[:, :-3]) + states[:, -3:-1].float() * AB_SCALE

    def doubt(self, states: Tensor) -> Tensor:
        """(N, C, h, w) -> (N, 1, h, w) as `read_doubt`, whatever palette is chosen and whatever hints say."""
        return self.read_doubt(states[:, :-3])

    def _colors(self, values: Tensor) -> Tensor:
        """(N, V, h, w) -> (N, 2, h, w) ab of the chosen palette."""
        if self._palette:
            return self.read_palettes(values)[:, self._palette - 1].float()
        return self.read(values)
