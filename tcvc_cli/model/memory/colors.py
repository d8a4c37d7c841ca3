"""Colours that were found for a frame, px by px, and the mean of several findings.

The weights were tuned by hand on 16 colour shots. Twice a small network was trained to weigh findings by what
can be seen of them (their confidence, lightness, distance from each other): it came within .02 dB of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor

Way = Literal["exact", "carried", "like", "laid"]
# What somebody gave for the very frame is kept: beside it the others do not count.
_WEIGHTS: Final[dict[Way, float]] = {"exact": 1e4, "carried": 0.6, "like": 0.5, "laid": 1.5}
_UNLIKE: Final = 7.0  # L*: a finding whose lightness is so far from the frame's counts 1 / e
_LEAST: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Colors:
    """`planes` (4, H, W) float32: the L* of where the colours come from, a*, b*, and a confidence in [0, 1].

    `exact` of the frame itself, `carried` along the flow, of places that are `like`, or of a picture that is
    `laid` over the frame.
    `nearness` in [0, 1]: between two anchors, how near theirs is.
    """

    planes: Tensor
    way: Way
    nearness: float = 1.0

    @property
    def ab(self) -> Tensor:
        """(2, H, W)."""
        return self.planes[1:3]

    @property
    def confidence(self) -> Tensor:
        """(1, H, W)."""
        return self.planes[3:]


def fused(found: Sequence[Colors], lightness: Tensor) -> Colors:
    """At least one, and L* (1, H, W) of the frame, whose own the colours are from here on.

    Independent findings are mistaken together less often than each of them.
    """
    planes = torch.stack([one.planes for one in found])
    weights = planes.new_tensor([_WEIGHTS[one.way] * max(one.nearness, _LEAST) for one in found])
    unlike = (planes[:, :1] - lightness).abs() / _UNLIKE
    trust = planes[:, 3:].clamp(_LEAST, 1)
    is_exact = torch.tensor([one.way == "exact" for one in found], device=planes.device)
    # A point is exact where it speaks; elsewhere in its frame the others do.
    trust = torch.where(is_exact.view(-1, 1, 1, 1), trust**3, trust)
    weight = weights.view(-1, 1, 1, 1) * trust * torch.exp(-unlike)
    share = weight / weight.sum(0).clamp(min=1e-12)
    ab = found[0].ab if len(found) == 1 else (share * planes[:, 1:3]).sum(0)
    return Colors(torch.cat([lightness, ab, 1 - (1 - planes[:, 3:]).prod(0)]), "carried")
