"""Archives that do not exist: films with their shots, and how wrong an estimate of each is. Seeded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.scaling.costs import Costs

RATE = 24
SHOT_MEDIAN_S, SHOT_SIGMA = 3.9, 0.7  # log-normal: 5 s on average
FILM_MEDIAN_S, FILM_SIGMA = 12 * 60, 0.7  # log-normal: 15 min on average
LONG_SHARE, LONGEST_H = 0.01, (2.0, 4.0)  # so many films last so long, evenly spread
_SHORTEST_S, _SHORTEST_SHOT_FRAMES = 30, 8
_MOST_SIGMA = 2  # of an error: a frame of one size never takes many times as long as of another film


@dataclass(frozen=True, slots=True)
class Film:
    """`shots` (n,) frames; `true` (n,) by how much each costs more than its length says, 1 on average."""

    name: str
    shots: NDArray[np.int64]
    true: NDArray[np.float64]

    @property
    def frames(self) -> int:
        return int(self.shots.sum())

    @property
    def factor(self) -> float:
        """Of the whole film."""
        return float((self.true * self.shots).sum() / self.shots.sum())


@dataclass(frozen=True, slots=True)
class Priced:
    """A film, and what its pieces truly take, in seconds; `shots_s` and `settling_s` (n,)."""

    film: Film
    scan_s: float
    settling_s: NDArray[np.float64]
    shots_s: NDArray[np.float64]
    join_s: float
    opening_s: float
    load_s: float

    @property
    def first_pass_s(self) -> float:
        return self.scan_s + float(self.settling_s.sum())

    @property
    def work_s(self) -> float:
        """Of one worker that does it all."""
        return self.load_s + self.first_pass_s + float(self.shots_s.sum()) + self.join_s

    @property
    def least_s(self) -> float:
        """However many workers there are: what follows on each other."""
        return self.load_s + self.first_pass_s + float(self.shots_s.max()) + self.join_s


def priced(film: Film, costs: Costs) -> Priced:
    factor = film.factor
    return Priced(
        film,
        costs.scan_s(film.shots) * factor,
        costs.settling_s(film.shots) * factor,
        costs.coloring_s(film.shots) * film.true,
        costs.joining_s(film.shots) * factor,
        costs.opening_s(film.shots),
        costs.load_s,
    )


def archive(count: int, *, seed: int, noise: float) -> tuple[Film, ...]:
    """`noise` is the standard deviation of the logarithm of what films, and their shots, truly cost; nothing
    is off by more than twice as much."""
    rng = np.random.default_rng([seed, count])
    lengths_s = np.maximum(rng.lognormal(math.log(FILM_MEDIAN_S), FILM_SIGMA, count), _SHORTEST_S)
    is_long = rng.random(count) < LONG_SHARE
    lengths_s[is_long] = rng.uniform(*LONGEST_H, int(is_long.sum())) * 3600
    return tuple(
        film_of(f"film {number:05d}", float(length), seed=seed, noise=noise)
        for number, length in enumerate(lengths_s)
    )


def film_of(name: str, seconds: float, *, seed: int, noise: float) -> Film:
    """Of such a length, whatever else is made beside it."""
    rng = np.random.default_rng([seed, *name.encode()])
    left, frames = round(seconds * RATE), list[int]()
    while left > 0:
        shot = max(_SHORTEST_SHOT_FRAMES, round(rng.lognormal(math.log(SHOT_MEDIAN_S), SHOT_SIGMA) * RATE))
        frames.append(min(shot, left))
        left -= frames[-1]
    shots = np.array(frames, np.int64)
    errors = np.clip(rng.standard_normal(len(shots) + 1), -_MOST_SIGMA, _MOST_SIGMA) * noise
    factors = np.exp(errors - noise**2 / 2)
    return Film(name, shots, factors[0] * factors[1:])
