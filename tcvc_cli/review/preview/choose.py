"""Which shots differ most: each that is chosen is as far from those before it as any."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import Shot
from tcvc_cli.run.events import Event, FramesDone, StageStarted
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.references.sampling import frames_at, lightness_of

Floats = NDArray[np.float32]
MOST_COMPARED: Final = 120  # shots; of more, the longest
_LIGHT = 1.5  # by how much shots differ of which one is black and one is white; by what they show, up to 1.4
_FLAT = 2.0  # L*: a picture that varies less shows nothing


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Frames `[start, stop)` of the film, in the middle of those that show nothing but the `take`, which is
    the shot `number`, from 1."""

    number: int
    take: Take
    start: int
    stop: int

    @property
    def middle(self) -> int:
        return (self.start + self.stop) // 2

    def __len__(self) -> int:
        return self.stop - self.start


def excerpts_of(shots: Sequence[Shot], frame_rate: Fraction, length_s: Fraction) -> tuple[Excerpt, ...]:
    """One of each shot that is to be coloured and has frames that show nothing else; shorter where the shot
    is."""
    frames = max(1, round(length_s * frame_rate))
    return tuple(
        _in_the_middle(number, take, frames)
        for number, take in enumerate(takes(shots), 1)
        if not take.shot.is_in_color and len(take.pure)
    )


def _in_the_middle(number: int, take: Take, frames: int) -> Excerpt:
    pure = take.pure
    frames = min(frames, len(pure))
    start = pure.start + (len(pure) - frames) // 2
    return Excerpt(number, take, start, start + frames)


def most_different(
    rememberer: Rememberer, excerpts: Sequence[Excerpt], most: int
) -> Generator[Event, None, tuple[Excerpt, ...]]:
    """At most `most` of the excerpts, in the order of the film, by what their middle frames show; all, where
    there are no more."""
    if len(excerpts) <= most:
        return tuple(excerpts)
    longest = sorted(excerpts, key=lambda one: -len(one.take.pure))[: max(MOST_COMPARED, most)]
    compared = sorted(longest, key=lambda one: one.number)
    yield StageStarted("choosing", len(compared))
    rows: list[Floats] = []
    flat: list[bool] = []
    for frame in frames_at(rememberer.plan.film, [one.middle for one in compared]):
        lightness = lightness_of(rememberer.plan, frame)
        rows.append(description(rememberer.places(lightness), lightness))
        flat.append(float(lightness.std()) < _FLAT)
        yield FramesDone("choosing", len(rows))
    chosen = farthest(np.stack(rows), _weights(compared, flat), most)
    return tuple(compared[index] for index in sorted(chosen))


def _weights(excerpts: Sequence[Excerpt], flat: Sequence[bool]) -> Floats:
    """How much is to be seen of each: little of a short shot, and nothing of a black one."""
    full = max(map(len, excerpts))
    shares = [0.0 if is_flat else len(one) / full for one, is_flat in zip(excerpts, flat, strict=True)]
    return np.asarray(shares, np.float32)


def description(places: Tensor, lightness: Tensor) -> Floats:
    """(SIZE * SIZE + 1,) float32 of a frame: of its `places` (SIZE, h, w), which all have length 1 and no
    mean, what goes together with what, as a vector of length 1; and how light it is, of `lightness` L*."""
    each = places.flatten(1).float()
    together = (each @ each.T).flatten()
    together = together / together.norm().clamp(min=1e-6)
    light = lightness.float().mean().reshape(1) / 100 * _LIGHT
    return np.asarray(torch.cat([together, light.to(together.device)]).cpu().numpy(), np.float32)


def farthest(rows: Floats, weights: Floats, most: int) -> tuple[int, ...]:
    """Indices of at most `most` rows, in the order of choice: first the one that is nearest to all others,
    then each time the one whose distance to the nearest chosen one, times its weight, is the largest. Of
    equals the first; the same rows give the same choice."""
    apart = np.stack([np.linalg.norm(rows - row, axis=1) for row in rows])
    chosen = [_most_typical(apart, weights)]
    nearest = apart[chosen[0]]
    while len(chosen) < min(most, len(rows)):
        gains = np.where(np.isin(np.arange(len(rows)), chosen), -1, nearest * weights)
        chosen.append(int(gains.argmax()))
        nearest = np.minimum(nearest, apart[chosen[-1]])
    return tuple(chosen)


def _most_typical(apart: Floats, weights: Floats) -> int:
    totals = apart.sum(1, dtype=np.float64)
    return int(np.where(weights > 0, totals, np.inf).argmin()) if weights.any() else int(totals.argmin())
