"""The anchor branch of the published network: "siggraph17" (Zhang et al. 2017, Real-Time User-Guided
Image Colorization with Learned Deep Priors), without its hints.

Names of parameters are the published ones, so the official checkpoint loads strictly.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, cast

from torch import Tensor, nn
from torch.nn import functional as F

_CLASSES: Final = 529  # of a classification head that the checkpoint holds and nothing runs


def _convolutions(*channels: int, dilation: int = 1) -> list[nn.Module]:
    """3x3 convolutions from each number of channels to the next, ReLU after every one."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        layers.append(nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation))
        layers.append(nn.ReLU(inplace=True))
    return layers


def _stage(*channels: int, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(*_convolutions(*channels, dilation=dilation), nn.BatchNorm2d(channels[-1]))


def _up(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1))


def _short(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1))


def _halved(x: Tensor) -> Tensor:
    return x[:, :, ::2, ::2]


class Siggraph17(nn.Module):
    """Colours and features of single frames.

    Input: lightness (B, 1, H, W) as (L* - 50) / 100, H and W multiples of 8. Output: ab (B, 2, H, W) in
    [-1, 1], which is CIE ab / 110, and features (B, 128, H, W); `model_out(features)` is ab.
    """

    def __init__(self) -> None:
        super().__init__()
        self.model1 = _stage(4, 64, 64)
        self.model2 = _stage(64, 128, 128)
        self.model3 = _stage(128, 256, 256, 256)
        self.model4 = _stage(256, 512, 512, 512)
        self.model5 = _stage(512, 512, 512, 512, dilation=2)
        self.model6 = _stage(512, 512, 512, 512, dilation=2)
        self.model7 = _stage(512, 512, 512, 512)
        self.model8up = _up(512, 256)
        self.model8 = nn.Sequential(nn.ReLU(inplace=True), *_stage(256, 256, 256))
        self.model9up = _up(256, 128)
        self.model9 = nn.Sequential(nn.ReLU(inplace=True), *_stage(128, 128))
        self.model10up = _up(128, 128)
        self.model10 = nn.Sequential(
            nn.ReLU(inplace=True), nn.Conv2d(128, 128, 3, padding=1), nn.LeakyReLU(0.2, inplace=True)
        )
        self.model3short8 = _short(256, 256)
        self.model2short9 = _short(128, 128)
        self.model1short10 = _short(64, 128)
        self.model_class = nn.Sequential(nn.Conv2d(256, _CLASSES, 1))
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())

    def features(self, lightness_centred: Tensor) -> Tensor:
        """(B, 1, H, W) -> (B, 128, H, W)."""
        # The published input has three more channels, ab hints and their mask: all zero without hints.
        c1 = self.model1(F.pad(lightness_centred, (0, 0, 0, 0, 0, 3)))
        c2 = self.model2(_halved(c1))
        c3 = self.model3(_halved(c2))
        x = self.model7(self.model6(self.model5(self.model4(_halved(c3)))))
        x = self.model8(self.model8up(x) + self.model3short8(c3))
        x = self.model9(self.model9up(x) + self.model2short9(c2))
        return cast(Tensor, self.model10(self.model10up(x) + self.model1short10(c1)))

    def forward(self, lightness_centred: Tensor) -> tuple[Tensor, Tensor]:
        """ab and features."""
        features = self.features(lightness_centred)
        return self.model_out(features), features
