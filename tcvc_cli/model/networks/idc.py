"""`tcvc-idc`, the published TCVC network (Liu et al. 2021, Temporally Consistent Video Colorization).

    anchors ─► fea_key (siggraph17) ─► features ─► backward pass: warped only ─┐
                                          └─────► forward pass: warped, fused with the backward pass, refined
                                                                               └─► model_out ─► ab

Parameters have their published names ("weigting" is theirs), so the official checkpoint loads strictly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.colorizer import BUILT_IN
from tcvc_cli.model.film_network import Neighbourhood
from tcvc_cli.model.flow import FlowEstimator
from tcvc_cli.model.networks.flownet2 import FlowNet2
from tcvc_cli.model.networks.padding import padded
from tcvc_cli.model.networks.siggraph17 import Siggraph17
from tcvc_cli.model.warp import warp

AB_SCALE: Final = 110.0  # CIE units for a published ab of 1
_ANCHOR_MULTIPLE: Final = 8  # px; what siggraph17 halves its sizes by


class _ThreeConvs(nn.Module):
    """conv1, conv2, conv3 with LeakyReLU 0.1 between them; sizes are kept."""

    def __init__(
        self, channels: tuple[int, int, int, int], kernels: tuple[int, int, int] = (3, 3, 3)
    ) -> None:
        super().__init__()
        self.conv1, self.conv2, self.conv3 = (
            nn.Conv2d(channels[i], channels[i + 1], kernels[i], padding=kernels[i] // 2) for i in range(3)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.conv1(x), 0.1, inplace=True)
        x = F.leaky_relu(self.conv2(x), 0.1, inplace=True)
        y: Tensor = self.conv3(x)
        return y


@dataclass(frozen=True, slots=True)
class _Flows:
    """Flow from frame i to its neighbours, by i; frames that need none are absent."""

    to_previous: dict[int, Tensor]
    to_next: dict[int, Tensor]


class TcvcIdc(nn.Module):
    """The complete network; a `FilmNetwork`. Its states are the 128 features of siggraph17, at full size.

    Weights may be of any float dtype; ab, flows and states are float32. Any height and width will do:
    the parts that need a multiple (8 for anchors, 64 for flow) pad and crop. With multiples of 64, as
    published, nothing is padded.
    """

    abilities = BUILT_IN["tcvc-idc"].abilities

    def __init__(self) -> None:
        super().__init__()
        self.L_fea_extractor = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.LeakyReLU(0.1, inplace=True), nn.Conv2d(32, 32, 3, padding=1)
        )
        self.channel_reduction = _ThreeConvs((128, 64, 64, 64), (1, 3, 1))
        self.weigting = _ThreeConvs((3 * 32 + 2 * 128, 196, 64, 1))
        self.feature_refine = _ThreeConvs((3 * 32 + 3 * 64, 196, 128, 128))
        self.fea_key = Siggraph17().requires_grad_(requires_grad=False)
        self.flow = FlowNet2().requires_grad_(requires_grad=False)
        self.train()

    def train(self, mode: bool = True) -> Self:  # noqa: FBT001, FBT002
        """The anchor branch stays in eval mode: its batch norms were never trained here."""
        super().train(mode)
        self.fea_key.eval()
        return self

    def flow_estimator(self) -> FlowEstimator:
        return self.flow

    def anchor_states(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        height, width = lightness.shape[-2:]
        features: Tensor = self.fea_key.features(self._centred(padded(lightness, _ANCHOR_MULTIPLE)))
        return features[..., :height, :width].float()

    def colorize(self, lightness: Tensor, hints: Tensor | None = None) -> Tensor:
        """(B, 1, H, W) L* -> (B, 2, H, W) ab in CIE units, every frame as an anchor."""
        return self.ab(self.anchor_states(lightness))

    def contexts(self, lightness: Tensor) -> Tensor:
        return cast(Tensor, self.L_fea_extractor(self._centred(lightness)))

    def carry(self, warped: Tensor, visible: Tensor) -> Tensor:
        return warped

    def fuse(self, hood: Neighbourhood) -> Tensor:
        dtype = self._dtype
        around = torch.cat((hood.context_previous, hood.context, hood.context_next), 1)
        seen = torch.cat((around, hood.backward.to(dtype), hood.forward_warped.to(dtype)), 1)
        weight = torch.sigmoid(self.weigting(seen).float())
        mixed = torch.lerp(hood.backward, hood.forward_warped, weight)
        states = (hood.backward_next, hood.forward_previous, mixed)
        reduced = [self.channel_reduction(state.detach().to(dtype)) for state in states]
        refined: Tensor = self.feature_refine(torch.cat((around, *reduced), 1))
        return mixed + refined.float()

    def ab(self, states: Tensor) -> Tensor:
        ab: Tensor = self.fea_key.model_out(states.to(self._dtype))
        return ab.float() * AB_SCALE

    @torch.no_grad()
    def forward(self, lightness_centred: Tensor) -> Tensor:
        """One clip in the published scales, without gradients.

        lightness_centred (B, T, 1, H, W) float32, (L* - 50) / 100; the first and last frame become
        anchors. Returns ab (B, T, 2, H, W) float32, CIE ab / 110.
        """
        ab, _ = self.colorize_clip(lightness_centred * 100 + 50)
        return ab / AB_SCALE

    @torch.no_grad()
    def colorize_clip(self, lightness: Tensor, first: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(B, T, 1, H, W) L* -> ab (B, T, 2, H, W) in CIE units, and the state of the last frame.

        `first` is the state of the first frame, where the clip before has made it already.
        """
        first = self.anchor_states(lightness[:, 0]) if first is None else first
        if lightness.shape[1] == 1:
            return self.ab(first)[:, None], first
        last = self.anchor_states(lightness[:, -1])
        states = self._propagate(lightness, first, last, self._flows(lightness))
        return torch.stack([self.ab(state) for state in states], 1), last

    def _propagate(self, lightness: Tensor, first: Tensor, last: Tensor, flows: _Flows) -> Iterator[Tensor]:
        """States of all frames from those of the two anchors, in order; a state is let go once it is used."""
        count = lightness.shape[1]
        backward = [last]  # then those of the frames before it
        for i in range(count - 2, 0, -1):
            backward.append(warp(backward[-1], flows.to_next[i]))
        yield (state := first)
        e_before, e = (self.contexts(lightness[:, i]) for i in (0, 1))
        step = first.new_full((len(first),), 1 / (count - 1))
        for i in range(1, count - 1):
            e_after = self.contexts(lightness[:, i + 1])
            warped = warp(state, flows.to_previous[i])
            contexts = e_before, e, e_after
            hood = Neighbourhood(warped, backward.pop(), backward[-1], state, *contexts, i * step, step)
            e_before, e = e, e_after
            yield (state := self.fuse(hood))
        yield last

    def _flows(self, lightness: Tensor) -> _Flows:
        """Both flows of every frame between the anchors; pairs of such frames are taken both ways at once."""
        x = lightness.unbind(1)
        count = len(x)
        flows = _Flows({}, {})
        if count < 3:
            return flows
        outward = self.flow.between(torch.cat((x[1], x[-2])), torch.cat((x[0], x[-1])))
        flows.to_previous[1], flows.to_next[count - 2] = outward.chunk(2)
        if count > 3:
            forth, back = self.flow.both_ways(torch.cat(x[1:-2]), torch.cat(x[2:-1]))
            flows.to_next.update(enumerate(forth.chunk(count - 3), start=1))
            flows.to_previous.update(enumerate(back.chunk(count - 3), start=2))
        return flows

    def _centred(self, lightness: Tensor) -> Tensor:
        return ((lightness - 50) / 100).to(self._dtype)

    @property
    def _dtype(self) -> torch.dtype:
        return self.weigting.conv1.weight.dtype
