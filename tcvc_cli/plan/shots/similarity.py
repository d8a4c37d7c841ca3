"""How alike two frames are once motion between them is undone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.plan.shots.structure import Plane, Structure

_STILL = 0.9  # so alike where they stand that the search for motion is spared
_FLOOR = 1.0  # added to the energy, so that a blank frame is like nothing


class Similarity:
    """Correlation of two structures of one size, in [-1, 1], after dense optical flow.

    A pan, a zoom, a jump of the gate, a man who walks by: a flow undoes them. It cannot undo a cut.
    Neighbours within a shot come to about 0.95, less with grain; across a cut 0.1 to 0.5 is left,
    because a flow always finds something to fit.
    """

    def __init__(self) -> None:
        # The faster presets lose motion beyond a few pixels.
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._grid = np.zeros((0, 0, 2), np.float32)

    def of(self, one: Structure, other: Structure) -> float:
        still = correlation(one.pattern, other.pattern)
        if still > _STILL:
            return still
        flow = np.zeros((*one.pattern.shape, 2), np.float32)
        self._flow.calc(one.eight_bit, other.eight_bit, flow)
        source = self._grid_for(one.pattern) + flow
        moved = cv2.remap(other.pattern, source[..., 0], source[..., 1], cv2.INTER_LINEAR)
        return correlation(one.pattern, np.asarray(moved, np.float32))

    def _grid_for(self, pattern: Plane) -> NDArray[np.float32]:
        """(h, w, 2) float32, each pixel's own (x, y)."""
        if self._grid.shape[:2] != pattern.shape:
            rows, columns = np.indices(pattern.shape, dtype=np.float32)
            self._grid = np.stack([columns, rows], axis=-1)
        return self._grid


def correlation(one: Plane, other: Plane) -> float:
    """In [-1, 1]; 0 when either is flat."""
    energy = float(np.vdot(one, one)) * float(np.vdot(other, other))
    return float(np.vdot(one, other)) / float(np.sqrt(energy + _FLOOR))
