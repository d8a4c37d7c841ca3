"""Hints: colours that somebody knows, at some cells, with a confidence.

Hint planes are (B, 3, h, w) at the stride of the features: a*, b* in CIE units and a confidence in
[0, 1]; 0 is no hint. `offset_of` says what they change. The decoder is trained to read them too, from
`hint_pyramid`, but is not shown them in use: it hardly follows points, and overshoots dense colours, which
would grow more vivid from anchor to anchor.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

MOST_POINTS: Final = 256  # more are dense: each cell has its own, and pairs with every cell would be many
_SCALE: Final = 25.0  # CIE units; so that a hint weighs as much as what the encoder says
# Chosen on training photographs with five points each.
_LIKENESS: Final = 0.35  # of features: 1 - cosine at which a hint says 1 / e as much
_REACH: Final = 0.5  # of the picture's height: distance at which a hint says half as much
_DOUBT: Final = 0.01  # weight of what the network said


def hint_pyramid(hints: Tensor, levels: int) -> list[Tensor]:
    """Hint planes at strides 4, 8, 16, ...: mean colour by confidence, and the highest confidence."""
    weighted = hints[:, :2] * hints[:, 2:] / _SCALE
    total, peak = hints[:, 2:], hints[:, 2:]
    planes = [torch.cat([weighted, peak], 1)]
    for _ in range(levels - 1):
        weighted, total = F.avg_pool2d(weighted, 2), F.avg_pool2d(total, 2)
        peak = F.max_pool2d(peak, 2)
        planes.append(torch.cat([weighted / (total + 1e-6) * peak, peak], 1))
    return planes


def offset_of(features: Tensor, ab: Tensor, hints: Tensor) -> Tensor:
    """What hints change: (B, 2, h, w) to add to `ab`, CIE units; zero without hints.

    `features` (B, C, h, w), `ab` (B, 2, h, w), `hints` (B, 3, h, w). Dense hints count where they are: the
    confidence is their share of the colour. Up to MOST_POINTS points speak for all other cells too: each
    takes the mean of what `ab` lacks at the points (Nadaraya-Watson), weighed by confidence, nearness, and
    likeness of features, since features that are alike mean the same thing in the picture.
    """
    offsets = torch.zeros_like(ab)
    for one, (feature, color, hint) in enumerate(zip(features, ab, hints, strict=True)):
        ys, xs = torch.nonzero(hint[2] > 0, as_tuple=True)
        if len(ys) > MOST_POINTS:
            offsets[one] = (hint[:2] - color) * hint[2:]
        elif len(ys):
            offsets[one] = _spread(F.normalize(feature, dim=0), color, hint, ys, xs)
    return offsets


def _spread(feature: Tensor, color: Tensor, hint: Tensor, ys: Tensor, xs: Tensor) -> Tensor:
    lacking = hint[:2, ys, xs] - color[:, ys, xs]
    likeness = torch.einsum("cn,chw->nhw", feature[:, ys, xs], feature)
    rows, columns = (torch.arange(side, device=color.device) for side in color.shape[1:])
    from_rows, from_columns = rows[None] - ys[:, None], columns[None] - xs[:, None]
    square = from_rows[:, :, None] ** 2 + from_columns[:, None] ** 2
    nearness = 1 / (1 + square / (_REACH * len(rows)) ** 2)
    weight = torch.exp((likeness - 1) / _LIKENESS) * nearness * hint[2, ys, xs][:, None, None]
    return torch.einsum("cn,nhw->chw", lacking, weight) / (weight.sum(0) + _DOUBT)
