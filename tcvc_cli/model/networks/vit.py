"""DINOv2's ViT-S/14 (Oquab et al. 2023): what is in a picture, place by place; any size, any aspect.

The weights are the encoder's of a published graph (docs/training.md); they are frozen here, and so is
everything about them: patches of 14 px, twelve layers of six heads, layer scale, no registers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PATCH_PX: Final = 14
WIDTH: Final = 384
HEADS: Final = 6
LAYERS: Final = 12
TRAINED_ROWS: Final = 37  # the positions were learned for 37 x 37 patches
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, per channel


def picture_of(lightness: Tensor) -> Tensor:
    """(B, 1, H, W) L* in [0, 100] -> (B, 3, H, W) the grey of that lightness, as the network was shown it."""
    f = (lightness + 16) / 116
    linear = torch.where(f > 6 / 29, f**3, (f - 4 / 29) * (108 / 841))
    srgb = torch.where(
        linear > 0.0031308, 1.055 * linear.clamp(min=1e-8) ** (1 / 2.4) - 0.055, 12.92 * linear
    )
    mean, spread = (srgb.new_tensor(of).view(1, 3, 1, 1) for of in (_MEAN, _SPREAD))
    return (srgb - mean) / spread


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        b, n, c = x.shape
        qkv = (
            self.qkv(x).reshape(b, n, 3, HEADS, c // HEADS).permute(2, 0, 3, 1, 4)
        )  # (3, B, heads, N, C/heads)
        mixed = F.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2])  # (B, heads, N, C/heads)
        return self.out(mixed.transpose(1, 2).reshape(b, n, c))  # type: ignore[no-any-return]


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.attention = _Attention()
        self.scale1 = nn.Parameter(torch.ones(WIDTH))
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.fc1 = nn.Linear(WIDTH, 4 * WIDTH)
        self.fc2 = nn.Linear(4 * WIDTH, WIDTH)
        self.scale2 = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.scale1 * self.attention(self.norm1(x))
        return x + self.scale2 * self.fc2(F.gelu(self.fc1(self.norm2(x))))  # type: ignore[no-any-return]


class VisionTransformer(nn.Module):
    """Pictures -> tokens: one of the whole picture and one of each patch, after the layers asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, PATCH_PX, PATCH_PX)
        self.whole = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.whole_position = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.positions = nn.Parameter(torch.zeros(1, WIDTH, TRAINED_ROWS, TRAINED_ROWS))
        self.layers = nn.ModuleList(_Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)  # of the last layer; no tap goes through it

    def forward(self, picture: Tensor, taps: Sequence[int]) -> list[Tensor]:
        """(B, 3, H, W), H and W multiples of 14 -> of each layer in `taps` (1 to 12, rising) its tokens.

        Tokens are (B, 1 + H/14 * W/14, 384), the one of the whole picture first, row by row. Layers after
        the last tap are not computed.
        """
        x = self._embed(picture)
        out = []
        for number, layer in enumerate(self.layers[: taps[-1]], 1):
            x = layer(x)
            if number in taps:
                out.append(x)
        return out

    def _embed(self, picture: Tensor) -> Tensor:
        grid = self.patches(picture)  # (B, C, h, w)
        positions = F.interpolate(self.positions, grid.shape[-2:], mode="bicubic", align_corners=False)
        tokens = (grid + positions).flatten(2).transpose(1, 2)  # (B, h * w, C)
        whole = (self.whole + self.whole_position).expand(len(tokens), -1, -1)
        return torch.cat([whole, tokens], 1)


def load_published(network: VisionTransformer, tensors: Mapping[str, Tensor]) -> None:
    """Fill `network` in place from DINOv2's tensors under the names of the `transformers` library."""
    get = {name.removeprefix("backbone."): value for name, value in tensors.items()}
    embeddings = get["embeddings.position_embeddings"]  # (1, 1 + 37 * 37, C)
    grid = embeddings[:, 1:].transpose(1, 2).reshape(1, WIDTH, TRAINED_ROWS, TRAINED_ROWS)
    state = {
        "patches.weight": get["embeddings.patch_embeddings.projection.weight"],
        "patches.bias": get["embeddings.patch_embeddings.projection.bias"],
        "whole": get["embeddings.cls_token"],
        "whole_position": embeddings[:, :1],
        "positions": grid,
        "norm.weight": get["layernorm.weight"],
        "norm.bias": get["layernorm.bias"],
    }
    for number in range(LAYERS):
        state |= _layer_state(f"layers.{number}.", f"encoder.layer.{number}.", get)
    network.load_state_dict(state)


def _layer_state(ours: str, theirs: str, get: Mapping[str, Tensor]) -> dict[str, Tensor]:
    state = {f"{ours}scale{n}": get[f"{theirs}layer_scale{n}.lambda1"] for n in (1, 2)}
    for kind in ("weight", "bias"):
        parts = [get[f"{theirs}attention.attention.{part}.{kind}"] for part in ("query", "key", "value")]
        state[f"{ours}attention.qkv.{kind}"] = torch.cat(parts)
        state[f"{ours}attention.out.{kind}"] = get[f"{theirs}attention.output.dense.{kind}"]
        for name, source in (("norm1", "norm1"), ("norm2", "norm2"), ("fc1", "mlp.fc1"), ("fc2", "mlp.fc2")):
            state[f"{ours}{name}.{kind}"] = get[f"{theirs}{source}.{kind}"]
    return state
