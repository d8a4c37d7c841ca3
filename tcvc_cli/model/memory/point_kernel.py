"""Which places of a frame a given colour speaks for: a Gaussian process whose kernel was learned.

What a frame's own colours lack is regressed from what they lack at the given places (Rasmussen and Williams
2006, equation 2.25). The covariance of two places has a part of their own, which is large where they look
like the same thing and lie near each other, and a part that all places share: that the scene has a cast, that
it is more colourful than the network thought, or that it is one of its other palettes. The more colours are
given, the further each may speak: of one alone nobody knows whether it is true of more than its thing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.memory.describer import OUTLINES, SIZE, THINGS, Seen

LIKENESS: Final = 64  # planes of what places are told to be alike by
LOOKS: Final = LIKENESS + SIZE + 2 + 1  # with what `Describer` says, ab and L*
PALETTES: Final = 4
_HIDDEN: Final = 64
_SIZE: Final = 24
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


class PointKernel(nn.Module):
    """The learned covariance."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = nn.Linear(LOOKS, _HIDDEN)
        self.outlines = nn.Conv2d(OUTLINES, _HIDDEN, 1)
        self.things = nn.Conv2d(THINGS, _HIDDEN, 1)
        self.say = nn.Linear(_HIDDEN, _SIZE + 2)
        # Logarithms: what is alike anywhere, and near; how near; noise; factor of colour, palettes, cast.
        self.scales = nn.Parameter(torch.zeros(7))
        # How these, and the sharpness of likeness, grow with the logarithm of how many colours are given.
        self.growth = nn.Parameter(torch.zeros(8))

    def forward(self, cells: Cells, given: Tensor, lacking: Tensor, count: int) -> Regressed:
        """`given` (n,) are the numbers of the cells whose colours are given, `lacking` (2, n) what ab lacks
        there; they come from `count` points."""
        h, w = cells.ab.shape[1:]
        scales = (self.scales + self.growth[:7] * math.log(count)).exp()
        sharpness = (self.growth[7] * math.log(count)).exp()
        kin, amount, noisy = self._described(cells)
        own = self._own(kin * sharpness, amount, given, w, scales)  # (n, h * w)
        shared = self._shared(cells, scales)  # (2, h * w, K)
        noise = scales[3] * noisy[given] + _JITTER
        alike = torch.einsum("cd,nm->cndm", torch.eye(2, device=own.device), own)
        both = alike + torch.einsum("cnk,dmk->cndm", shared[:, given], shared)
        joint = both.flatten(0, 1)  # (2 n, 2, h * w)
        between = joint[..., given].flatten(1) + torch.diag(noise.repeat(2))
        weights = torch.linalg.solve(between, lacking.reshape(-1, 1))  # (2 n, 1)
        offset = (weights[:, :, None] * joint).sum(0)
        explained = (own * torch.linalg.solve(own[:, given] + torch.diag(noise), own)).sum(0)
        influence = (explained / (amount.square() * scales[:2].sum())).clamp(0, 1)
        return Regressed(offset.reshape(2, h, w), influence.reshape(1, h, w))

    def _described(self, cells: Cells) -> tuple[Tensor, Tensor, Tensor]:
        """Of each of the h * w cells: by what it is alike (h * w, size), how much its colour may lack, and
        how little a colour that is given there may be true of its surroundings."""
        size = cells.ab.shape[1:]
        hidden = self.looks(cells.looks) + _grown(self.outlines(cells.seen.outlines), size)
        if cells.seen.things is not None:
            hidden = hidden + _grown(self.things(cells.seen.things.float()), size)
        said = self.say(F.gelu(hidden))
        return said[:, :_SIZE], F.softplus(said[:, -2] + 0.5), F.softplus(said[:, -1] + 0.5)

    def _own(self, kin: Tensor, amount: Tensor, given: Tensor, w: int, scales: Tensor) -> Tensor:
        """(n, h * w) covariance of each given cell with every cell."""
        apart = torch.cdist(kin[given], kin).square()
        number = torch.arange(len(kin), device=kin.device)
        height = len(kin) // w
        at = torch.stack([number // w, number % w], 1).float() / height
        distance = torch.cdist(at[given], at).square()
        near = scales[0] + scales[1] / (1 + distance / scales[2] ** 2)
        return torch.exp(-apart) * near * amount[given, None] * amount

    def _shared(self, cells: Cells, scales: Tensor) -> Tensor:
        """(2, h * w, K): planes of ab, any share of which may be lacking everywhere at once."""
        ab = cells.ab.flatten(1)
        one, nothing = torch.ones_like(ab[0]), torch.zeros_like(ab[0])
        casts = torch.stack([torch.stack([one, nothing]), torch.stack([nothing, one])], -1) * scales[6].sqrt()
        color = ab[..., None] * scales[4].sqrt() / _GENERAL_AB
        palettes = (cells.palettes.flatten(2) - ab).permute(1, 2, 0) * scales[5].sqrt() / _GENERAL_AB
        return torch.cat([color, palettes, casts], -1)


def _grown(planes: Tensor, size: torch.Size) -> Tensor:
    """(1, C, rows, columns) -> (h * w, C)."""
    large = F.interpolate(planes.float(), size, mode="bilinear", align_corners=False)
    return large[0].flatten(1).T
