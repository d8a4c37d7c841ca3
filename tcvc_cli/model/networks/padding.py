"""Sizes that a network asks for."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def padded(picture: Tensor, multiple: int) -> Tensor:
    """(B, C, H, W) -> the same with its right and lower border repeated until both sizes are multiples."""
    height, width = picture.shape[-2:]
    right, below = -width % multiple, -height % multiple
    return F.pad(picture, (0, right, 0, below), mode="replicate") if right or below else picture
