"""What is left of a frame when its brightness, its contrast and its grain are taken away.

Old film flickers, fades and is printed too dark; none of that is a cut. So frames are compared by
their structure: the detail of each neighbourhood, divided by how strong detail is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Plane = NDArray[np.float32]

LONG_SIDE_PX = 64
SHORT_SIDE_LEAST_PX = 24  # optical flow needs some room
_NEIGHBOURHOOD_PX = 3.0  # sigma
_TAPER_PX = 3
_LEAST_NOISE = 0.5  # code values: rounding, and the compression of a film that was never grainy
_NOISE_WEIGHT = 2.0
_BLANK_BELOW = 0.22
_LARGEST_BAR = 0.3  # of a side
_EIGHT_BIT_SCALE = 42.0  # three deviations fill the eight bits

# J. Immerkær, Fast Noise Variance Estimation, CVIU 64 (1996): blind to flat areas, ramps and edges.
_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


@dataclass(frozen=True, slots=True)
class Structure:
    """One frame.

    `pattern` (h, w) float32 has mean about 0 and deviation about 1 where there is detail, less where
    there is only grain, 0 in black bars and at the very edge; `eight_bit` (h, w) uint8 is the same for
    optical flow. `detail` (h, w) float32 is the same before division, in code values; `contrast` is its
    deviation. `content` in [0, 1] says how much of the picture rises above grain.
    """

    pattern: Plane
    eight_bit: Luma
    detail: Plane
    contrast: float
    content: float

    @property
    def is_blank(self) -> bool:
        """Black, white or grey all over: nothing to recognise."""
        return self.content < _BLANK_BELOW


class StructureReader:
    """Makes Structures of one size from the frames of one film."""

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None

    def read(self, luma: Luma) -> Structure:
        """`luma` (h, w) uint8 code values."""
        if self._size is None:
            self._size = _working_size(luma)
        sharp = luma.astype(np.float32)
        picture = _shrunk(sharp, self._size)
        roughness = _shrunk(np.abs(cv2.filter2D(sharp, -1, _NOISE_KERNEL)), self._size)
        calmed = min(1.0, self._size[0] / luma.shape[1])  # what averaging leaves of white grain
        inner = _inside_bars(picture, calmed * _grain(roughness))
        noise = _LEAST_NOISE + _NOISE_WEIGHT * calmed * _grain(roughness[inner])
        return _structure(picture, inner, noise)


def _working_size(luma: Luma) -> tuple[int, int]:
    """(width, height) with the long side at LONG_SIDE_PX."""
    scale = LONG_SIDE_PX / max(luma.shape)
    height, width = (max(SHORT_SIDE_LEAST_PX, round(side * scale)) for side in luma.shape)
    return width, height


def _grain(roughness: Plane) -> float:
    """Deviation of the grain in code values, judged where the picture itself is calmest."""
    calmest_quarter = np.sort(_shrunk(roughness, (8, 6)), axis=None)[12]
    return float(calmest_quarter) * float(np.sqrt(np.pi / 2)) / 6


def _inside_bars(picture: Plane, grain: float) -> tuple[slice, slice]:
    """Rows and columns of the picture without the bars of a letterbox or pillarbox."""
    calm = 0.3 + 0.08 * float(picture.std()) + 1.25 * grain
    return _busy_part(picture.std(axis=1), calm), _busy_part(picture.std(axis=0), calm)


def _busy_part(deviations: Plane, calm: float) -> slice:
    """From the first line that is not calm to the last; a side that is calm for long is no bar."""
    busy = np.flatnonzero(deviations > calm)
    if len(busy) == 0:
        return slice(0, len(deviations))
    largest = _LARGEST_BAR * len(deviations)
    lead, trail = int(busy[0]), len(deviations) - 1 - int(busy[-1])
    # One line more: the bar's soft edge.
    first = lead + 1 if 0 < lead < largest else 0
    beyond = trail + 1 if 0 < trail < largest else 0
    return slice(first, len(deviations) - beyond)


def _structure(picture: Plane, inner: tuple[slice, slice], noise: float) -> Structure:
    part = picture[inner]
    detail = np.zeros_like(picture)
    pattern = np.zeros_like(picture)
    detail[inner] = part - _mean_nearby(part)
    power = _mean_nearby(detail[inner] ** 2)
    pattern[inner] = detail[inner] / np.sqrt(power + noise * noise)
    content = float(np.mean(pattern[inner] ** 2))
    pattern[inner] *= _taper(part.shape)
    contrast = float(np.sqrt(np.mean(power)))
    eight_bit = np.clip(pattern * _EIGHT_BIT_SCALE + 128, 0, 255).astype(np.uint8)
    return Structure(pattern, eight_bit, detail, contrast, content)


def _mean_nearby(plane: Plane) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), _NEIGHBOURHOOD_PX), np.float32)


def _shrunk(plane: Plane, size: tuple[int, int]) -> Plane:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _taper(shape: tuple[int, ...]) -> Plane:
    """Weights that fall towards the edges, where weave brings in what was not there."""
    rows, columns = (_ramp(side) for side in shape)
    return np.outer(rows, columns).astype(np.float32)


def _ramp(side: int) -> Plane:
    from_edge = np.minimum(np.arange(side), np.arange(side)[::-1])
    return np.minimum(1, (from_edge + 1) / (_TAPER_PX + 1)).astype(np.float32)
