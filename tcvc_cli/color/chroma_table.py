"""What `tcvc_cli.color.chroma` has to look up: two tables for each matrix, made once.

Which L* has the colour with a given Y', a and b? And how far from grey can a Y' go at a given hue
before some of R', G', B' leaves [0, 1]? Neither has a closed form; both vary slowly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.lab import lab_from_rgb, lightness_from_signal, rgb_from_lab
from tcvc_cli.color.matrix import Matrix

LEVELS = 256  # of Y' from 0 to 1, both included
NODES = 33  # along a, and along b
REACH = 128.0  # a and b go from -REACH to REACH; the middle node is 0
TILES_ACROSS = 16  # levels lie side by side in one picture, which cv2.remap samples
HUES = 512  # over the full circle; one more column repeats the first

_LIGHTNESS = np.linspace(-20, 120, 281)  # beyond black and white, so that nodes out of gamut stay smooth
_EDGE_ANGLES = 2048
_DARKEST = 1 / 512  # stands for black, and 1 - it for white, where the gamut is a point


@dataclass(frozen=True, slots=True)
class ChromaTable:
    """`lightening`: atlas (rows * NODES, TILES_ACROSS * NODES) float32, L* minus that of the grey with the
    same Y', level i in tile i (along rows of tiles), b down and a across in a tile.

    `reach`: (LEVELS, HUES + 1) float32, largest Lab chroma in gamut by Y' and by hue from 0 to 360 degrees.
    """

    lightening: NDArray[np.float32]
    reach: NDArray[np.float32]


@lru_cache(maxsize=8)
def chroma_table(matrix: Matrix) -> ChromaTable:
    """Takes about a fifth of a second the first time."""
    signal = np.linspace(0, 1, LEVELS)
    return ChromaTable(_atlas(_lightening(matrix, signal)), _reach(matrix, signal))


def _lightening(matrix: Matrix, signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """(LEVELS, NODES, NODES). Along L*, at fixed a and b, Y' rises; so it is tabulated and read backwards."""
    axis = np.linspace(-REACH, REACH, NODES)
    lab = np.empty((NODES, NODES, len(_LIGHTNESS), 3))
    lab[..., 0], lab[..., 1], lab[..., 2] = _LIGHTNESS, axis[None, :, None], axis[:, None, None]
    curves = matrix.luma_from_rgb(matrix.film_from_srgb(rgb_from_lab(lab, clip=False)))
    rising = np.maximum.accumulate(curves.reshape(NODES * NODES, -1), axis=-1)
    lightness = np.stack([np.interp(signal, curve, _LIGHTNESS) for curve in rising], axis=-1)
    shift = (lightness - lightness_from_signal(signal)[:, None]).reshape(LEVELS, NODES, NODES)
    shift[:, NODES // 2, NODES // 2] = 0  # grey is grey, exactly
    return shift


def _reach(matrix: Matrix, signal: NDArray[np.float64]) -> NDArray[np.float32]:
    """Walks the gamut's edge at each Y' (a polygon in Cb, Cr) and notes hue and chroma in Lab."""
    level = np.clip(signal, _DARKEST, 1 - _DARKEST)[:, None, None]
    angles = np.linspace(0, 2 * np.pi, _EDGE_ANGLES, endpoint=False)
    delta = np.stack([np.cos(angles), np.sin(angles)], axis=-1) @ matrix.rgb_from_chroma.T
    room = np.where(delta > 0, (1 - level) / np.maximum(delta, 1e-12), level / np.maximum(-delta, 1e-12))
    edge = level + delta * room.min(axis=-1, keepdims=True)
    lab = lab_from_rgb(matrix.srgb_from_film(edge))
    chroma, hue = np.hypot(lab[..., 1], lab[..., 2]), np.arctan2(lab[..., 2], lab[..., 1])
    wanted = np.linspace(0, 2 * np.pi, HUES + 1)
    rows = [np.interp(wanted, h, c, period=2 * np.pi) for h, c in zip(hue, chroma, strict=True)]
    return np.array(rows, np.float32)


def _atlas(levels: NDArray[np.float64]) -> NDArray[np.float32]:
    tiles = levels.reshape(LEVELS // TILES_ACROSS, TILES_ACROSS, NODES, NODES).swapaxes(1, 2)
    atlas = np.ascontiguousarray(tiles.reshape(-1, TILES_ACROSS * NODES), np.float32)
    atlas.setflags(write=False)
    return atlas
