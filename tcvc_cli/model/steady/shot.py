"""The colours of one shot, steadied: window by window, so that memory does not grow with the shot.

Windows overlap, and are blended where they do. Each hands on what its frames give to the next, so a shot of
any length keeps the colours it began with.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.model.blend import Blender
from tcvc_cli.model.flow import DisFlow, FlowEstimator
from tcvc_cli.model.steady.consensus import Arriving, agreed_on
from tcvc_cli.model.steady.trajectories import trajectories_of
from tcvc_cli.plan.windows import windows
from tcvc_cli.records import Shot, Window

Floats = NDArray[np.float32]

DEFAULT_REACH_FRAMES = 50
_INTERVAL_FRAMES, _CLIPS = 8, 4  # windows of 33 frames
_OVERLAP_FRAMES = 8


@dataclass(frozen=True, slots=True)
class GivenColors:
    """A frame and the colours that a tool gave it, at one size.

    `lightness` (h, w) float32 L* of the film; `ab` (2, h, w) float32, CIE units; `weight` (h, w) float32 in
    [0, 1], 0 where there is no colour.
    """

    lightness: Floats
    ab: Floats
    weight: Floats


class Steadier:
    """`reach_frames`: over how many frames what was seen fades to 1 / e. Not thread-safe."""

    def __init__(self, reach_frames: int = DEFAULT_REACH_FRAMES, flow: FlowEstimator | None = None) -> None:
        self._keep = 1 - 1 / reach_frames
        self._flow = flow or DisFlow()

    def steadied(self, shot: Shot, frames: Iterable[GivenColors]) -> Iterator[Floats]:
        """ab (2, h, w) float32 of every frame of `shot`, in order, from its `frames`.

        Holds the frames of one window. ValueError when `frames` ends too early.
        """
        source, held = iter(frames), deque[GivenColors]()
        blender, arriving = Blender(), None
        for window, next_start in _with_next(windows_of(shot)):
            held.extend(islice(source, len(window) - len(held)))
            if len(held) < len(window):
                raise ValueError(f"{len(held)} frames for a window of {len(window)}")
            ab, arriving = self._window(held, arriving, next_start - window.start)
            blender.add(window, ab)
            for _, colors in blender.ready(next_start):
                held.popleft()
                yield colors

    def _window(
        self, held: Iterable[GivenColors], arriving: Arriving | None, next_start: int
    ) -> tuple[Floats, Arriving | None]:
        frames = list(held)
        way = trajectories_of((one.lightness for one in frames), self._flow)
        ab = np.stack([one.ab.transpose(1, 2, 0) for one in frames])
        weight = np.stack([one.weight for one in frames])
        goes_on = next_start if next_start < len(frames) else None
        found = agreed_on(ab, weight, way, self._keep, arriving, goes_on)
        return np.ascontiguousarray(found.ab.transpose(0, 3, 1, 2)), found.arriving


def windows_of(shot: Shot) -> tuple[Window, ...]:
    return windows(
        shot, interval_frames=_INTERVAL_FRAMES, clips_per_window=_CLIPS, overlap_frames=_OVERLAP_FRAMES
    )


def _with_next(found: tuple[Window, ...]) -> Iterator[tuple[Window, int]]:
    """Each with the frame that the next begins with, or that follows the shot."""
    yield from ((one, other.start) for one, other in pairwise(found))
    yield found[-1], found[-1].stop
