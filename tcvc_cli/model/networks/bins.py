"""The ab bins of the colour distribution (Zhang, Isola and Efros 2016, "Colorful Image Colorization").

Bins are the points of a grid of side 10 in (a*, b*) for which some lightness lies inside sRGB.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.lab import rgb_from_lab

GRID = 10
NEIGHBOURS = 5
SIGMA = 5.0
_REACH = 110  # |a| and |b| of sRGB stay below this


@cache
def ab_bins() -> NDArray[np.float32]:
    """(Q, 2) float32 bin centres in CIE units, sorted by a, then b."""
    steps = np.arange(-_REACH, _REACH + 1, GRID, dtype=np.float64)
    lightness = np.arange(1, 100, dtype=np.float64)
    level, a, b = np.meshgrid(lightness, steps, steps, indexing="ij")
    rgb = rgb_from_lab(np.stack([level, a, b], -1), clip=False)
    inside = ((rgb >= -1e-3) & (rgb <= 1 + 1e-3)).all(-1).any(0)
    return np.stack([a[0][inside], b[0][inside]], -1).astype(np.float32)


@cache
def soft_encoding() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Tables over the integer ab plane: the five nearest bins and their Gaussian weights.

    Both are (221 * 221, 5); row (a + 110) * 221 + (b + 110) is for the ab rounded to integers. The
    weights of a row sum to 1 (sigma 5, as in the paper).
    """
    side = np.arange(-_REACH, _REACH + 1, dtype=np.float32)
    plane = np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 1, 2)
    squared = ((plane - ab_bins()[None]) ** 2).sum(-1)
    nearest = np.argpartition(squared, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    weights = np.exp(-np.take_along_axis(squared, nearest, 1) / (2 * SIGMA**2)) + 1e-12
    return nearest.astype(np.int64), (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def table_rows(ab: NDArray[np.float32]) -> NDArray[np.int64]:
    """(..., 2) ab in CIE units -> row numbers (...) of the tables of `soft_encoding`."""
    whole = np.clip(np.rint(ab), -_REACH, _REACH).astype(np.int64) + _REACH
    return np.asarray(whole[..., 0] * (2 * _REACH + 1) + whole[..., 1])
