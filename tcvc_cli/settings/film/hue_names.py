"""Hues by name, and hue maps as a person writes them: `blue -> brown`."""

from __future__ import annotations

import math
import re
from functools import cache

import numpy as np

from tcvc_cli.color.grade import HueMap
from tcvc_cli.color.lab import lab_from_rgb

_NAMED = (
    ("red", 0xD02020),
    ("brown", 0x8B4513),
    ("orange", 0xF08020),
    ("yellow", 0xF0D020),
    ("green", 0x2E8B40),
    ("cyan", 0x00B8D4),
    ("blue", 0x2F62C0),
    ("purple", 0x7030A0),
    ("magenta", 0xD030B0),
    ("pink", 0xF08CB0),
)
_ARROW = re.compile(r"\s*->\s*")
_DEGREES = re.compile(r"\d{1,3}(\.\d{1,9})?", re.ASCII)


def hue_map_from_text(text: str) -> HueMap:
    """Of `blue -> brown` or `220 -> 30`. Raises ValueError with one line."""
    hues = _ARROW.split(text.strip())
    if len(hues) != 2:
        raise ValueError(f"a hue map was expected, e.g. blue -> brown, not '{text[:40]}'")
    return HueMap(*map(_hue, hues))


@cache
def _hues() -> tuple[tuple[str, float], ...]:
    rgb = np.array([[value >> 16, value >> 8 & 255, value & 255] for _, value in _NAMED]) / 255
    angles = (math.degrees(math.atan2(b, a)) % 360 for _, a, b in lab_from_rgb(rgb).tolist())
    return tuple((name, angle) for (name, _), angle in zip(_NAMED, angles, strict=True))


def _hue(word: str) -> float:
    named = dict(_hues())
    if word.lower() in named:
        return named[word.lower()]
    if _DEGREES.fullmatch(word) is None or float(word) > 360:
        raise ValueError(f"'{word[:40]}' is no hue: degrees from 0 to 360, or one of {', '.join(named)}")
    return float(word) % 360
