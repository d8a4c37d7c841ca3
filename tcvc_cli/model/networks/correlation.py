"""FlowNetC's correlation: how alike two feature maps are, displaced (Dosovitskiy et al. 2015)."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

REACH: Final = 20  # furthest displacement, in feature pixels
STRIDE: Final = 2
STEPS: Final = 2 * REACH // STRIDE + 1  # 21 displacements a side


def correlate(first: Tensor, second: Tensor) -> Tensor:
    """Mean over channels of first(y, x) * second(y + dy, x + dx), zero outside the map.

    first, second: (B, C, H, W). Returns (B, 441, H, W) in their dtype; channel 21 * j + i is
    dy = 2 j - 20, dx = 2 i - 20. Memory beyond the result grows with B * H * W**2.

    One row of `first` meets one row of `second` in a single matrix product, whose diagonals are the
    horizontal displacements; so 21 batched products stand for 441 shifted ones.
    """
    batch, channels, height, width = first.shape
    reached = width + 2 * REACH
    # Rows lead, so that a vertical displacement is a slice without a copy.
    queries = first.permute(2, 0, 3, 1).reshape(height * batch, width, channels) / channels
    keys = F.pad(second.permute(2, 0, 1, 3), (REACH, REACH, 0, 0, 0, 0, REACH, REACH))
    result = first.new_empty(height, batch, width, STEPS, STEPS)
    for j in range(STEPS):
        row = keys[STRIDE * j : STRIDE * j + height].reshape(height * batch, channels, reached)
        products = torch.bmm(queries, row)
        # Element (row, x, i) is the product of x with x + 2 i of the padded row.
        diagonals = products.as_strided(
            (height * batch, width, STEPS), (width * reached, reached + 1, STRIDE)
        )
        result[:, :, :, j] = diagonals.view(height, batch, width, STEPS)
    return result.permute(1, 3, 4, 0, 2).reshape(batch, STEPS * STEPS, height, width)
