"""Do colours stay on what they are on? Warp error of ab along the motion of the grey film, and flicker.

Flow: DIS (Kroeger et al. 2016), preset MEDIUM of OpenCV, from frame t to frame t - 1, on the grey film in
8 bits. `warp(x)(p) = x(p + flow(p))`, bilinear. Mask of frame t: m = exp(-50 d^2), where d is the
difference of L* / 100 between frame t and the warped frame t - 1 (soft non-occlusion mask of Lei and
Chen 2019 and Liu et al. 2021), and 0 where p + flow(p) lies outside the picture.

Warp error of a film = sum over all pixels and t of m |ab_t - warp(ab_{t-1})| / sum of m, |.| the length
of the difference in a*, b*: CIE units, 0 at best, at most about 260. Flicker = warp error / mean chroma.

Drift is the warp error of frames that are an interval apart, along the flows from frame to frame; the mask is
the product of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.measure.colorfulness import mean_chroma

_LEAST_PX = 16  # below this DIS has no pyramid to stand on
_LEAST_FOLLOWED = 0.02  # of the places, after an interval
LEAST_CHROMA = 0.05  # CIE units; a grey film's planes, decoded, come to a tenth of this


@dataclass(frozen=True, slots=True)
class Steadiness:
    """`warp_error` and `chroma` in CIE units; `flicker` their quotient, None for a film without colour."""

    warp_error: float
    chroma: float

    @property
    def flicker(self) -> float | None:
        return self.warp_error / self.chroma if self.chroma >= LEAST_CHROMA else None


@dataclass(frozen=True, slots=True)
class Motion:
    """From frame t to frame t - 1: where to sample, (h, w, 2) float32 px, and the mask (h, w) float64."""

    places: NDArray[np.float32]
    mask: NDArray[np.float64]

    def error(self, ab: NDArray[Any], previous_ab: NDArray[Any]) -> float:
        """Sum over the pixels of mask * |ab - warp(previous_ab)|; two (h, w, 2), CIE units."""
        warped = _sampled(previous_ab.astype(np.float64), self.places)
        difference = np.hypot(*np.moveaxis(ab.astype(np.float64) - warped, -1, 0))
        return float((self.mask * difference).sum())

    def after(self, earlier: Motion) -> Motion:
        """From where this one starts to where `earlier` leads, which starts where this one leads."""
        places = np.asarray(_sampled(earlier.places, self.places), np.float32)
        return Motion(places, self.mask * _sampled(earlier.mask, self.places))


class FlowMeter:
    """Measures the motion of a grey film, one frame after another."""

    def __init__(self) -> None:
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._previous: NDArray[np.float32] | None = None

    def add(self, lightness: NDArray[np.float32]) -> Motion | None:
        """`lightness` (h, w) L* in [0, 100]; None for the first frame."""
        previous, self._previous = self._previous, lightness
        if previous is None:
            return None
        places = self._flow(lightness, previous) + _grid(lightness.shape)
        return Motion(places, _mask(lightness, previous, places))

    def _flow(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        still = np.zeros((*a.shape, 2), np.float32)
        if min(a.shape) < _LEAST_PX:
            return still
        return np.asarray(self._dis.calc(_bytes(a), _bytes(b), still), np.float32)


class SteadinessMeter:
    """Warp error and mean chroma of a film's colours, given the motion of its luma."""

    def __init__(self) -> None:
        self._previous: NDArray[Any] | None = None
        self._error = self._weight = self._chroma = 0.0
        self._frames = 0

    def add(self, ab: NDArray[Any], motion: Motion | None) -> None:
        """`ab` (h, w, 2), CIE units, and the motion that `FlowMeter` found for the same frame."""
        if motion is not None and self._previous is not None:
            self._error += motion.error(ab, self._previous)
            self._weight += float(motion.mask.sum())
        self._previous = ab
        self._chroma += mean_chroma(ab)
        self._frames += 1

    @property
    def chroma(self) -> float:
        """Mean over the frames so far, CIE units; 0 before the first."""
        return self._chroma / max(self._frames, 1)

    def result(self) -> Steadiness | None:
        """None where nothing could be followed from one frame to the next."""
        if self._weight == 0:
            return None
        return Steadiness(self._error / self._weight, self.chroma)


class DriftMeter:
    """How far colours have gone astray after `interval_frames`, given the motion from frame to frame."""

    def __init__(self, interval_frames: int) -> None:
        self._interval_frames = interval_frames
        self._first: NDArray[Any] | None = None
        self._way: Motion | None = None
        self._age = 0
        self._error = self._weight = self._places = 0.0

    def add(self, ab: NDArray[Any], motion: Motion | None) -> None:
        """As `SteadinessMeter.add`."""
        if motion is None or self._first is None:
            self._begin(ab)
            return
        self._way = motion if self._way is None else motion.after(self._way)
        self._age += 1
        if self._age == self._interval_frames:
            self._error += self._way.error(ab, self._first)
            self._weight += float(self._way.mask.sum())
            self._places += self._way.mask.size
            self._begin(ab)

    def _begin(self, ab: NDArray[Any]) -> None:
        self._first, self._way, self._age = ab, None, 0

    def result(self) -> float | None:
        """CIE units; None where the film is shorter, or next to nothing could be followed so far."""
        if self._weight <= _LEAST_FOLLOWED * self._places:
            return None
        return self._error / self._weight


def _bytes(lightness: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(lightness * 2.55).clip(0, 255), np.uint8)


def _grid(shape: tuple[int, ...]) -> NDArray[np.float32]:
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.stack([x, y], axis=-1).astype(np.float32)


def _mask(
    lightness: NDArray[np.float32], previous: NDArray[np.float32], places: NDArray[np.float32]
) -> NDArray[np.float64]:
    difference = (lightness.astype(np.float64) - _sampled(previous.astype(np.float64), places)) / 100
    height, width = lightness.shape
    x, y = places[..., 0], places[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return np.asarray(np.exp(-50 * difference**2) * inside, np.float64)


def _sampled(values: NDArray[Any], places: NDArray[np.float32]) -> NDArray[np.float64]:
    x, y = cv2.split(places)
    warped = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.float64)
