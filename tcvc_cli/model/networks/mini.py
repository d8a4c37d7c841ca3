"""`tcvc-mini`, the smaller of the embedded networks.

    lightness ──► Encoder (EfficientNet-Lite2) ──► Decoder ──► features (64, stride 4) ──► Head ──► ab

The head is linear in the features and ends in a distribution over ab bins (CIC, Zhang 2016) and in
four hypotheses (FAVC, Lei and Chen 2019). The features themselves are carried between anchors.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.colorizer import BUILT_IN
from tcvc_cli.model.memory.describer import Seen
from tcvc_cli.model.networks.anchored import AB_SCALE, AnchoredColorizer, Look, Propagation
from tcvc_cli.model.networks.bins import ab_bins
from tcvc_cli.model.networks.encoder import Encoder

FEATURES: Final = 64
HYPOTHESES: Final = 4
_OF_DISTANCE: Final = 2.0  # sharpness: rare colours weigh more in training than they are frequent


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

    def expected_distance(self, features: Tensor, ab: Tensor) -> Tensor:
        """(B, 64, h, w) and (B, 2, h, w) ab in CIE units -> (B, 1, h, w) float32, CIE units: the mean
        distance of the distribution from `ab`, sharpened until it is as large as the true one."""
        share = torch.softmax(self.logits(features).float() * _OF_DISTANCE, 1)
        a, b = ab.float()[:, :, None].unbind(1)  # (B, 1, h, w) each
        bin_a, bin_b = self.bins.float().T[:, None, :, None, None]  # (1, Q, 1, 1) each
        return (share * torch.hypot(bin_a - a, bin_b - b)).sum(1, keepdim=True)

    def all_hypotheses(self, features: Tensor) -> Tensor:
        """(B, 64, h, w) -> (B, 4, 2, h, w) ab in CIE units."""
        ab = torch.tanh(self.hypotheses(features)) * AB_SCALE
        return ab.reshape(len(ab), HYPOTHESES, 2, *ab.shape[-2:])


def outlines(taps: list[Tensor], features: Tensor, like: Tensor) -> Tensor:
    """What `Describer` is told of the encoder's and the decoder's outputs: (B, 256, h, w) float32, on the
    grid of `like`, one of the first two taps."""
    size = like.shape[-2:]
    return torch.cat([_on_grid(one.float(), size) for one in (*taps[:3], features)], 1)


def _on_grid(planes: Tensor, size: torch.Size) -> Tensor:
    if planes.shape[-1] > size[-1]:
        return F.avg_pool2d(planes, planes.shape[-1] // size[-1])
    return F.interpolate(planes, size, mode="bilinear", align_corners=False)


class Mini(AnchoredColorizer):
    """The features are both what is carried and what tells places apart."""

    abilities = BUILT_IN["tcvc-mini"].abilities
    propagation: Propagation

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder("lite2")
        self.decoder = Decoder(self.encoder.channels)
        self.head = Head()
        self.propagation = Propagation(FEATURES)

    def look(self, lightness: Tensor) -> Look:
        taps = self.encoder(grey_input(lightness))
        features = self.decoder(taps)
        return Look(features, features, Seen(outlines(taps, features, taps[1])))

    def outlines(self, lightness: Tensor) -> Tensor:
        taps = self.encoder(grey_input(lightness))
        return outlines(taps, self.decoder(taps), taps[0])

    def read(self, values: Tensor) -> Tensor:
        return self.head.colors(values)

    def read_doubt(self, values: Tensor) -> Tensor:
        return self.head.expected_distance(values, self.head.colors(values))

    def read_palettes(self, values: Tensor) -> Tensor:
        return self.head.all_hypotheses(values)
