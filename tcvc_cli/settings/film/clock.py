"""Times as a person writes and reads them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

TIME: Final = r"(\d{1,5}:)?(\d{1,2}:)?\d{1,9}(\.\d{1,9})?"
_TIME: Final = re.compile(TIME, re.ASCII)


def clock_time(seconds: Fraction) -> str:
    """Hours, minutes, seconds and milliseconds for a person: `0:01:23.480`."""
    milliseconds = milliseconds_of(seconds)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def milliseconds_of(seconds: Fraction) -> int:
    """To the nearest, as times are written."""
    return round(seconds * 1000)


def seconds_of(text: str) -> Fraction:
    """Exactly, from `SS`, `MM:SS` or `HH:MM:SS`, each with up to nine decimals. Raises ValueError."""
    if _TIME.fullmatch(text.strip()) is None:
        raise ValueError("a time was expected, e.g. 0:03:12.480")
    seconds = Fraction(0)
    for part in text.strip().split(":"):
        seconds = seconds * 60 + Fraction(part)
    return seconds
