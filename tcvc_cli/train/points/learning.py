"""What is learned: a covariance by which a few true colours of a photograph say the others."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.model.memory.point_kernel import (
    FACTORS,
    HIDDEN,
    LOOKS,
    SAID,
    Described,
    Scales,
    noise_at,
    offset_of,
    own_covariance,
    places_of,
    shared_planes,
)
from tcvc_cli.train.config import PointsConfig
from tcvc_cli.train.points.material import CELLS, GRID, Stored
from tcvc_cli.train.points.projection import OUTLINE_AXES, THING_AXES

COUNTS: Final = (1, 2, 3, 5, 5, 8, 13, 20)  # of points, each as likely
_HASTE: Final = 3.0  # how much faster than weights the logarithms of scales are learned
_FIRST_SCALES: Final = (0.0, -1.0, -0.7, -1.0, -2.0, -3.0, -1.0)
_EVEN: Final = 8.0  # a mean square under which an error hardly matters
_LOSS: Final = 20.0
_UNLIKE: Final = 8.0  # CIE units from any given colour, from which on a change is a leak; doubled, all of it
_LEAKS: Final = {1: 6.0, 2: 2.0, 3: 1.0, 5: 0.1}  # by the number of points
_LEAK_OF_MANY: Final = 0.05


@dataclass(frozen=True, slots=True)
class Sampled:
    """Some cells of each of B photographs; the first `count` of N are given.

    `looks` (B, N, LOOKS), `things` (B, N, THING_AXES), `outlines` (B, N, OUTLINE_AXES), `at` (B, N, 2);
    `ab` and `truth` (B, 2, N), `palettes` (B, PALETTES, 2, N), CIE units.
    """

    count: int
    looks: Tensor
    things: Tensor
    outlines: Tensor
    at: Tensor
    ab: Tensor
    palettes: Tensor
    truth: Tensor

    def to(self, device: torch.device) -> Sampled:
        planes = {
            field.name: getattr(self, field.name).to(device)
            for field in fields(self)
            if field.name != "count"
        }
        return Sampled(self.count, **planes)

    @property
    def given(self) -> Tensor:
        return torch.arange(self.count, device=self.ab.device)

    @property
    def lacking(self) -> Tensor:
        return (self.truth - self.ab)[..., : self.count]


def draw(stored: Stored, config: PointsConfig, step: int, device: torch.device) -> Sampled:
    """For one step; depends on (seed, step) and what is stored alone."""
    rng = np.random.default_rng((config.seed, step))
    count = int(rng.choice(COUNTS))
    items = rng.integers(len(stored), size=config.batch)
    size = min(config.cells + count, CELLS)
    cells = np.stack([rng.choice(CELLS, size, replace=False) for _ in items])
    knows_things = rng.random(config.batch) >= config.without_things
    return sampled(stored, items, cells, count, knows_things).to(device)


def sampled(
    stored: Stored,
    items: NDArray[np.int64],
    cells: NDArray[np.int64],
    count: int,
    knows_things: NDArray[np.bool_],
) -> Sampled:
    """The `cells` (B, N) of `items` (B,)."""
    at = places_of((GRID, GRID), torch.device("cpu"))[torch.from_numpy(cells)]
    pairs = list(zip(items, cells, strict=True))
    things = _at_places(_tensor([stored.things[item] for item in items]), at)
    return Sampled(
        count,
        _tensor([stored.looks[item][chosen] for item, chosen in pairs]),
        things * torch.from_numpy(knows_things)[:, None, None],
        _at_places(_tensor([stored.outlines[item] for item in items]), at),
        at,
        _tensor([stored.ab[item][:, chosen] for item, chosen in pairs]),
        _tensor([stored.palettes[item][..., chosen] for item, chosen in pairs]),
        _tensor([stored.truth[item][:, chosen] for item, chosen in pairs]),
    )


def _tensor(arrays: list[NDArray[np.float16]]) -> Tensor:
    return torch.from_numpy(np.stack(arrays)).float()


def _at_places(planes: Tensor, at: Tensor) -> Tensor:
    """(B, C, h, w) -> (B, N, C), as if enlarged to GRID, bilinear, and taken there."""
    middle = (at + 0.5 / GRID) * 2 - 1
    taken = F.grid_sample(planes, middle[:, None].flip(-1), padding_mode="border", align_corners=False)
    return taken[:, :, 0].mT


class Learner(nn.Module):
    """`PointKernel` along the axes of what is seen."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.look = nn.Linear(LOOKS + THING_AXES + OUTLINE_AXES, HIDDEN)
        self.say = nn.Linear(HIDDEN, SAID)
        self.hasty_scales = nn.Parameter(torch.tensor(_FIRST_SCALES) / _HASTE)
        self.hasty_growth = nn.Parameter(torch.zeros(FACTORS + 1))

    @property
    def scales(self) -> Tensor:
        """As `PointKernel` has them."""
        return self.hasty_scales * _HASTE

    @property
    def growth(self) -> Tensor:
        """As `PointKernel` has it."""
        return self.hasty_growth * _HASTE

    def described(self, batch: Sampled) -> Described:
        seen = torch.cat([batch.looks, batch.things, batch.outlines], -1)
        return Described.said(self.say(F.gelu(self.look(self.drop(seen)))), batch.at)

    def forward(self, batch: Sampled) -> Tensor:
        """(B, 2, N) what is to be added to ab."""
        scales = Scales.learned(self.scales, self.growth, batch.count)
        described, given = self.described(batch), batch.given
        own = own_covariance(described, given, scales)
        shared = shared_planes(batch.ab, batch.palettes, scales)
        return offset_of(own, shared, noise_at(described, given, scales), given, batch.lacking)


def loss_of(offset: Tensor, batch: Sampled, leak_weight: float) -> Tensor:
    """How far what comes out is from the truth, and how much colour went where it does not belong.

    Of each photograph the logarithm of its mean square error counts, so that pale ones count too.
    """
    asked = slice(batch.count, None)
    error = (batch.ab + offset - batch.truth)[..., asked].square().sum(1)
    close = _LOSS * (error.mean(1) + _EVEN).log().mean()
    return close + leak_weight * _LEAKS.get(batch.count, _LEAK_OF_MANY) * leak_of(offset, batch)


def leak_of(offset: Tensor, batch: Sampled) -> Tensor:
    """The mean change of cells whose true colours are far from all that are given."""
    truth = batch.truth.mT
    far = torch.cdist(truth[:, batch.count :], truth[:, : batch.count]).amin(-1)
    change = (offset[..., batch.count :].square().sum(1) + 1).sqrt() - 1
    return (change * ((far - _UNLIKE) / _UNLIKE).clamp(0, 1)).mean()
