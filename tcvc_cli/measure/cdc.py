"""CDC, colour distribution consistency (Liu et al. 2021, TCVC, section 4.2): do a film's colours hold still?

Per frame and channel a histogram of 256 bins, as shares of the pixels. JS(p, q) is the Jensen-Shannon
divergence, natural logarithm. JS of a channel: mean over the distances d = 1, 2, 4 of the mean over i of
JS(frame i, frame i + d). CDC is the mean over B, G and R. Lower is steadier; usual values are 1e-3 to 1e-2.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DISTANCES = (1, 2, 4)  # frames, each weighing a third


@dataclass(frozen=True, slots=True)
class Cdc:
    """Jensen-Shannon divergence over time by channel, and their mean."""

    blue: float
    green: float
    red: float

    @property
    def mean(self) -> float:
        return (self.blue + self.green + self.red) / 3


class CdcMeter:
    """Takes one frame after another; remembers four histograms, whatever the length of the film."""

    def __init__(self) -> None:
        self._recent: deque[NDArray[np.float64]] = deque(maxlen=max(DISTANCES))
        self._sums = {distance: np.zeros(3) for distance in DISTANCES}
        self._frames = 0

    def add(self, rgb: NDArray[np.uint8]) -> None:
        """`rgb` (H, W, 3) uint8."""
        histograms = _histograms(rgb)
        for distance in DISTANCES:
            if self._frames >= distance:
                self._sums[distance] += _divergence(self._recent[-distance], histograms)
        self._recent.append(histograms)
        self._frames += 1

    def result(self) -> Cdc | None:
        """None for a film of four frames or fewer, where the definition divides by nothing."""
        if self._frames <= max(DISTANCES):
            return None
        means = [total / (self._frames - distance) for distance, total in self._sums.items()]
        red, green, blue = np.mean(means, axis=0)
        return Cdc(float(blue), float(green), float(red))


def _histograms(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    counts = [np.bincount(rgb[..., channel].ravel(), minlength=256) for channel in range(3)]
    return np.asarray(np.stack(counts) / (rgb.shape[0] * rgb.shape[1]), np.float64)


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 256) twice -> (3,)."""
    middle = (p + q) / 2
    return (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2


def _relative_entropy(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    return np.asarray((p * np.log(ratio)).sum(axis=-1), np.float64)
