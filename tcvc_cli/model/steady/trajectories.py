"""Sums along the trajectories of a window: what frames before and after say of each place of each frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
Own = Callable[[int], Floats]

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

    def sums(
        self, own: Own, keep: float, arriving: Floats | None = None, next_start: int | None = None
    ) -> tuple[Floats, Floats | None]:
        """What each frame, those before it and those after it give to each of its places: (T, H, W, K).

        `own` gives (H, W, K) of a frame, each plane already times its weight; it is asked twice, so that
        nobody has to hold them all. From frame to frame a share `keep` is left. `arriving` (H, W, K) is what
        the frames before the window give to its first; with it comes what those before `next_start` give to
        that one.
        """
        first = own(0) if arriving is None else own(0) + arriving
        total = np.empty((len(self.kept_from_next), *first.shape), np.float32)
        total[0], left = first, None
        for frame in range(1, len(total)):
            moved = self._from_previous(total[frame - 1], frame, keep)
            left = moved if frame == next_start else left
            total[frame] = own(frame) + moved
        after = own(len(total) - 1)
        for frame in range(len(total) - 2, -1, -1):
            trust = self.kept_from_next[frame] * np.float32(keep)
            moved = _moved(after, self.from_next[frame], trust)
            total[frame] += moved
            after = own(frame) + moved
        return total, left

    def _from_previous(self, before: Floats, frame: int, keep: float) -> Floats:
        return _moved(before, self.from_previous[frame], self.kept_from_previous[frame] * np.float32(keep))


def _moved(planes: Floats, places: Floats, trust: Floats) -> Floats:
    return np.asarray(_sampled(planes, places) * trust[..., None], np.float32)


def trajectories_of(lightness: Iterable[Floats], flow: FlowEstimator) -> Trajectories:
    """Of frames (H, W) L*; flow both ways, trusted where it leads back to where it came from, and where what
    it leads to looks the same."""
    frames = list(lightness)
    shape = (len(frames), *frames[0].shape)
    y, x = np.mgrid[: shape[1], : shape[2]]
    grid = np.stack([x, y]).astype(np.float32)
    places = np.repeat(grid[None], shape[0], axis=0)
    way = Trajectories(places, places.copy(), np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    for number, (one, other) in enumerate(pairwise(frames)):  # pair by pair: in a batch it takes much memory
        both = torch.from_numpy(np.stack([one, other]))[:, None]
        motion = fine_motion(both, flows_of(both, flow))
        way.from_next[number] += motion.to_next[0].numpy()
        way.from_previous[number + 1] += motion.to_previous[1].numpy()
        there, back = way.from_next[number], way.from_previous[number + 1]
        way.kept_from_next[number] = motion.kept_from_next[0, 0].numpy() * _alike(one, other, there)
        way.kept_from_previous[number + 1] = motion.kept_from_previous[1, 0].numpy() * _alike(
            other, one, back
        )
    return way


def _alike(target: Floats, source: Floats, places: Floats) -> Floats:
    """In [0, 1]: how far the surroundings of each place differ by no more than most of the frame does, as by
    its grain. Flow is smooth, and at the edge of what moves it drags along what does not."""
    apart = cv2.blur(cv2.absdiff(target, _sampled(source, places)), _SURROUNDINGS)
    beyond = np.maximum(apart - np.float32(_USUAL * float(np.median(apart))), 0)
    return np.asarray(np.exp(-((beyond / _CLEARLY) ** 2)), np.float32)


def _sampled(values: Floats, places: Floats) -> Floats:
    x, y = places
    return np.asarray(cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
