"""Which of the remembered pictures count for a shot: few, and those that explain most of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from tcvc_cli.model.memory.correspondence import match
from tcvc_cli.model.memory.entries import Remembered

_LEAST_COVERED = 0.12  # of the frames, for a picture to count: less is chance
_LEAST_GAIN = 0.03  # of the frames, for one more to count


def explained(places: Sequence[Tensor], picture: Remembered) -> Tensor:
    """(n,) how far it explains each place of the frames, each (SIZE, h, w): 0 to 1."""
    return torch.cat([match(one, [picture]).confidence.flatten() for one in places])


def choose(places: Sequence[Tensor], pictures: Mapping[str, Remembered], most: int) -> tuple[str, ...]:
    """Names of at most `most` pictures, each of which explains what those before it do not."""
    every = {name: explained(places, one) for name, one in pictures.items()}
    by_name = {name: one for name, one in every.items() if float(one.mean()) >= _LEAST_COVERED}
    chosen: list[str] = []
    best = torch.zeros(sum(one[0].numel() for one in places))
    while by_name and len(chosen) < most:
        gains = {name: float((one - best).clamp(min=0).mean()) for name, one in by_name.items()}
        name = max(gains, key=lambda one: gains[one])
        if gains[name] < _LEAST_GAIN:
            break
        chosen.append(name)
        best = torch.maximum(best, by_name.pop(name))
    return tuple(chosen)
