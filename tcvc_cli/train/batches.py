"""Batches of stored features, for the stages that learn from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.model.networks.vit import PATCH_PX
from tcvc_cli.model.runtime import has_fast_bfloat16
from tcvc_cli.train.config import JoinConfig, PlacesConfig, PointsConfig
from tcvc_cli.train.material.features import FeatureStore, lightness_of

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """`tokens` (B, taps, 1 + T, 384); `lightness` (B, 1, S, S) L*; `ab` (B, 2, S/4, S/4) CIE units."""

    tokens: Tensor
    lightness: Tensor
    ab: Tensor

    @property
    def side(self) -> int:
        """Rows, and columns, of places."""
        return self.lightness.shape[-1] // PATCH_PX

    def to(self, device: torch.device) -> StoredBatch:
        return StoredBatch(self.tokens.to(device), self.lightness.to(device), self.ab.to(device))


def read_batch(store: FeatureStore, places: Numbers, count: int) -> StoredBatch:
    """The items at `places`, all below `count`."""
    held = store.arrays(count)
    places = np.sort(places)  # as they lie on the disk
    tokens, grey, ab = (held[name][places] for name in ("tokens.f16", "grey.u8", "ab.i8"))
    return StoredBatch(
        torch.from_numpy(tokens).float(),
        lightness_of(grey.astype(np.uint8)),
        torch.from_numpy(ab).permute(0, 3, 1, 2).float(),
    )


def mirrored(batch: StoredBatch) -> StoredBatch:
    """Left and right exchanged.

    What the encoder sees in a mirrored picture is nearly the mirror of what it saw.
    """
    whole, grid = batch.tokens[:, :, :1], batch.tokens[:, :, 1:]
    side = math.isqrt(grid.shape[2])
    grid = grid.reshape(*grid.shape[:2], side, side, -1).flip(3).flatten(2, 3)
    return StoredBatch(torch.cat([whole, grid], 2), batch.lightness.flip(3), batch.ab.flip(3))


def mixed_precision(device: torch.device) -> torch.autocast:
    """bfloat16 where it is fast; never float16, whose small gradients vanish."""
    return torch.autocast(device.type, torch.bfloat16, enabled=has_fast_bfloat16(device))


def rate_at(step: int, config: PlacesConfig | JoinConfig | PointsConfig) -> float:
    """Linear warm-up, then a cosine to 1 % of the base rate."""
    warm = min(1.0, (step + 1) / config.warmup_steps)
    return config.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * step / config.steps)))


class Shuffled:
    """Items of a store, at least one: all once before any twice, in an order that the seed says."""

    def __init__(self, items: Numbers, seed: Sequence[int]) -> None:
        self._items, self._seed = items, tuple(seed)
        self._turn, self._order = -1, items

    def take(self, first: int, size: int) -> Numbers:
        """`size` of them, after `first` others."""
        return np.array([self._at(place) for place in range(first, first + size)])

    def _at(self, place: int) -> int:
        turn, within = divmod(place, len(self._items))
        if turn != self._turn:
            self._turn = turn
            self._order = np.random.default_rng((*self._seed, turn)).permutation(self._items)
        return int(self._order[within])


def in_groups(count: int, group: int = 32) -> Iterator[Numbers]:
    """The numbers below `count`, in groups."""
    for first in range(0, count, group):
        yield np.arange(first, min(first + group, count))
