"""Hints: colours that somebody knows, at some cells, with a confidence.

Hint planes are (B, 3, h, w) at the stride of the features: a*, b* in CIE units and a confidence in
[0, 1]; 0 is no hint. `offset_of` says what they change. The network itself never sees them: one that was
trained to read them hardly followed points, and overshot dense colours, which would have grown more vivid
from anchor to anchor.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

MOST_POINTS: Final = 256  # more are dense: each cell has its own, and pairs with every cell would be many
# The kernel of `_spread`. Cells that are alike lack alike colours, and so do cells that are near each other.
_LIKENESS: Final = 0.35  # of features: 1 - cosine at which likeness has fallen to 1 / e
_REACH: Final = 0.5  # of the picture's height: distance at which nearness has fallen to a half
_LIKE_NOTHING: Final = 0.2  # what is left where nothing is alike
_NEAR_NOTHING: Final = 0.3  # what is left far away
MOST_PULLING: Final = 128
_CONFIDENT: Final = 0.5
_NOISE: Final = 0.3  # variance of one pixel's colour around its surroundings


def offset_of(features: Tensor, ab: Tensor, hints: Tensor) -> Tensor:
    """What hints change: (B, 2, h, w) to add to `ab`, CIE units; zero without hints.

    `features` (B, C, h, w), `ab` (B, 2, h, w), `hints` (B, 3, h, w). Dense hints count where they are: the
    confidence is their share of the colour. Up to MOST_POINTS points speak for all other cells too, by
    Gaussian process regression of what `ab` lacks (Rasmussen and Williams 2006, equation 2.25): the kernel
    is nearness times likeness of features, since features that are alike mean the same thing in the
    picture, and a point of less confidence is a noisier one.
    """
    offsets = torch.zeros_like(ab)
    for one, (feature, color, hint) in enumerate(zip(features, ab, hints, strict=True)):
        ys, xs = torch.nonzero(hint[2] > 0, as_tuple=True)
        if len(ys) > MOST_POINTS:
            offsets[one] = (hint[:2] - color) * hint[2:]
        elif len(ys):
            with torch.autocast(hints.device.type, enabled=False):  # solving needs single precision
                offsets[one] = _spread(F.normalize(feature.float(), dim=0), color.float(), hint, ys, xs)
    return offsets


def pulled_offset_of(features: Tensor, ab: Tensor, hints: Tensor) -> Tensor:
    """As `offset_of` of dense hints; where they are not confident, MOST_PULLING of the most confident, evenly
    taken from the picture, speak for what is like them."""
    offsets = offset_of(features, ab, hints)
    for one, hint in enumerate(hints):
        ys, xs = _most_confident(hint[2])
        if len(ys):
            with torch.autocast(hints.device.type, enabled=False):
                feature = F.normalize(features[one].float(), dim=0)
                pull = _spread(feature, ab[one].float(), hint, ys, xs)
            # Little that is sure may be a chance likeness: it speaks for others as far as it is much.
            offsets[one] += (1 - hint[2:]) * hint[2].mean() * pull
    return offsets


def _most_confident(confidence: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns of the most confident cell of each block, where one is confident at all."""
    h, w = confidence.shape
    side = max(1, round((h * w / MOST_PULLING) ** 0.5))
    best, at = F.max_pool2d(confidence[None, None], side, ceil_mode=True, return_indices=True)
    flat = at[best > _CONFIDENT]
    return flat // w, flat % w


def _spread(feature: Tensor, color: Tensor, hint: Tensor, ys: Tensor, xs: Tensor) -> Tensor:
    lacking = hint[:2, ys, xs] - color[:, ys, xs]
    kernel = _kernel(feature, ys, xs)
    noise = torch.diag(_NOISE / hint[2, ys, xs])
    weights = torch.linalg.solve(kernel[:, ys, xs] + noise, lacking.T)
    return torch.einsum("nc,nhw->chw", weights, kernel)


def _kernel(feature: Tensor, ys: Tensor, xs: Tensor) -> Tensor:
    """(N, h, w) covariance of each of N points with every cell."""
    likeness = torch.exp((torch.einsum("cn,chw->nhw", feature[:, ys, xs], feature) - 1) / _LIKENESS)
    rows, columns = (torch.arange(side, device=feature.device) for side in feature.shape[1:])
    from_rows, from_columns = rows[None] - ys[:, None], columns[None] - xs[:, None]
    square = from_rows[:, :, None] ** 2 + from_columns[:, None] ** 2
    nearness = 1 / (1 + square / (_REACH * len(rows)) ** 2)
    return (likeness + _LIKE_NOTHING) * (nearness + _NEAR_NOTHING)
