"""Backward warping: fetch each pixel from where the flow says it came from.

The rule is that of FlowNet2's Resample2d (Ilg et al. 2017): bilinear weights, indices clamped to the
picture, so the border is replicated.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F


@lru_cache(maxsize=8)
def _unit_grid(height: int, width: int, device: torch.device) -> Tensor:
    """(1, H, W, 2) float32: x and y of every pixel, -1 at the first and 1 at the last."""
    # Built outside inference mode: a cached inference tensor would later be refused by autograd.
    with torch.inference_mode(mode=False):
        y = torch.linspace(-1, 1, height, device=device) if height > 1 else torch.zeros(1, device=device)
        x = torch.linspace(-1, 1, width, device=device) if width > 1 else torch.zeros(1, device=device)
        return torch.stack((x.expand(height, width), y[:, None].expand(height, width)), dim=-1)[None]


@lru_cache(maxsize=8)
def _unit_per_px(height: int, width: int, device: torch.device) -> Tensor:
    with torch.inference_mode(mode=False):
        return torch.tensor((2 / max(width - 1, 1), 2 / max(height - 1, 1)), device=device)


def warp(image: Tensor, flow: Tensor) -> Tensor:
    """Sample `image` at p + flow(p), bilinearly, beyond the border as at the border.

    image: (B, C, H, W), any float dtype. flow: (B, 2, H, W), dx then dy in px. Returns (B, C, H, W) in
    the dtype of `image`. Coordinates and sampling are float32: a bfloat16 grid is off by whole pixels.
    """
    height, width = image.shape[-2:]
    step = flow.float().permute(0, 2, 3, 1) * _unit_per_px(height, width, flow.device)
    grid = _unit_grid(height, width, flow.device) + step
    sampled = F.grid_sample(image.float(), grid, mode="bilinear", padding_mode="border", align_corners=True)
    return sampled.to(image.dtype)
