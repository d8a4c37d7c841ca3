"""LPIPS v0.1 with SqueezeNet 1.1 (Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as
a Perceptual Metric"; Iandola et al. 2016): how different two pictures look."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from tcvc_cli.errors import WeightsMissing, WeightsRefused

_MEAN = (-0.030, -0.088, -0.188)
_DEVIATION = (0.458, 0.448, 0.450)
_TAPS = {1: 64, 4: 128, 7: 256, 9: 384, 10: 384, 11: 512, 12: 512}  # layer: channels


class Fire(nn.Module):
    """Squeeze to few channels, expand with 1x1 and 3x3 kernels side by side."""

    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.squeeze(x).relu()
        return torch.cat([self.expand1x1(x).relu(), self.expand3x3(x).relu()], dim=1)


class Lpips(nn.Module):
    """Distance of pictures. Parameters are named as in torchvision, the linear heads `lin0.weight` and on."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(), pool,
            Fire(64, 16, 64), Fire(128, 16, 64), pool,
            Fire(128, 32, 128), Fire(256, 32, 128), pool,
            Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
        )  # fmt: skip
        for number, channels in enumerate(_TAPS.values()):
            self.add_module(f"lin{number}", nn.Conv2d(channels, 1, 1, bias=False))
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION).view(1, 3, 1, 1), persistent=False)

    @torch.inference_mode()
    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Two (B, 3, H, W) float32 RGB in [-1, 1], 17 px or more -> (B,) distances, 0 for equal pictures."""
        pairs = zip(self._normed_features(a), self._normed_features(b), strict=True)
        layers = [
            self.get_submodule(f"lin{number}")((x - y).square()).mean(dim=(1, 2, 3))
            for number, (x, y) in enumerate(pairs)
        ]
        return torch.stack(layers).sum(dim=0)

    def _normed_features(self, rgb: Tensor) -> list[Tensor]:
        x, found = (rgb - self.mean) / self.deviation, []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _TAPS:
                found.append(x / (x.norm(dim=1, keepdim=True) + 1e-10))
        return found


def load_lpips(weights: Path) -> Lpips:
    """The network with the weights of a safetensors file, on the CPU.

    Raises WeightsMissing when there is no such file, WeightsRefused when its names or shapes do not fit.
    """
    if not weights.is_file():
        raise WeightsMissing(f"{weights} is not there", "Give the LPIPS weights as a safetensors file.")
    network = Lpips()
    try:
        network.load_state_dict(load_file(weights))
    except (SafetensorError, RuntimeError) as error:
        raise WeightsRefused(f"{weights.name} does not hold LPIPS weights for SqueezeNet") from error
    return network.eval()
