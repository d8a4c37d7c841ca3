"""Hues by name, and hue maps as a person writes them: `blue -> brown`."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Final

from tcvc_cli.color.grade import HueMap

MOST_WIDTH_DEGREES: Final = 180.0

# What a thing of that colour looks like in daylight, as sRGB; only its hue counts.
NAMED_COLORS: Final = (
    ("pink", "#f08cb0"),
    ("red", "#d02020"),
    ("brown", "#8b4513"),
    ("orange", "#f08020"),
    ("tan", "#d2b48c"),
    ("gold", "#d4a017"),
    ("yellow", "#f0d020"),
    ("olive", "#808000"),
    ("green", "#2e8b40"),
    ("turquoise", "#30c8b8"),
    ("teal", "#008080"),
    ("cyan", "#00b8d4"),
    ("blue", "#2f62c0"),
    ("navy", "#1f2f6f"),
    ("violet", "#8a5cd6"),
    ("purple", "#7030a0"),
    ("magenta", "#d030b0"),
)

_HEX: Final = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d{1,4}(\.\d{1,20})?", re.ASCII)
_ARROW: Final = re.compile(r"\s*(?:->|→|\bto\b)\s*")
_FORM: Final = "FROM -> TO[, WIDTH[, STRENGTH]], e.g. blue -> brown"


def rgb_from_text(text: str) -> tuple[int, int, int]:
    """8-bit sRGB of `#rrggbb`. Raises ValueError."""
    if _HEX.fullmatch(text) is None:
        raise ValueError("a colour was expected, e.g. #6b4a2b")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


@cache
def named_hues() -> tuple[tuple[str, float], ...]:
    """Names and their hues: angles of (a*, b*) in CIE Lab, in degrees of [0, 360)."""
    import numpy as np

    from tcvc_cli.color.lab import lab_from_rgb  # which loads OpenCV

    names = [name for name, _ in NAMED_COLORS]
    rgb = np.array([rgb_from_text(color) for _, color in NAMED_COLORS], np.float64) / 255
    return tuple(
        (name, math.degrees(math.atan2(b, a)) % 360)
        for name, (_, a, b) in zip(names, lab_from_rgb(rgb).tolist(), strict=True)
    )


def hue_from_text(text: str) -> float:
    """Degrees in [0, 360) of a name, or of a number from 0 to 360. Raises ValueError."""
    word = text.strip().lower()
    if (named := dict(named_hues()).get(word)) is not None:
        return named
    if _NUMBER.fullmatch(word) is None or float(word) > 360:
        names = ", ".join(name for name, _ in named_hues())
        raise ValueError(f"'{_shown(text)}' is no hue: degrees from 0 to 360, or one of {names}")
    return float(word) % 360


def hue_map_from_text(text: str) -> HueMap:
    """Of `blue -> brown`, `220 to 30` or, with width in degrees and strength, `blue -> brown, 40, 0.8`.

    Raises ValueError with one line.
    """
    arrow, *rest = text.split(",")
    hues = _ARROW.split(arrow.strip())
    if len(hues) != 2 or not all(hues) or len(rest) > 2:
        raise ValueError(f"a hue map was expected: {_FORM}, not '{_shown(text)}'")
    given = [_number(word, text) for word in rest]
    width, strength = (*given, *(None, None))[:2]
    plain = HueMap(*map(hue_from_text, hues))
    return hue_map(
        plain,
        width=plain.width_degrees if width is None else width,
        strength=plain.strength if strength is None else strength,
    )


def hue_map(plain: HueMap, *, width: float, strength: float) -> HueMap:
    """The same hues, checked. Raises ValueError."""
    if not 0 < width <= MOST_WIDTH_DEGREES:
        raise ValueError(f"a width goes from above 0 to {MOST_WIDTH_DEGREES:g} degrees, not {width:g}")
    if not 0 <= strength <= 1:
        raise ValueError(f"a strength goes from 0 to 1, not {strength:g}")
    return HueMap(plain.from_degrees, plain.to_degrees, width, strength)


def text_of_hues(one: HueMap) -> str:
    """`blue -> brown`: what `hue_map_from_text` reads as the same two hues."""
    names = {degrees: name for name, degrees in named_hues()}
    hues = (one.from_degrees, one.to_degrees)
    return " -> ".join(names.get(hue, _decimal(hue)) for hue in hues)


def _decimal(number: float) -> str:
    """The shortest that gives the same number again, without an exponent."""
    import numpy as np

    return np.format_float_positional(number, trim="-")


def _number(word: str, text: str) -> float:
    if _NUMBER.fullmatch(word.strip()) is None:
        raise ValueError(f"a hue map was expected: {_FORM}, not '{_shown(text)}'")
    return float(word)


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text.strip()[:40])
