"""The encoder of `tcvc-mini`: EfficientNet-Lite without its classifier, batch norm folded in.

Tan and Le 2019 (EfficientNet), in the Lite variant (no squeeze-excite, ReLU6, fixed stem). The
pretrained weights take (rgb255 - 127) / 128 as input. Batch norm is folded because it never leaves
eval mode here: it makes training and inference cheaper and leaves half as many tensors to keep.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Variant = Literal["lite0", "lite1", "lite2"]
_SCALES: dict[Variant, tuple[float, float]] = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}
# expansion, channels, repeats, stride, kernel of each stage
_STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
_TAPS = (1, 2, 4, 6)  # stages whose outputs are the last ones at strides 4, 8, 16 and 32


def _channels(base: int, width: float) -> int:
    """Rounded to a multiple of 8, never below nine tenths (the rule of the EfficientNet paper's code)."""
    rounded = max(8, int(base * width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * base * width else rounded


def _repeats(index: int, base: int, depth: float) -> int:
    # The Lite variants scale the middle stages only.
    return base if index in (0, len(_STAGES) - 1) else math.ceil(base * depth)


class SameConv(nn.Conv2d):
    """Convolution with TensorFlow's "same" padding, which the pretrained weights expect at stride 2."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        pad = (kernel - 1) // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, padding=pad, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride[0] == 2:
            total = self.kernel_size[0] - 2  # inputs are even, so stride 2 lacks kernel - 2
            before = total // 2
            x = F.pad(x, (before, total - before, before, total - before))
        return super().forward(x)


class Block(nn.Module):
    """Inverted residual: expand, depthwise, project; skip where shapes allow."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        middle = inputs * expansion
        self.expand = SameConv(inputs, middle, 1) if expansion != 1 else None
        self.depthwise = SameConv(middle, middle, kernel, stride=stride, groups=middle)
        self.project = SameConv(middle, outputs, 1)
        self.has_skip = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x))
        out: Tensor = self.project(F.relu6(self.depthwise(y)))
        return x + out if self.has_skip else out


class Encoder(nn.Module):
    """(B, 3, H, W) grey picture as (rgb255 - 127) / 128 -> features at strides 4, 8, 16 and 32.

    H and W are multiples of 32. `channels` lists the channels of the four outputs.
    """

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        width, depth = _SCALES[variant]
        self.stem = SameConv(3, 32, 3, stride=2)
        self.stages = nn.ModuleList()
        inputs = 32
        for index, (expansion, base, repeats, stride, kernel) in enumerate(_STAGES):
            outputs = _channels(base, width)
            blocks = [
                Block(inputs if i == 0 else outputs, outputs, expansion, stride if i == 0 else 1, kernel)
                for i in range(_repeats(index, repeats, depth))
            ]
            self.stages.append(nn.Sequential(*blocks))
            inputs = outputs
        self.channels = tuple(_channels(_STAGES[i][1], width) for i in _TAPS)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self.stem(x))
        taps = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in _TAPS:
                taps.append(x)
        return taps


def _fold(state: Mapping[str, Tensor], conv: str, norm: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of the convolution followed by its batch norm (eps 1e-3, as trained)."""
    scale = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + 1e-3)
    weight = state[f"{conv}.weight"] * scale[:, None, None, None]
    return weight, state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale


def load_pretrained(encoder: Encoder, state: Mapping[str, Tensor]) -> None:
    """Fill `encoder` in place from an EfficientNet-Lite state dict with its published names."""
    pairs: list[tuple[SameConv, str, str]] = [(encoder.stem, "_conv_stem", "_bn0")]
    blocks = [block for block in encoder.modules() if isinstance(block, Block)]
    for number, block in enumerate(blocks):
        prefix, norms = f"_blocks.{number}.", iter(("_bn0", "_bn1", "_bn2"))
        if block.expand is not None:
            pairs.append((block.expand, f"{prefix}_expand_conv", prefix + next(norms)))
        else:
            next(norms)
        pairs.append((block.depthwise, f"{prefix}_depthwise_conv", prefix + next(norms)))
        pairs.append((block.project, f"{prefix}_project_conv", prefix + next(norms)))
    with torch.no_grad():
        for conv, name, norm in pairs:
            weight, bias = _fold(state, name, norm)
            conv.weight.copy_(weight)
            assert conv.bias is not None
            conv.bias.copy_(bias)
