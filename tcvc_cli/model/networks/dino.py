"""`tcvc-dino`, the embedded network: DINOv2 says what things are, `tcvc-mini` where they end.

    lightness ─┬─► VisionTransformer, layers 6, 9, 12 ─► Places (a guess for every 14 px) ─┐
               └─► Mini (features and colours, stride 4) ─────────────────────────────────┴─► Join ─► guess

DINOv2 stays as it was published: its last layers, tuned, fitted the photographs of training and were no
better on others (docs/training.md). A guess is everything that may be said of the colour of a place: its
colour, how colourful it is whatever its hue, and four other worlds (FAVC, Lei and Chen 2019). Guesses are
carried between anchors as they are.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.colorizer import BUILT_IN
from tcvc_cli.model.memory.describer import Seen
from tcvc_cli.model.networks.anchored import AB_SCALE, AnchoredColorizer, EvenCrossing, Look
from tcvc_cli.model.networks.mini import FEATURES, Mini
from tcvc_cli.model.networks.vit import PATCH_PX, WIDTH, VisionTransformer, picture_of

TAPS: Final = (6, 9, 12)
SEEN_PX: Final = 224  # short side of what DINOv2 is shown, whatever the model's size
WORLDS: Final = 4
GUESS: Final = 2 + 1 + 2 * WORLDS  # ab, amount, ab of the worlds; all over AB_SCALE
VIVID: Final = 0.2  # its own choice
MOST_VIVID: Final = 1.8  # bound on the factor by which an unsure, hence pale, colour is made up for
MOST_PLACES: Final = 1536  # 16 rows of a picture six times as wide as high
MEMBERS: Final = 5
_USUAL_AMOUNT: Final = 14.0  # CIE units; of photographs, at which doubt is the distance alone
_LEAST_AMOUNT: Final = 0.5
_OF_AMOUNT: Final = 0.25  # power
_WIDTH: Final = 88
_FORGOTTEN: Final = 0.15
_SHARE_OF_MINI: Final = 0.3  # before the join has learned


def grid_of(lightness: Tensor, short_side_px: int | None = None) -> tuple[int, int]:
    """Rows and columns of the places that the encoder sees in (B, 1, H, W), shown at `short_side_px`.

    Of long strips less is seen: at most MOST_PLACES, since attention grows with their square.
    """
    sides = lightness.shape[-2:]
    scale = 1.0 if short_side_px is None else short_side_px / min(sides)
    scale = min(scale, PATCH_PX * math.sqrt(MOST_PLACES / (sides[0] * sides[1])))
    h, w = (max(1, round(side * scale / PATCH_PX)) for side in sides)
    return h, w


def shown(lightness: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B, 1, H, W) L* at the size at which it has `grid` places."""
    size = [side * PATCH_PX for side in grid]
    if list(lightness.shape[-2:]) == size:
        return lightness
    sized = F.interpolate(lightness, size, mode="bicubic", align_corners=False, antialias=True)
    return sized.clamp(0, 100)


def seen_tokens(encoder: VisionTransformer, lightness: Tensor) -> Tensor:
    """(B, 1, H, W) L* -> (B, taps, 1 + T, 384), each less its mean, over its spread.

    A picture whose sides are no multiples of 14 is stretched to the nearest ones.
    """
    tokens = torch.stack(encoder(picture_of(shown(lightness, grid_of(lightness))), TAPS), 1)
    return F.layer_norm(tokens, (WIDTH,))


class _Conv(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Decoder(nn.Module):
    """Tokens -> what is to be said of every place, from what it is, what is around it, and the scene."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.scene = nn.Sequential(nn.Linear(len(TAPS) * WIDTH, _WIDTH), nn.ReLU())
        self.forget = nn.Dropout2d(_FORGOTTEN)
        self.place = nn.Sequential(
            nn.Conv2d(len(TAPS) * WIDTH, _WIDTH, 1, bias=False), nn.BatchNorm2d(_WIDTH)
        )
        self.around = nn.Sequential(_Conv(_WIDTH, _WIDTH), _Conv(_WIDTH, _WIDTH))
        self.say = nn.Conv2d(_WIDTH, outputs, 1)

    def forward(self, whole: Tensor, grid: Tensor) -> Tensor:
        """Of the whole picture (B, taps * 384), of its places (B, taps * 384, h, w) -> (B, outputs, h, w)."""
        x = F.relu(self.place(self.forget(grid)) + self.scene(whole)[:, :, None, None])
        return self.say(self.around(x)) * (10 / AB_SCALE)  # type: ignore[no-any-return]


class Places(nn.Module):
    """Tokens -> a guess for every place: the mean of several decoders, each of which has seen other
    photographs than the rest. It is as good as the best of them, which nobody knows beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self.members = nn.ModuleList(Decoder(3) for _ in range(MEMBERS))
        self.worlds = Decoder(2 * WORLDS)

    def forward(self, tokens: Tensor, h: int, w: int) -> Tensor:
        """(B, taps, 1 + h * w, 384) -> (B, GUESS, h, w)."""
        whole, grid = by_place(tokens, h, w)
        guesses = torch.stack([member(whole, grid) for member in self.members])
        return torch.cat([guesses.mean(0), self.worlds(whole, grid)], 1)


def by_place(tokens: Tensor, h: int, w: int) -> tuple[Tensor, Tensor]:
    """(B, taps, 1 + h * w, 384) -> of the whole picture (B, taps * 384), of places (B, taps * 384, h, w)."""
    grid = tokens[:, :, 1:].transpose(1, 2).reshape(len(tokens), h, w, -1)  # (B, h, w, taps * 384)
    return tokens[:, :, 0].flatten(1), grid.permute(0, 3, 1, 2)  # channels last in memory


def things(tokens: Tensor, h: int, w: int) -> Tensor:
    """What `Describer` is told of them: (B, taps, 1 + h * w, 384) -> (B, taps * 384, h, w) float32."""
    return tokens[:, :, 1:].float().permute(0, 1, 3, 2).reshape(len(tokens), -1, h, w)


class Join(nn.Module):
    """Guesses of places, and what `tcvc-mini` makes of the picture -> guesses at stride 4.

    Cell by cell: how far the smaller network is believed, and what its features change, which is nothing
    before training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.around = nn.Sequential(_Conv(FEATURES + GUESS + 2, 48), _Conv(48, 48))
        self.say = nn.Conv2d(48, 3, 1)
        nn.init.zeros_(self.say.weight)
        assert self.say.bias is not None
        nn.init.zeros_(self.say.bias)
        nn.init.constant_(self.say.bias[2:], math.log(_SHARE_OF_MINI / (1 - _SHARE_OF_MINI)))

    def forward(self, places: Tensor, features: Tensor, colors: Tensor) -> Tensor:
        """(B, GUESS, h, w), and of the smaller network (B, 64, H, W) and (B, 2, H, W) ab over AB_SCALE."""
        grown = F.interpolate(places, features.shape[-2:], mode="bicubic", align_corners=False)
        said = self.say(self.around(torch.cat([features, grown, colors], 1)))
        share = torch.sigmoid(said[:, 2:])
        ab = grown[:, :2] + share * (colors - grown[:, :2]) + said[:, :2]
        return torch.cat([ab, grown[:, 2:]], 1)


class Dino(AnchoredColorizer):
    """The embedded network."""

    abilities = BUILT_IN["tcvc-dino"].abilities

    def __init__(self) -> None:
        super().__init__()
        self.encoder = VisionTransformer()
        self.places = Places()
        self.mini = Mini()
        del self.mini.propagation  # here it carries nothing
        self.join = Join()
        self.propagation = EvenCrossing()
        self._vivid = VIVID

    def choose_vividness(self, vivid: float | None) -> None:
        """0 to 1: how far colours that are pale for want of certainty are brought up; None: VIVID."""
        self._vivid = VIVID if vivid is None else vivid

    def look(self, lightness: Tensor) -> Look:
        grid = grid_of(lightness, SEEN_PX)
        tokens = seen_tokens(self.encoder, shown(lightness, grid))
        places, mini = self.places(tokens, *grid), self.mini.look(lightness)
        values = self.join(places, mini.values, self.mini.read(mini.values) / AB_SCALE)
        values = torch.cat([values.float(), self._doubt(values, mini.values)], 1)
        return Look(values, mini.values, Seen(mini.seen.outlines, things(tokens, *grid)))

    def _doubt(self, values: Tensor, features: Tensor) -> Tensor:
        """(B, 1, h, w) over AB_SCALE: how far the colours are from what `tcvc-mini` sees; more where they may
        be colourful. Of all that the two know, that says most of the true error (docs/report.md)."""
        few, features = (planes[..., ::2, ::2] for planes in (values, features))  # a fourth of the work
        apart = self.mini.head.expected_distance(features, self.read(few)) / AB_SCALE
        amount = few[:, 2:3].float().clamp(min=_LEAST_AMOUNT / AB_SCALE)
        doubt = apart * (amount * (AB_SCALE / _USUAL_AMOUNT)) ** _OF_AMOUNT
        return F.interpolate(doubt, values.shape[-2:], mode="nearest")

    def outlines(self, lightness: Tensor) -> Tensor:
        return self.mini.outlines(lightness)

    def read(self, values: Tensor) -> Tensor:
        ab = values[:, :2].float() * AB_SCALE
        return ab * self._factor(ab, values[:, 2:3].float() * AB_SCALE) if self._vivid else ab

    def _factor(self, ab: Tensor, amount: Tensor) -> Tensor:
        pale = ab.square().sum(1, keepdim=True).add(1.0).sqrt()
        return (amount / pale).clamp(1 / MOST_VIVID, MOST_VIVID) ** self._vivid

    def read_doubt(self, values: Tensor) -> Tensor:
        return values[:, GUESS : GUESS + 1].float() * AB_SCALE

    def read_palettes(self, values: Tensor) -> Tensor:
        return torch.unflatten(values[:, 3:GUESS].float(), 1, (WORLDS, 2)) * AB_SCALE
