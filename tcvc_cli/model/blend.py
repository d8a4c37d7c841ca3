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

    def ready(self, before: int) -> Iterator[tuple[int, Floats]]:
        """Frames below `before` in order, each once, with their ab (2, h, w)."""
        for frame in sorted(f for f in self._sums if f < before):
            yield frame, self._sums.pop(frame)
