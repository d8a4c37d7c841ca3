"""What the frames of a window agree on: colours along the flow, without those that stand alone.

Each frame's colours count by their confidence, which is that of FAVC (Lei and Chen 2019, equation 4):

    W = max(1 - alpha |C_s - warp(C_t)| M, 0),   alpha = 15,   C in units of 1

C_s are the frame's own colours; in the place of those of one other frame t, as in FAVC, stand those that all
frames along the flow agree on, near ones before far ones. What is hidden in them (M = 0) has no part in that.
FAVC gives W to a network; here it weighs the colours when the sum is taken again, as in a robust mean whose
weights fall to 0. The mean is found first, then alpha grows: two colours that take turns (a hill that is
green and red) would both be far from their mean, and the more frequent one is to win.

Averaging hues that disagree makes grey. So the root mean square of chroma, of all frames, is carried along
as well, and chroma is raised to it; by a fifth at most, for noise raises it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.model.steady.trajectories import Trajectories

Floats = NDArray[np.float32]

SENSITIVITIES: Final = (1.0, 2.0, 4.0, 8.0, 15.0)  # the last is FAVC's
_UNIT: Final = np.float32(110)  # CIE units of a*, b* that count as 1
_LEAST: Final = np.float32(1e-3)  # of a confidence: where no frame agrees with any other they count alike
_MOST_RAISED: Final = np.float32(1.2)
_TINY: Final = np.float32(1e-6)


@dataclass(frozen=True, slots=True)
class Arriving:
    """What the frames before a window give to its first: sums of a*, b*, squared chroma and weight of `every`
    frame (H, W, 4), and of a*, b* and weight of what is `trusted` (H, W, 3)."""

    every: Floats
    trusted: Floats


@dataclass(frozen=True, slots=True)
class Consensus:
    """`ab` (T, H, W, 2) of a window, and what it gives to the frame that the next one begins with."""

    ab: Floats
    arriving: Arriving | None


def confidence(own: Floats, agreed: Floats, sensitivity: float) -> Floats:
    """W above, of ab (..., 2) in CIE units -> (...) in [0, 1]."""
    apart = np.linalg.norm(own - agreed, axis=-1) / _UNIT
    return np.asarray(np.maximum(1 - np.float32(sensitivity) * apart, 0), np.float32)


def agreed_on(
    ab: Floats,
    weight: Floats,
    way: Trajectories,
    keep: float,
    arriving: Arriving | None = None,
    next_start: int | None = None,
) -> Consensus:
    """Of `ab` (T, H, W, 2), CIE units; `weight` (T, H, W) in [0, 1] is 0 where there is no colour.

    From frame to frame a share `keep` of what was seen is left. `next_start` is the frame, counted from the
    window's first, that the next window begins with. Where no frame has a colour there is none.
    """
    mean, every = _of_every_frame(ab, weight, way, keep, arriving, next_start)
    agreed, wanted = mean[..., :2], np.sqrt(mean[..., 2])
    given, trusted = None if arriving is None else arriving.trusted, None
    for sensitivity in SENSITIVITIES:
        own = partial(_trusted, ab, weight, agreed, sensitivity)
        total, trusted = way.sums(own, keep, given, next_start)
        agreed = _mean(total)
    left = None if every is None or trusted is None else Arriving(every, trusted)
    return Consensus(_raised(agreed, wanted), left)


def _trusted(ab: Floats, weight: Floats, agreed: Floats, sensitivity: float, frame: int) -> Floats:
    trust = np.maximum(confidence(ab[frame], agreed[frame], sensitivity), _LEAST) * weight[frame]
    return _weighed(ab[frame], trust)


def _of_every_frame(
    ab: Floats,
    weight: Floats,
    way: Trajectories,
    keep: float,
    arriving: Arriving | None,
    next_start: int | None,
) -> tuple[Floats, Floats | None]:
    """Means (T, H, W, 3) of a, b and squared chroma, and what is left to the next window."""

    def own(frame: int) -> Floats:
        square = (ab[frame] * ab[frame]).sum(-1, keepdims=True)
        return _weighed(np.concatenate([ab[frame], square], -1), weight[frame])

    total, left = way.sums(own, keep, None if arriving is None else arriving.every, next_start)
    return _mean(total), left


def _weighed(planes: Floats, weight: Floats) -> Floats:
    """(..., K) and (...) -> (..., K + 1): the planes times the weight, and the weight."""
    return np.concatenate([planes * weight[..., None], weight[..., None]], -1)


def _mean(sums: Floats) -> Floats:
    """(..., K + 1) sums and weight -> (..., K)."""
    return np.asarray(sums[..., :-1] / np.maximum(sums[..., -1:], _TINY), np.float32)


def _raised(ab: Floats, wanted: Floats) -> Floats:
    """`ab` with the chroma that is `wanted`, as far as it may be raised; never less."""
    chroma = np.maximum(np.linalg.norm(ab, axis=-1), _TINY)
    return np.asarray(ab * np.clip(wanted / chroma, 1, _MOST_RAISED)[..., None], np.float32)
