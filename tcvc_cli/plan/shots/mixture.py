"""Is this frame a mixture of that one before and that one after?"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tcvc_cli.plan.shots.alignment import Affine, moved, refined, shift_between
from tcvc_cli.plan.shots.structure import Plane, Structure

_GRAIN_PX = 1.0  # sigma; finer detail is grain
_NEIGHBOURHOOD_PX = 3.0  # sigma
_TRACE = 0.25  # a picture that counts for half correlates at 0.7, at 0.4 if the other is much stronger
_FAINTEST = 1.0  # code values squared: keeps empty places from counting as much as full ones
_OUTLIER = 2.0  # of what the two pictures have nearby: dirt
_COMMON_LEAST = 0.6  # of the frame, seen in all three


@dataclass(frozen=True, slots=True)
class Mixture:
    """A frame fitted by `old` times the one before plus `new` times the one after.

    `explained` in [0, 1] is the share of the frame's energy that the fit explains, `gained` how much
    more that is than either picture explains alone, `overlap` the correlation of the two pictures
    where they lie in the frame: about 0 for two scenes, high for one scene that has moved.
    """

    old: float
    new: float
    explained: float
    gained: float
    overlap: float

    @property
    def certainty(self) -> float:
        return self.explained - max(0.0, self.overlap)


def mixture(frame: Structure, before: Structure, after: Structure) -> Mixture | None:
    """None where one of the two pictures is not in the frame at all."""
    sides = (before, after)
    shifts = [shift_between(frame.pattern, side.pattern) for side in sides]
    if min(found for found, _ in shifts) < _TRACE:
        return None
    here = _without_grain(frame)
    details = [_without_grain(side) for side in sides]
    motions = [refined(here, detail, shift) for detail, (_, shift) in zip(details, shifts, strict=True)]
    return _fit(here, details, motions)


def _without_grain(structure: Structure) -> Plane:
    return np.asarray(cv2.GaussianBlur(structure.detail, (0, 0), _GRAIN_PX), np.float32)


def _fit(here: Plane, details: list[Plane], motions: list[Affine]) -> Mixture | None:
    """Least squares, each place weighed by how strong the two pictures are there."""
    seen = np.minimum(*(moved(np.ones_like(here), motion) for motion in motions)) > 0.99
    if seen.mean() < _COMMON_LEAST:
        return None
    pairs = list(zip(details, motions, strict=True))
    power = np.add(*(moved(_power(detail), motion) for detail, motion in pairs))
    weight = np.asarray(seen / np.sqrt(power + _FAINTEST), np.float32)
    a, b = (moved(detail, motion) * weight for detail, motion in pairs)
    return _solve(np.clip(here * weight, -_OUTLIER, _OUTLIER), a, b)


def _power(detail: Plane) -> Plane:
    return np.asarray(cv2.GaussianBlur(detail * detail, (0, 0), _NEIGHBOURHOOD_PX), np.float32)


def _solve(x: Plane, a: Plane, b: Plane) -> Mixture | None:
    xx, aa, bb = (float(np.vdot(plane, plane)) for plane in (x, a, b))
    ab, xa, xb = float(np.vdot(a, b)), float(np.vdot(x, a)), float(np.vdot(x, b))
    determinant = aa * bb - ab * ab
    if xx <= 0 or determinant <= 1e-6 * aa * bb:
        return None
    old, new = (xa * bb - xb * ab) / determinant, (xb * aa - xa * ab) / determinant
    explained = (old * xa + new * xb) / xx
    alone = max(max(0.0, xa) ** 2 / aa, max(0.0, xb) ** 2 / bb) / xx
    return Mixture(old, new, explained, explained - alone, ab / float(np.sqrt(aa * bb)))
