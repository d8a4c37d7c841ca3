"""One ab per frame from overlapping windows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.records import Window

Floats = NDArray[np.float32]


class Blender:
    """Adds windows with their weights and lets go of every frame that no later window can touch."""

    def __init__(self) -> None:
        self._sums: dict[int, Floats] = {}

    def add(self, window: Window, ab: Floats) -> None:
        """`ab` (T, 2, h, w), one for each frame of the window."""
        for frame, (weight, colors) in enumerate(zip(window.weights, ab, strict=True), window.start):
            share = colors if weight == 1 else colors * np.float32(weight)
            self._sums[frame] = self._sums[frame] + share if frame in self._sums else share

    @property
    def pending(self) -> Floats | None:
        """(n, 2, h, w): what the frames that are not ready have so far, in order; None when all are."""
        return np.stack([self._sums[frame] for frame in sorted(self._sums)]) if self._sums else None

    def resume(self, start: int, pending: Floats) -> None:
        """Go on where another blender stood: `pending` of frame `start` and those after it."""
        self._sums = dict(enumerate(pending, start))

    def ready(self, before: int) -> Iterator[tuple[int, Floats]]:
        """Frames below `before` in order, each once, with their ab (2, h, w)."""
        for frame in sorted(f for f in self._sums if f < before):
            yield frame, self._sums.pop(frame)
