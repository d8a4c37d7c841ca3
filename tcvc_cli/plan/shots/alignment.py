"""Where one frame's picture lies in another: shift, turn, zoom and shear, even through a dissolve.

Optical flow bends one picture until it fits whatever is there. A global motion has few numbers to
choose, so it finds a picture under another one, and finds nothing where there is nothing.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.plan.shots.structure import Plane

Affine = NDArray[np.float32]
"""(2, 3) float32, from a pixel (x, y, 1) of the one frame to a pixel (x, y) of the other."""

_FARTHEST = (0.14, 0.16)  # of the height, of the width
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 1e-3)
_SMOOTHED_PX = 3


def shift_between(one: Plane, other: Plane) -> tuple[float, Affine]:
    """The best whole-pixel shift, and the correlation in [-1, 1] that it leaves. Planes of one size."""
    cross = np.fft.rfft2(one) * np.conj(np.fft.rfft2(other))
    far_y, far_x = (round(part * side) for part, side in zip(_FARTHEST, one.shape, strict=True))
    everywhere = np.roll(np.fft.irfft2(cross, s=one.shape), (far_y, far_x), (0, 1))
    near = everywhere[: 2 * far_y + 1, : 2 * far_x + 1]
    row, column = np.unravel_index(int(near.argmax()), near.shape)
    energy = float(np.vdot(one, one)) * float(np.vdot(other, other))
    shift = np.array([[1, 0, far_x - int(column)], [0, 1, far_y - int(row)]], np.float32)
    return float(near[row, column]) / float(np.sqrt(energy + 1)), shift


def refined(one: Plane, other: Plane, motion: Affine) -> Affine:
    """`motion` made exact, or as it was where that fails.

    G. Evangelidis, E. Psarakis, Parametric Image Alignment Using Enhanced Correlation Coefficient
    Maximization, PAMI 30 (2008).
    """
    everywhere = np.ones(one.shape, np.uint8)
    try:
        _, better = cv2.findTransformECC(
            one, other, motion.copy(), cv2.MOTION_AFFINE, _STOP, everywhere, _SMOOTHED_PX
        )
    except cv2.error:
        return motion
    return np.asarray(better, np.float32)


def moved(plane: Plane, motion: Affine) -> Plane:
    """`plane` of the other frame as it lies in the one; 0 where it does not reach."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(plane, motion, plane.shape[::-1], flags=flags), np.float32)
