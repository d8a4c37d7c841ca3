"""What a grade does to colours.

In this order: hue maps turn hues, saturation is a factor of chroma, warmth shifts what is there towards
another white. So a film without saturation can still be toned, and warmth is as strong whatever the
saturation. `vivid_ab`, for films that have no network to ask for vivid colours, goes before them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.grade import Grade, HueMap
from tcvc_cli.color.lab import LINEAR_BELOW, WHITE_XYZ

Floats = NDArray[np.float32]

_BLOCK = 1 << 14  # pixels at a time, so that what is in between stays in the processor's cache
_SURE_CHROMA = 8.0  # from here on a hue is a hue; at half of it, half of it may be noise
_KEPT_CHORD = 0.7071  # of the chord between two hues: turned by up to 90 degrees, a colour keeps its chroma
_PALE_CHROMA = 25.0  # where `vivid` has lost all but 1/e of its strength
_F_LINEAR_BELOW = 0.2068966  # of Lab's f: LINEAR_BELOW, seen from the other side
_LEVEL_LOW, _LEVEL_HIGH = 0.25, 4.0  # of the luminance that is given back; colours that no light has go on
_WARMTH_MIRED = 90.0  # of warmth 1: D65 becomes 4100 K; of -1: 15700 K
_D65_K = 6504.0
# Cone responses of XYZ: Bradford, as in ICC.1:2022, annex E.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def graded(ab: Floats, lightness: Floats, grade: Grade) -> Floats:
    """`ab` (h, w, 2) float32, CIE a*, b*, as `grade` wants it; `lightness` (h, w) float32 is L* there.

    A grade that changes nothing gives `ab` itself. Without warmth, ab == 0 stays exactly 0.
    Raises ValueError when the sizes differ.
    """
    if ab.shape != (*lightness.shape, 2):
        raise ValueError(f"ab is {ab.shape}, its lightness {lightness.shape}")
    if grade.hue_maps:
        ab = _by_blocks(lambda block, _: _turned(block, grade.hue_maps), ab, lightness)
    if grade.saturation != 1:
        ab = ab * np.float32(grade.saturation)
    if grade.warmth:
        ab = _by_blocks(lambda block, light: _warmed(block, light, grade.warmth), ab, lightness)
    return ab


def vivid_ab(ab: Floats, vivid: float) -> Floats:
    """`ab` (h, w, 2) float32 with pale colours lifted: chroma C becomes C (1 + vivid exp(-C / 25)).

    `vivid` in [0, 1]: at 1 the palest become twice as strong, a chroma of 25 a third stronger, one of 80 a
    twenty-fifth. Hues stay, and so does the order of chromas. 0 gives `ab` itself.
    """
    if not vivid:
        return ab
    return _by_blocks(lambda block, _: _lifted(block, vivid), ab, ab[..., 0])


def _by_blocks(change: Callable[[Floats, Floats], Floats], ab: Floats, lightness: Floats) -> Floats:
    result = np.empty(ab.shape, np.float32)
    step = max(1, _BLOCK // max(1, ab.shape[1]))
    for start in range(0, len(ab), step):
        rows = slice(start, start + step)
        result[rows] = change(ab[rows], lightness[rows])
    return result


def _lifted(ab: Floats, vivid: float) -> Floats:
    a, b = _split(ab)
    chroma = cv2.magnitude(a, b)
    factor = cv2.exp(chroma * np.float32(-1 / _PALE_CHROMA)) * np.float32(vivid) + np.float32(1)
    return ab * factor[..., None]


def _turned(ab: Floats, maps: Sequence[HueMap]) -> Floats:
    """All maps look at the hues as they come, so that two of them can swap two colours.

    A map's weight is 1 within half its width and falls to 0 at its width as a raised cosine. What has a
    weight between is mixed along the chord from the old hue to the new one rather than turned half way,
    for half way from blue to brown is a third hue, purple or green. Where maps overlap, they share.
    """
    a, b = _split(ab)
    chroma, hue = (_floats(one) for one in cv2.cartToPolar(a, b, angleInDegrees=True))
    share, new_a, new_b = (_floats(np.zeros(a.shape)) for _ in range(3))
    for one in maps:
        weight, angle = _near(hue, one), np.deg2rad(one.to_degrees)
        share += weight
        new_a += weight * np.float32(np.cos(angle))
        new_b += weight * np.float32(np.sin(angle))
    sureness = _smoothstep(chroma * np.float32(1 / _SURE_CHROMA)) / np.maximum(share, np.float32(1))
    share, length = _floats(share * sureness), chroma * sureness
    mixed_a, mixed_b = a * (1 - share) + new_a * length, b * (1 - share) + new_b * length
    mixed = np.maximum(cv2.magnitude(mixed_a, mixed_b), chroma * _KEPT_CHORD)
    restored = chroma / np.maximum(mixed, np.float32(1e-6))
    turned = cv2.merge([mixed_a * restored, mixed_b * restored])
    return np.asarray(np.where((share > 0)[..., None], turned, ab), np.float32)


def _near(hue: Floats, one: HueMap) -> Floats:
    """Weight in [0, strength] of hues in degrees."""
    apart = np.abs(hue - np.float32(one.from_degrees))
    apart = np.minimum(apart, np.float32(360) - apart)
    beyond = np.clip(apart * np.float32(2 / one.width_degrees) - np.float32(1), 0, 1)
    raised = np.float32(0.5) + np.float32(0.5) * np.cos(beyond * np.float32(np.pi))
    return np.asarray(raised * np.float32(one.strength), np.float32)


def _split(pixels: NDArray[Any]) -> tuple[Floats, ...]:
    return tuple(_floats(plane) for plane in cv2.split(pixels))


def _floats(values: NDArray[Any]) -> Floats:
    return np.asarray(values, np.float32)


def _smoothstep(x: Floats) -> Floats:
    held = np.clip(x, 0, 1)
    return np.asarray(held * held * (3 - 2 * held), np.float32)


def _warmed(ab: Floats, lightness: Floats, warmth: float) -> Floats:
    """As under another white: von Kries in Bradford's cone space, in linear light, at the same luminance.

    Less towards black and white, by 1 - (L / 50 - 1)^4, so that both stay as they are.
    """
    a, b = _split(ab)
    f_y = lightness * np.float32(1 / 116) + np.float32(16 / 116)
    light = _ratio(f_y)
    lights = cv2.merge([_ratio(f_y + a * np.float32(1 / 500)), light, _ratio(f_y - b * np.float32(1 / 200))])
    x, y, z = _split(cv2.transform(lights, _adaptation(warmth)))
    level = _floats(np.clip(light / np.maximum(y, np.float32(1e-6)), _LEVEL_LOW, _LEVEL_HIGH))
    new_a = np.float32(500) * (_root(x * level) - f_y)
    new_b = np.float32(200) * (f_y - _root(z * level))
    middle = lightness * np.float32(1 / 50) - np.float32(1)
    middle *= middle
    weight = np.clip(np.float32(1) - middle * middle, 0, 1)
    return np.asarray(cv2.merge([a + weight * (new_a - a), b + weight * (new_b - b)]), np.float32)


def _ratio(f: Floats) -> Floats:
    """Light, as a share of white's, of the f of CIE Lab."""
    return np.asarray(np.where(f > _F_LINEAR_BELOW, f * f * f, (f - 16 / 116) / 7.787), np.float32)


def _root(ratio: Floats) -> Floats:
    """The f of CIE Lab of light."""
    curved = cv2.pow(np.maximum(ratio, np.float32(0)), 1 / 3)
    return np.asarray(np.where(ratio > LINEAR_BELOW, curved, 7.787 * ratio + 16 / 116), np.float32)


@lru_cache(maxsize=64)
def _adaptation(warmth: float) -> NDArray[np.float64]:
    """(3, 3): XYZ as shares of D65's white, under D65 -> under the white of this warmth, whose Y is 1 too."""
    mired = 1e6 / _D65_K + _WARMTH_MIRED * warmth
    cones = (_BRADFORD @ daylight_white(1e6 / mired)) / (_BRADFORD @ daylight_white(_D65_K))
    xyz = np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD
    return np.asarray(xyz * WHITE_XYZ[None, :] / WHITE_XYZ[:, None])


def daylight_white(kelvin: float) -> NDArray[np.float64]:
    """XYZ (3,) with Y = 1 of daylight of this colour temperature, 4000 to 25000 K: CIE 15:2004, 3.1."""
    t = 1e3 / kelvin
    if kelvin <= 7000:
        x = -4.6070 * t**3 + 2.9678 * t**2 + 0.09911 * t + 0.244063
    else:
        x = -2.0064 * t**3 + 1.9018 * t**2 + 0.24748 * t + 0.237040
    y = -3.0 * x * x + 2.870 * x - 0.275
    return np.array([x / y, 1.0, (1 - x - y) / y])
