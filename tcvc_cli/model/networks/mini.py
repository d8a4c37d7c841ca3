"""`tcvc-mini`, the embedded network: colours single frames and carries their features between anchors.

    lightness ──► Encoder (EfficientNet-Lite2) ──► Decoder ──► features (64, stride 4) ──► Head ──► ab
    hints (reference colours) ─────────────────────────► offset of ab ────────────────────────►│
    features of two anchors, warped to a frame ──► Propagation ──► features of that frame ──► Head ──► ab

The head is linear in the features and ends in a distribution over ab bins (CIC, Zhang 2016) and in
four hypotheses (FAVC, Lei and Chen 2019). Propagation is the scheme of TCVC (Liu 2021): a backward
pass that only warps, a forward pass that weighs. TCVC's forward pass also refines what it has mixed; here
that was left out, since it made colours swell and fade between anchors (docs/training.md).
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.colorizer import BUILT_IN, Abilities
from tcvc_cli.model.film_network import Neighbourhood
from tcvc_cli.model.flow import DisFlow, FlowEstimator
from tcvc_cli.model.networks.bins import ab_bins
from tcvc_cli.model.networks.encoder import Encoder
from tcvc_cli.model.networks.hints import offset_of
from tcvc_cli.model.networks.padding import padded
from tcvc_cli.model.propagate import carried_with_trust, prior_logit

FEATURES: Final = 64
HYPOTHESES: Final = 4
AB_SCALE: Final = 110.0


def grey_input(lightness: Tensor) -> Tensor:
    """(B, 1, H, W) L* in [0, 100] -> (B, 3, H, W) the sRGB grey of that lightness, (grey255 - 127) / 128."""
    f = (lightness + 16) / 116
    linear = torch.where(f > 6 / 29, f**3, (f - 4 / 29) * (108 / 841))
    srgb = torch.where(
        linear > 0.0031308, 1.055 * linear.clamp(min=1e-8) ** (1 / 2.4) - 0.055, 12.92 * linear
    )
    return ((srgb * 255 - 127) / 128).expand(-1, 3, -1, -1)


class _Conv(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Decoder(nn.Module):
    """U-Net decoder: encoder outputs at strides 4 to 32 -> (B, 64, H/4, W/4) features."""

    def __init__(self, channels: tuple[int, ...], widths: tuple[int, ...] = (FEATURES, 96, 128, 192)) -> None:
        super().__init__()
        self.deepest = _Conv(channels[3], widths[3], 1)
        self.scene = nn.Linear(widths[3], widths[3])
        self.levels = nn.ModuleList(
            nn.Sequential(_Conv(widths[i + 1] + channels[i], widths[i]), _Conv(widths[i], widths[i]))
            for i in (2, 1, 0)
        )

    def forward(self, taps: list[Tensor]) -> Tensor:
        x: Tensor = self.deepest(taps[3])
        x = x + self.scene(x.mean((2, 3)))[:, :, None, None]
        for level, tap in zip(self.levels, taps[2::-1], strict=True):
            x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = level(torch.cat([x, tap], 1))
        return x


class Head(nn.Module):
    """Features -> colours. `sharpness` is 1 / T of CIC's annealed mean; larger is more vivid."""

    bins: Tensor
    sharpness: Tensor

    def __init__(self) -> None:
        super().__init__()
        centres = torch.from_numpy(ab_bins())
        self.register_buffer("bins", centres)
        self.register_buffer("sharpness", torch.ones(()))
        self.logits = nn.Conv2d(FEATURES, len(centres), 1)
        self.hypotheses = nn.Conv2d(FEATURES, 2 * HYPOTHESES, 1)

    def colors(self, features: Tensor) -> Tensor:
        """(B, 64, h, w) -> (B, 2, h, w) ab in CIE units: what the network makes of them."""
        return self.annealed_mean(features).float()

    def annealed_mean(self, features: Tensor) -> Tensor:
        """(B, 64, h, w) -> (B, 2, h, w) ab in CIE units."""
        share = torch.softmax(self.logits(features) * self.sharpness, 1)
        return torch.einsum("bqhw,qc->bchw", share, self.bins.to(share.dtype))

    def all_hypotheses(self, features: Tensor) -> Tensor:
        """(B, 64, h, w) -> (B, 4, 2, h, w) ab in CIE units."""
        ab = torch.tanh(self.hypotheses(features)) * AB_SCALE
        return ab.reshape(len(ab), HYPOTHESES, 2, *ab.shape[-2:])


class Propagation(nn.Module):
    """Weighs the two warped states (TCVC, section 3.2, at stride 4).

    The weight starts from what is clear without learning: the share of the first anchor falls evenly from
    frame to frame, and a feature counts as much as the film's lightness says that its path was not
    occluded. The learned part starts at zero, so that an untrained network already propagates.
    """

    CONTEXT: Final = 16
    HIDDEN: Final = 48

    def __init__(self) -> None:
        super().__init__()
        self.context = nn.Sequential(
            nn.Conv2d(1, self.CONTEXT, 3, padding=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(self.CONTEXT, self.CONTEXT, 3, padding=1),
        )
        inputs = 3 * self.CONTEXT + 2 * (FEATURES + 1)
        last = nn.Conv2d(self.HIDDEN, 1, 3, padding=1)
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        nn.init.zeros_(last.bias)
        self.weigh = nn.Sequential(nn.Conv2d(inputs, self.HIDDEN, 3, padding=1), nn.LeakyReLU(0.1), last)

    def forward(self, hood: Neighbourhood) -> Tensor:
        around = torch.cat([hood.context_previous, hood.context, hood.context_next], 1)
        learned = self.weigh(torch.cat([around, _seen(hood.backward), _seen(hood.forward_warped)], 1))
        weight = torch.sigmoid(learned + prior_logit(hood))
        return weight * hood.forward_warped + (1 - weight) * hood.backward


def _seen(state: Tensor) -> Tensor:
    """Features and trust, without the offset of colours."""
    return torch.cat([state[:, :FEATURES], state[:, -1:]], 1)


class FeatureColorizer(nn.Module):
    """A `FilmNetwork` from any that finds features. A state is 64 features, an offset of ab, and trust.

    The offset is what hints add to the colours that the head reads off the features, over 110.
    Trust is 1 at an anchor and falls along the way of a feature with every occlusion that it meets.
    """

    abilities: Abilities

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.head = head
        self.propagation = Propagation()
        self._palette = 0

    def features(self, lightness: Tensor) -> Tensor:
        """(B, 1, H, W) L* in [0, 100], H and W multiples of the size multiple -> (B, 64, H/4, W/4)."""
        raise NotImplementedError

    def choose_palette(self, number: int) -> None:
        """0: the distribution; 1 to 4: that hypothesis."""
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
        return DisFlow()

    def anchor_states(self, lightness: Tensor, hints: Tensor | None) -> Tensor:
        h, w = (side // self.abilities.stride for side in lightness.shape[-2:])
        features = self.features(padded(lightness, self.abilities.size_multiple))[..., :h, :w].float()
        offset = torch.zeros_like(features[:, :2])
        if hints is not None:
            offset = offset_of(features, self._colors(features), hints) / AB_SCALE
        return torch.cat([features, offset, torch.ones_like(offset[:, :1])], 1)

    def contexts(self, lightness: Tensor) -> Tensor:
        centred = (F.avg_pool2d(lightness, self.abilities.stride) - 50) / 50
        return self.propagation.context(centred)  # type: ignore[no-any-return]

    def carry(self, warped: Tensor, visible: Tensor) -> Tensor:
        return carried_with_trust(warped, visible)

    def fuse(self, hood: Neighbourhood) -> Tensor:
        return self.propagation(hood)  # type: ignore[no-any-return]

    def ab(self, states: Tensor) -> Tensor:
        return self._colors(states[:, :FEATURES]) + states[:, FEATURES:-1].float() * AB_SCALE

    def _colors(self, features: Tensor) -> Tensor:
        """(N, 64, h, w) -> (N, 2, h, w) ab of the chosen palette."""
        if self._palette:
            return self.head.all_hypotheses(features)[:, self._palette - 1].float()
        return self.head.colors(features)


class Mini(FeatureColorizer):
    """The embedded network."""

    abilities = BUILT_IN["tcvc-mini"].abilities

    def __init__(self) -> None:
        super().__init__(Head())
        self.encoder = Encoder("lite2")
        self.decoder = Decoder(self.encoder.channels)

    def features(self, lightness: Tensor) -> Tensor:
        return self.decoder(self.encoder(grey_input(lightness)))  # type: ignore[no-any-return]
