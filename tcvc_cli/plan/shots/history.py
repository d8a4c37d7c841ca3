"""The frames around the one that is being judged."""

from __future__ import annotations

from collections import deque

from tcvc_cli.plan.shots.similarity import Similarity
from tcvc_cli.plan.shots.structure import Structure

REACH_FRAMES = 24
"""How far a judge may look to either side."""


class History:
    """A sliding stretch of the film: structures by frame number, the latest `2 * REACH_FRAMES + 1`."""

    def __init__(self) -> None:
        self.stop = 0
        self._similarity = Similarity()
        self._structures: deque[Structure] = deque(maxlen=2 * REACH_FRAMES + 1)
        self._steps: deque[float] = deque(maxlen=2 * REACH_FRAMES + 1)

    @property
    def start(self) -> int:
        return self.stop - len(self._structures)

    def add(self, structure: Structure) -> None:
        before = self._structures[-1] if self._structures else structure
        self._steps.append(self._similarity.of(before, structure))
        self._structures.append(structure)
        self.stop += 1

    def __getitem__(self, frame: int) -> Structure:
        return self._structures[frame - self.start]

    def all(self) -> dict[int, Structure]:
        """All that is held, by frame number."""
        return dict(enumerate(self._structures, self.start))

    def step(self, frame: int) -> float:
        """How alike the frame and the one before it are."""
        return self._steps[frame - self.start]

    def alike(self, one: int, other: int) -> float:
        return self._similarity.of(self[one], self[other])

    def before(self, frame: int, frames: int) -> range:
        """The last `frames` frames before `frame`, or as many as there are."""
        return range(max(self.start, frame - frames), frame)

    def since(self, frame: int, frames: int) -> range:
        """`frame` and those after it, `frames` in all, or as many as there are."""
        return range(frame, min(self.stop, frame + frames))

    def contrast(self, frames: range) -> float:
        """The highest contrast among these frames; 0 for none."""
        return max((self[frame].contrast for frame in frames), default=0.0)
