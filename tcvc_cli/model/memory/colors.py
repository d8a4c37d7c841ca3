"""Colours that were found for a frame, px by px, and the mean of several findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Way = Literal["carried", "like", "laid"]
_WAYS: Final[tuple[Way, ...]] = ("carried", "like", "laid")
_BEFORE_LEARNING: Final = (-0.5, -0.7, 0.4)  # log weights of the ways
_UNLIKE: Final = 7.0  # L*: a finding whose lightness is so far from the frame's counts 1 / e
_LEAST: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Colors:
    """`planes` (4, H, W) float32: the L* of where the colours come from, a*, b*, and a confidence in [0, 1].

    `carried` along the flow, of places that are `like`, or of a picture that is `laid` over the frame.
    `nearness` in (0, 1]: between two anchors, how near theirs is.
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


class Fusion(nn.Module):
    """Weighs findings against each other; each is judged by the same small network, so their number is free.

    It sees how confident a finding is, how far its lightness is from the frame's, and how far its colours are
    from what all say. Its judgement is added to a weight by hand, and is nothing before training.
    """

    HIDDEN: Final = 16
    CUES: Final = 10
    SHRUNK: Final = 2  # weights change slowly from px to px

    def __init__(self) -> None:
        super().__init__()
        self.judge = nn.Sequential(
            nn.Conv2d(self.CUES, self.HIDDEN, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(self.HIDDEN, self.HIDDEN, 3, padding=1),
            nn.ReLU(),
        )
        self.score = nn.Conv2d(self.HIDDEN, 1, 1)
        nn.init.zeros_(self.score.weight)
        self.error = nn.Conv2d(self.HIDDEN, 1, 1)

    def forward(self, found: Sequence[Colors], lightness: Tensor) -> tuple[Tensor, Tensor]:
        """At least one, and L* (1, H, W) of the frame -> ab (2, H, W), and the error (1, H, W) that it is
        expected to have, CIE units."""
        planes = torch.stack([one.planes for one in found])
        near = planes.new_tensor([one.nearness for one in found]).clamp(min=_LEAST).view(-1, 1, 1, 1)
        ways = torch.tensor([_WAYS.index(one.way) for one in found], device=planes.device)
        trust = planes[:, 3:].clamp(_LEAST, 1) * near
        seen = F.avg_pool2d(_cues(planes, near, ways, trust, lightness), self.SHRUNK, ceil_mode=True)
        judged = self.judge(seen)
        size = planes.shape[-2:]
        score = F.interpolate(self.score(judged), size, mode="bilinear", align_corners=False)
        error = F.interpolate(self.error(judged), size, mode="bilinear", align_corners=False)
        unlike = (planes[:, :1] - lightness).abs() / _UNLIKE
        by_hand = trust.log() + planes.new_tensor(_BEFORE_LEARNING)[ways].view(-1, 1, 1, 1) - unlike
        weight = torch.softmax(by_hand + score, 0)
        return (weight * planes[:, 1:3]).sum(0), (weight * error).sum(0).exp()


def _cues(planes: Tensor, near: Tensor, ways: Tensor, trust: Tensor, lightness: Tensor) -> Tensor:
    """(K, CUES, H, W)."""
    confidence = planes[:, 3:].clamp(_LEAST, 1)
    mean = (trust * planes[:, 1:3]).sum(0, keepdim=True) / trust.sum(0, keepdim=True)
    unlike = (planes[:, :1] - lightness).abs() / 20
    apart = _length(planes[:, 1:3] - mean) / 15
    kinds = F.one_hot(ways, len(_WAYS)).float()[:, :, None, None].expand(-1, -1, *planes.shape[-2:])
    around = F.avg_pool2d(unlike, 5, 1, 2)
    chroma = _length(planes[:, 1:3]) / 30
    plain = [confidence, confidence.log() / 3, near.expand_as(confidence), unlike, around, apart, chroma]
    return torch.cat([*plain, kinds], 1)


def _length(ab: Tensor) -> Tensor:
    return (ab.square().sum(1, keepdim=True) + 1e-4).sqrt()


def together(found: Sequence[Colors]) -> Tensor:
    """(1, H, W): independent findings are mistaken together less often than each."""
    return 1 - torch.stack([1 - one.confidence for one in found]).prod(0)
