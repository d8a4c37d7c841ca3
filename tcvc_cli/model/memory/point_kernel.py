"""Which places of a frame a given colour speaks for: a Gaussian process whose kernel was learned.

What a frame's own colours lack is regressed from what they lack at the given places (Rasmussen and Williams
2006, equation 2.25). The covariance of two places has a part of their own, which is large where they look
like the same thing and lie near each other, and a part that all places share: that the scene has a cast, that
it is more colourful than the network thought, or that it is one of its other palettes. The more colours are
given, the further each may speak: of one alone nobody knows whether it is true of more than its thing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.memory.describer import OUTLINES, SIZE, THINGS, Seen

LIKENESS: Final = 64  # planes of what places are told to be alike by
LOOKS: Final = LIKENESS + SIZE + 2 + 1  # with what `Describer` says, ab and L*
PALETTES: Final = 4
HIDDEN: Final = 64
KIN: Final = 24
SAID: Final = KIN + 2
FACTORS: Final = 7
_PLACES: Final = 8.0  # brings what has length 1 to the size of the others
_AB: Final = 20.0
_GENERAL_AB: Final = 8.0
_JITTER: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Cells:
    """A frame, cell by cell of 4 px: `likeness` (LIKENESS, h, w), `places` (SIZE, h, w), `ab` (2, h, w) that
    the network gives it, CIE units, `palettes` (PALETTES or 0, 2, h, w) that it might have given, and
    `lightness` (1, h, w) L*; float32. `seen` is what its eyes saw, on grids of its own."""

    likeness: Tensor
    places: Tensor
    ab: Tensor
    palettes: Tensor
    lightness: Tensor
    seen: Seen

    @property
    def looks(self) -> Tensor:
        """(h * w, LOOKS)."""
        light = self.lightness / 50 - 1
        planes = [self.likeness, self.places * _PLACES, self.ab / _AB, light]
        return torch.cat(planes).flatten(1).T


@dataclass(frozen=True, slots=True)
class Regressed:
    """`offset` (2, h, w) is to be added to ab, CIE units; `influence` (1, h, w) in [0, 1] is how far it comes
    from given places that are like this one."""

    offset: Tensor
    influence: Tensor


@dataclass(frozen=True, slots=True)
class Described:
    """N cells of each of any number of frames: by what they are alike, `kin` (..., N, KIN); how much the
    colour of each may lack, `amount` (..., N); how little a colour that is given there may be true of its
    surroundings, `noisy` (..., N); where they lie, `at` (..., N, 2), rows and columns, in heights of a frame.
    """

    kin: Tensor
    amount: Tensor
    noisy: Tensor
    at: Tensor

    @classmethod
    def said(cls, said: Tensor, at: Tensor) -> Described:
        """From what the last layer says, (..., N, SAID)."""
        return cls(said[..., :KIN], F.softplus(said[..., -2] + 0.5), F.softplus(said[..., -1] + 0.5), at)


@dataclass(frozen=True, slots=True)
class Scales:
    """As they are where so many colours are given: `factors` (FACTORS,) what is alike anywhere, and near; how
    near; noise; factor of colour, palettes, cast. `sharpness` is that of likeness."""

    factors: Tensor
    sharpness: Tensor

    @classmethod
    def learned(cls, scales: Tensor, growth: Tensor, count: int) -> Scales:
        """`scales` (FACTORS,) are logarithms; `growth` (FACTORS + 1,) how these, and the sharpness, grow with
        the logarithm of how many colours are given."""
        grown = growth * math.log(count)
        return cls((scales + grown[:FACTORS]).exp(), grown[FACTORS].exp())


class PointKernel(nn.Module):
    """The learned covariance."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = nn.Linear(LOOKS, HIDDEN)
        self.outlines = nn.Conv2d(OUTLINES, HIDDEN, 1)
        self.things = nn.Conv2d(THINGS, HIDDEN, 1)
        self.say = nn.Linear(HIDDEN, SAID)
        self.scales = nn.Parameter(torch.zeros(FACTORS))
        self.growth = nn.Parameter(torch.zeros(FACTORS + 1))

    def forward(self, cells: Cells, given: Tensor, lacking: Tensor, count: int) -> Regressed:
        """`given` (n,) are the numbers of the cells whose colours are given, `lacking` (2, n) what ab lacks
        there; they come from `count` points."""
        h, w = cells.ab.shape[1:]
        scales = Scales.learned(self.scales, self.growth, count)
        described = self.described(cells)
        own = own_covariance(described, given, scales)  # (n, h * w)
        noise = noise_at(described, given, scales)
        shared = shared_planes(cells.ab.flatten(1), cells.palettes.flatten(2), scales)
        offset = offset_of(own, shared, noise, given, lacking)
        explained = (own * torch.linalg.solve(own[:, given] + torch.diag(noise), own)).sum(0)
        influence = (explained / (described.amount.square() * scales.factors[:2].sum())).clamp(0, 1)
        return Regressed(offset.reshape(2, h, w), influence.reshape(1, h, w))

    def described(self, cells: Cells) -> Described:
        """All h * w of them."""
        size = cells.ab.shape[1:]
        hidden = self.looks(cells.looks) + _grown(self.outlines(cells.seen.outlines), size)
        if cells.seen.things is not None:
            hidden = hidden + _grown(self.things(cells.seen.things.float()), size)
        return Described.said(self.say(F.gelu(hidden)), places_of(size, hidden.device))


def places_of(size: Sequence[int], device: torch.device) -> Tensor:
    """(h * w, 2): where each cell of a frame of (h, w) lies, rows and columns in heights of the frame."""
    height, width = size
    number = torch.arange(height * width, device=device)
    return torch.stack([number // width, number % width], 1).float() / height


def own_covariance(described: Described, given: Tensor, scales: Scales) -> Tensor:
    """(..., n, N) of the cells that `given` (n,) numbers with every cell."""
    kin, at, factors = described.kin * scales.sharpness, described.at, scales.factors
    apart = torch.cdist(kin[..., given, :], kin).square()
    distance = torch.cdist(at[..., given, :], at).square()
    near = factors[0] + factors[1] / (1 + distance / factors[2] ** 2)
    amount = described.amount
    return torch.exp(-apart) * near * amount[..., given, None] * amount[..., None, :]


def noise_at(described: Described, given: Tensor, scales: Scales) -> Tensor:
    """(..., n) variance of what is given there."""
    return scales.factors[3] * described.noisy[..., given] + _JITTER


def shared_planes(ab: Tensor, palettes: Tensor, scales: Scales) -> Tensor:
    """(..., 2, N, K): planes of ab, any share of which may be lacking everywhere at once. `ab` (..., 2, N)
    and `palettes` (..., P, 2, N) are as `Cells` has them."""
    factors = scales.factors
    casts = torch.eye(2, device=ab.device)[:, None].expand(*ab.shape, 2) * factors[6].sqrt()
    color = ab[..., None] * factors[4].sqrt() / _GENERAL_AB
    others = (palettes - ab[..., None, :, :]).movedim(-3, -1) * factors[5].sqrt() / _GENERAL_AB
    return torch.cat([color, others, casts], -1)


def offset_of(own: Tensor, shared: Tensor, noise: Tensor, given: Tensor, lacking: Tensor) -> Tensor:
    """(..., 2, N) what every cell lacks, regressed from `lacking` (..., 2, n) at the cells that `given` (n,)
    numbers; of `own` (..., n, N), `shared` (..., 2, N, K), `noise` (..., n)."""
    alike = torch.einsum("cd,...nm->...cndm", torch.eye(2, device=own.device), own)
    both = alike + torch.einsum("...cnk,...dmk->...cndm", shared[..., given, :], shared)
    joint = both.flatten(-4, -3)  # (..., 2 n, 2, N)
    between = joint[..., given].flatten(-2) + torch.diag_embed(torch.cat([noise, noise], -1))
    weights = torch.linalg.solve(between, lacking.flatten(-2)[..., None])  # (..., 2 n, 1)
    offset: Tensor = (weights[..., None] * joint).sum(-3)
    return offset


def _grown(planes: Tensor, size: torch.Size) -> Tensor:
    """(1, C, rows, columns) -> (h * w, C)."""
    large = F.interpolate(planes.float(), size, mode="bilinear", align_corners=False)
    return large[0].flatten(1).T
