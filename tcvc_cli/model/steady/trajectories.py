"""Sums along the trajectories of a window: what frames before and after say of each place of each frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tcvc_cli.model.flow import FlowEstimator
from tcvc_cli.model.memory.spread import fine_motion
from tcvc_cli.model.propagate import flows_of

Floats = NDArray[np.float32]

_SURROUNDINGS: Final = (5, 5)  # px
_USUAL: Final = 2.0  # times the median of a frame: no more than grain, or a change of light
_CLEARLY: Final = np.float32(2)  # L* beyond that, at which a place is trusted 1 / e


@dataclass(frozen=True, slots=True)
class Trajectories:
    """Of a window of T frames, (T, 2, H, W) and (T, H, W) float32.

    `from_previous[t]` says where in frame t - 1, in px, x then y, each place of frame t was;
    `kept_from_previous` in [0, 1] how far that is trusted, 0 where it was hidden. The same for the frame
    after. Of the first frame the former say nothing, of the last one the latter.
    """

    from_previous: Floats
    from_next: Floats
    kept_from_previous: Floats
    kept_from_next: Floats

    def sums(self, own: Floats, keep: float, arriving: Floats | None = None) -> tuple[Floats, Floats]:
        """What each frame, those before it and those after it give to each of its places.

        `own` (T, H, W, K), each plane already times its weight. From frame to frame a share `keep` is left.
        `arriving` (H, W, K) is what the frames before the window give to its first. Returns the sums, and
        those without the frames after (both (T, H, W, K)).
        """
        before = np.empty_like(own)
        before[0] = own[0] if arriving is None else own[0] + arriving
        for frame in range(1, len(own)):
            before[frame] = own[frame] + self.arriving(before, frame, keep)
        total, after = before.copy(), own[-1]
        for frame in range(len(own) - 2, -1, -1):
            moved = _moved(after, self.from_next[frame], self.kept_from_next[frame] * np.float32(keep))
            total[frame] += moved
            after = own[frame] + moved
        return total, before

    def arriving(self, before: Floats, frame: int, keep: float) -> Floats:
        """What those before `frame` give to it, where `before` has their sums."""
        trust = self.kept_from_previous[frame] * np.float32(keep)
        return _moved(before[frame - 1], self.from_previous[frame], trust)


def _moved(planes: Floats, places: Floats, trust: Floats) -> Floats:
    return np.asarray(_sampled(planes, places) * trust[..., None], np.float32)


def trajectories_of(lightness: Iterable[Floats], flow: FlowEstimator) -> Trajectories:
    """Of frames (H, W) L*; flow both ways, trusted where it leads back to where it came from, and where what
    it leads to looks the same."""
    frames = list(lightness)
    stacked = torch.from_numpy(np.stack(frames))[:, None]
    motion = fine_motion(stacked, flows_of(stacked, flow))
    y, x = np.mgrid[: stacked.shape[-2], : stacked.shape[-1]]
    grid = np.stack([x, y]).astype(np.float32)
    from_previous, from_next = motion.to_previous.numpy() + grid, motion.to_next.numpy() + grid
    kept_previous, kept_next = motion.kept_from_previous[:, 0].numpy(), motion.kept_from_next[:, 0].numpy()
    for number, (one, other) in enumerate(pairwise(frames)):
        kept_previous[number + 1] *= _alike(other, one, from_previous[number + 1])
        kept_next[number] *= _alike(one, other, from_next[number])
    return Trajectories(from_previous, from_next, kept_previous, kept_next)


def _alike(target: Floats, source: Floats, places: Floats) -> Floats:
    """In [0, 1]: how far the surroundings of each place differ by no more than most of the frame does, as by
    its grain. Flow is smooth, and at the edge of what moves it drags along what does not."""
    apart = cv2.blur(cv2.absdiff(target, _sampled(source, places)), _SURROUNDINGS)
    beyond = np.maximum(apart - np.float32(_USUAL * float(np.median(apart))), 0)
    return np.asarray(np.exp(-((beyond / _CLEARLY) ** 2)), np.float32)


def _sampled(values: Floats, places: Floats) -> Floats:
    x, y = places
    return np.asarray(cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
