"""Points and strokes as a person types them: `1234,0.4,0.3,#6b4a2b`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tcvc_cli.settings.film.decisions import DEFAULT_RADIUS, Point, Stroke
from tcvc_cli.settings.film.hue_names import rgb_from_text

LAST_FRAME: Final = 10**9
MOST_RADIUS: Final = 0.5
NO_COLOR: Final = "none"
POINT_FORM: Final = "[FRAME,]X,Y,#rrggbb|none[,RADIUS]"
STROKE_FORM: Final = "FRAME,FILE.png"
_FRAME: Final = re.compile(r"\d{1,10}", re.ASCII)
_NUMBER: Final = re.compile(r"\d{0,4}\.?\d{1,20}(e-\d{1,2})?", re.ASCII)


def point_from_text(text: str) -> Point:
    """Of `[FRAME,]X,Y,#rrggbb|none[,RADIUS]`; frame 0 where none is given. Raises ValueError."""
    words = [word.strip() for word in text.split(",")]
    at = next((place for place, word in enumerate(words) if _is_color(word)), None)
    if at not in (2, 3) or len(words) > at + 2:
        raise ValueError(f"a point was expected: {POINT_FORM}, e.g. 0.4,0.3,#6b4a2b")
    x, y = (_within(word, 1, "x and y go") for word in words[at - 2 : at])
    color = color_from_text(words[at])
    radius = _within(words[at + 1], MOST_RADIUS, "a radius goes") if words[at + 1 :] else DEFAULT_RADIUS
    if radius == 0:
        raise ValueError("the radius of a point is above 0")
    return Point(_frame(words[0]) if at == 3 else 0, x, y, color, radius)


def stroke_from_text(text: str) -> Stroke:
    """Of `FRAME,FILE.png`. Raises ValueError."""
    frame, comma, file = text.partition(",")
    if not comma or not file.strip():
        raise ValueError(f"a stroke was expected: {STROKE_FORM}")
    return Stroke(_frame(frame.strip()), Path(file.strip()))


def color_from_text(text: str) -> tuple[int, int, int] | None:
    """8-bit sRGB of `#rrggbb`; None for `none`. Raises ValueError."""
    return None if text.strip().lower() == NO_COLOR else rgb_from_text(text.strip())


def text_of_color(color: tuple[int, int, int] | None) -> str:
    """What `color_from_text` reads as the same."""
    return NO_COLOR if color is None else "#" + bytes(color).hex()


def _is_color(word: str) -> bool:
    return word.startswith("#") or word.lower() == NO_COLOR


def _frame(word: str) -> int:
    if _FRAME.fullmatch(word) is None or int(word) > LAST_FRAME:
        raise ValueError(f"a frame is a whole number from 0, not '{word[:20]}'")
    return int(word)


def _within(word: str, most: float, what: str) -> float:
    if _NUMBER.fullmatch(word) is None or float(word) > most:
        raise ValueError(f"{what} from 0 to {most:g}, not '{word[:20]}'")
    return float(word)
