"""The decoder of `tcvc-dino`: colours from what DINOv2 sees, with shallow features of its own for edges.

    lightness ──┬─► VisionTransformer (frozen), layers 6, 9, 12 ─► Places (stride 14) ─► level of the scene
                │                                                     │
                └─► Edges (strides 4 and 8) ──────────────────────────┴─► Refinement (stride 4) ─► head

DINOv2 says what things are; the shallow features only say where they end. Deep features of a network that
was trained for photographs fitted those photographs and spoiled everything else (docs/training.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.colorizer import Abilities
from tcvc_cli.model.networks.mini import FEATURES, FeatureColorizer, Head
from tcvc_cli.model.networks.vit import PATCH_PX, WIDTH, VisionTransformer, picture_of

TAPS: Final = (6, 9, 12)
MOST_VIVID: Final = 1.8  # bound on the factor by which an unsure, hence pale, colour is made up for
_WIDTH, _EDGES_4, _EDGES_8, _REFINED = 128, 32, 48, 48


def grid_of(lightness: Tensor) -> tuple[int, int]:
    """Rows and columns of the places that the encoder sees in (B, 1, H, W)."""
    h, w = (max(1, round(side / PATCH_PX)) for side in lightness.shape[-2:])
    return h, w


def seen_tokens(encoder: VisionTransformer, lightness: Tensor) -> Tensor:
    """(B, 1, H, W) L* -> (B, taps, 1 + T, 384), each less its mean, over its spread.

    A picture whose sides are no multiples of 14 is stretched to the nearest ones, by 4 % at most in use.
    """
    size = [rows * PATCH_PX for rows in grid_of(lightness)]
    if list(lightness.shape[-2:]) != size:
        lightness = F.interpolate(lightness, size, mode="bilinear", align_corners=False, antialias=True)
    tokens = torch.stack(encoder(picture_of(lightness), TAPS), 1)
    return F.layer_norm(tokens, (WIDTH,))


class _Conv(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Edges(nn.Module):
    """(B, 1, H, W) L* -> features at strides 4 and 8, looking no further than a few px."""

    def __init__(self) -> None:
        super().__init__()
        self.quarter = nn.Sequential(_Conv(1, 24, stride=2), _Conv(24, _EDGES_4, stride=2))
        self.eighth = _Conv(_EDGES_4, _EDGES_8, stride=2)

    def forward(self, lightness: Tensor) -> tuple[Tensor, Tensor]:
        quarter = self.quarter((lightness - 50) / 50)
        return quarter, self.eighth(quarter)


@dataclass(frozen=True, slots=True)
class Decoded:
    """`places` (B, 64, H/14, W/14) and `features` (B, 64, H/4, W/4), both for the head; `level` (B,) log of
    1 + the scene's mean chroma, as far as it can be told."""

    places: Tensor
    features: Tensor
    level: Tensor


class Places(nn.Module):
    """Tokens -> features of every place for the head, and the scene's level of colour."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = nn.Sequential(nn.Linear(len(TAPS) * WIDTH, _WIDTH), nn.ReLU())
        self.level = nn.Linear(_WIDTH, 1)
        self.of_level = nn.Linear(1, _WIDTH)
        self.forget = nn.Dropout2d(0.1)
        self.place = _Conv(len(TAPS) * WIDTH, _WIDTH, 1)
        self.around = nn.Sequential(
            _Conv(_WIDTH, _WIDTH), _Conv(_WIDTH, _WIDTH), nn.Conv2d(_WIDTH, FEATURES, 1)
        )

    def forward(self, tokens: Tensor, h: int, w: int) -> tuple[Tensor, Tensor]:
        """(B, taps, 1 + h * w, 384) -> (B, 64, h, w) and (B,)."""
        scene = self.scene(tokens[:, :, 0].flatten(1))  # (B, C)
        level = self.level(scene)  # (B, 1)
        grid = tokens[:, :, 1:].transpose(1, 2).reshape(len(tokens), h, w, -1)  # (B, h, w, taps * 384)
        grid = grid.permute(0, 3, 1, 2)  # (B, taps * 384, h, w), channels last in memory
        x = self.place(self.forget(grid)) + (scene + self.of_level(level.detach()))[:, :, None, None]
        return self.around(x), level[:, 0]


class Refinement(nn.Module):
    """Places and edges -> features at a quarter of the size: the places' own, grown, and what edges change.

    What they change is nothing before training, so that learned places can be refined in a few steps.
    """

    def __init__(self) -> None:
        super().__init__()
        self.edges = Edges()
        self.eighth = _Conv(FEATURES + _EDGES_8, FEATURES)
        self.quarter = _Conv(FEATURES + _EDGES_4, _REFINED)
        self.change = nn.Conv2d(_REFINED, FEATURES, 1)
        nn.init.zeros_(self.change.weight)

    def forward(self, places: Tensor, lightness: Tensor) -> Tensor:
        """(B, 64, H/14, W/14), (B, 1, H, W) L* -> (B, 64, H/4, W/4)."""
        quarter, eighth = self.edges(lightness)
        x = self.eighth(torch.cat([_grown(places, eighth), eighth], 1))
        x = self.quarter(torch.cat([_grown(x, quarter), quarter], 1))
        return self.change(x) + _grown(places, quarter)  # type: ignore[no-any-return]


class Decoder(nn.Module):
    """Tokens and lightness -> features at a quarter of the size, and the scene's level of colour."""

    def __init__(self) -> None:
        super().__init__()
        self.places = Places()
        self.refinement = Refinement()

    def forward(self, tokens: Tensor, lightness: Tensor) -> Decoded:
        """`tokens` (B, taps, 1 + T, 384) of `lightness` (B, 1, H, W) L*, H and W multiples of 4."""
        places, level = self.places(tokens, *grid_of(lightness))
        return Decoded(places, self.refinement(places, lightness), level)


def _grown(x: Tensor, to: Tensor) -> Tensor:
    return F.interpolate(x, to.shape[-2:], mode="bilinear", align_corners=False)


class AmountHead(Head):
    """Tells apart which colour and how much of it.

    The mean of what may be is paler than what is, wherever several hues may be. `amount` is how colourful
    a place is, whatever its hue; `vivid` in [0, 1] says how far the mean is brought up to it.
    """

    vivid: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("vivid", torch.zeros(()))
        self.amount_of = nn.Conv2d(FEATURES, 1, 1)

    def amount(self, features: Tensor) -> Tensor:
        """(B, 64, h, w) -> (B, 1, h, w) chroma, CIE units."""
        return F.softplus(self.amount_of(features)) * 10

    def colors(self, features: Tensor) -> Tensor:
        """(B, 64, h, w) -> (B, 2, h, w) ab, CIE units."""
        mean = self.annealed_mean(features).float()
        pale = mean.square().sum(1, keepdim=True).add(1.0).sqrt()
        factor = (self.amount(features).float() / pale).clamp(1 / MOST_VIVID, MOST_VIVID) ** self.vivid
        return mean * factor


class Anchors(nn.Module):
    """What is trained: decoder and head. The encoder's tokens come from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = Decoder()
        self.head = AmountHead()

    def forward(self, tokens: Tensor, lightness: Tensor) -> Tensor:
        """Tokens as of `seen_tokens`, (B, 1, H, W) L* -> (B, 2, H/4, W/4) ab in CIE units."""
        return self.head.colors(self.decoder(tokens, lightness).features)


class Dino(FeatureColorizer):
    """The whole network: its features are carried between anchors as those of `tcvc-mini` are."""

    abilities = Abilities("features", 168, stride=4, size_multiple=4, takes_hints=True, palettes=4)

    def __init__(self) -> None:
        super().__init__(AmountHead())
        self.encoder = VisionTransformer()
        self.decoder = Decoder()

    def features(self, lightness: Tensor) -> Tensor:
        return self.decoder(seen_tokens(self.encoder, lightness), lightness).features  # type: ignore[no-any-return]
