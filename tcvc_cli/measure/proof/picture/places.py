"""Is one place of a lossy picture another, or all of it a little, though the picture as a whole is near?

An encoder is off here too much and there too little: over more and more samples that comes to nothing. What
somebody has changed does not. So the mean difference over squares is judged, the more strictly the larger
they are. The limits lie above all that benchmarks/closeness.py finds in what `access`, `prores` and `dnxhr`
make of a film, dark, fading and under noise, of test pictures, of fractals and of a game of life: the latter
comes near to some of them, everything else to half of them. What is brighter by less is found over a film,
where it does not come to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.measure.proof.checks import FLOOR_DB
from tcvc_cli.media.planes import Plane

MOST_OFF: Final = ((8, 6.0), (16, 4.0), (32, 2.5), (64, 2.0))  # px, levels of 8 bit
MOST_OFF_IN_ALL: Final = 1.5  # levels of 8 bit, of one frame
MOST_OFF_ON_AVERAGE: Final = 0.6  # levels of 8 bit, of all frames
_NEARER = 2.0  # times in mean square, beside its place than in it
_LEAST_MOVED = 2.5  # levels of 8 bit, root of the mean square
_LEAST_PX = 8
Differences = NDArray[np.float32]


class Closeness(NamedTuple):
    """`mean_off`: by how many levels of 8 bit a picture is brighter on average. `alteration`: how it is
    another one, in words; None where it is the same as far as an encoder can keep it."""

    mean_off: float
    alteration: str | None


def is_off(mean: float, floor_db: float) -> bool:
    """Of the average over all frames of a film."""
    return abs(mean) > MOST_OFF_ON_AVERAGE * _slack(floor_db)


def _slack(floor_db: float) -> float:
    return float(max(1.0, 10 ** ((FLOOR_DB - floor_db) / 20)))


def alteration(expected: Plane, plane: Plane, bit_depth: int, floor_db: float = FLOOR_DB) -> str | None:
    """That of `closeness`."""
    return closeness(expected, plane, bit_depth, floor_db).alteration


def closeness(expected: Plane, plane: Plane, bit_depth: int, floor_db: float = FLOOR_DB) -> Closeness:
    """Of `plane` (H, W) to `expected` of the same shape. Who allows a lower floor allows larger differences
    too."""
    off = _off(expected, plane, bit_depth)
    mean = float(off.mean())
    if min(plane.shape) < _LEAST_PX:
        return Closeness(mean, None)
    slack = _slack(floor_db)
    return Closeness(mean, _alteration(expected, plane, off, mean, slack, float(1 << (bit_depth - 8))))


def largest_off(expected: Plane, plane: Plane, bit_depth: int) -> tuple[float, ...]:
    """For each size of square in `MOST_OFF` the largest mean difference, either way; then that of the whole
    picture, above 0 where it is brighter; in levels of 8 bit."""
    off = _off(expected, plane, bit_depth)
    squares = ([np.abs(means).max() for _, _, means in _means(off, px)] for px, _ in MOST_OFF)
    return *(float(max(found, default=0.0)) for found in squares), float(off.mean())


def _alteration(
    expected: Plane, plane: Plane, off: Differences, mean: float, slack: float, step: float
) -> str | None:
    if abs(mean) > MOST_OFF_IN_ALL * slack:
        return f"all of it is {mean:+.2f} levels off"
    moved = _shift(expected, plane, step)
    if moved is not None:
        return moved
    return next((found for px, most in MOST_OFF if (found := _place(off, px, most * slack))), None)


def _off(expected: Plane, plane: Plane, bit_depth: int) -> Differences:
    """In levels of 8 bit. The lowest and the highest code values are kept for synchronisation (ITU-R
    BT.601), so that some encoders have to change them."""
    step = 1 << (bit_depth - 8)
    limits = step, (255 * step)
    one, other = (np.clip(each, *limits).astype(np.float32) for each in (expected, plane))
    return np.asarray((other - one) / np.float32(step), np.float32)


def _place(off: Differences, px: int, most: float) -> str | None:
    """The worst square, of those counted from the top left and of those from the bottom right."""
    for top, left, means in _means(off, px):
        row, column = np.unravel_index(int(np.abs(means).argmax()), means.shape)
        worst = float(means[row, column])
        if abs(worst) > most:
            x, y = left + int(column) * px, top + int(row) * px
            return f"{px} x {px} px at ({x}, {y}) are {worst:+.1f} levels off"
    return None


def _means(off: Differences, px: int) -> Iterator[tuple[int, int, NDArray[Any]]]:
    height, width = off.shape
    rows, columns = height // px, width // px
    for top, left in {(0, 0), (height % px, width % px)} if rows and columns else ():
        part = off[top : top + rows * px, left : left + columns * px]
        yield top, left, cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)


def _shift(expected: Plane, plane: Plane, step: float) -> str | None:
    """Nearer to the picture a pixel beside it, by more than the slope of a soft picture makes."""
    inner = plane[1:-1, 1:-1]
    height, width = expected.shape
    own, least = _square(expected[1:-1, 1:-1], inner), (_LEAST_MOVED * step) ** 2 * inner.size
    for name, down, right in (("left", 0, 1), ("right", 0, -1), ("up", 1, 0), ("down", -1, 0)):
        beside = expected[1 + down : height - 1 + down, 1 + right : width - 1 + right]
        if own > max(_NEARER * _square(beside, inner), least):
            return f"it is moved {name} by a pixel"
    return None


def _square(one: Plane, other: Plane) -> float:
    return float(cv2.norm(np.ascontiguousarray(one), np.ascontiguousarray(other), cv2.NORM_L2SQR))
