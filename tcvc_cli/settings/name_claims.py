"""What the name of a picture claims: a frame of the film, or a time in it.

`ref_000123.png`, `film_000123.png` and `000123.png` claim frame 123, `00h01m02s345.png` the time 62.345 s,
each with any words before, or the name of the film. A name is no more than a claim. What a camera, a
telephone or a screen gave (`IMG_1234`, `DSC00012`, `2024-01-02`, `20240102_101112`) claims nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_TIME = re.compile(r"(?:^|.*[^0-9])(\d{1,2})h(\d{2})m(\d{2})s(\d{0,9})", re.ASCII | re.IGNORECASE | re.DOTALL)
_PADDED = re.compile(r"(?<![0-9])\d{6,9}(?![0-9])", re.ASCII)
_LAST = re.compile(r"(?:^|.*[^0-9])(\d{1,9})", re.ASCII | re.DOTALL)
_DATE = re.compile(r"(?<![0-9])(19|20)\d\d([-_. ]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?![0-9])", re.ASCII)
_CAMERA = re.compile(
    r"(img|image|dsc[nf]?|p|pxl|mvi|gopr|dcim|pict?|photo|scan|screen ?shot|whatsapp image|unnamed|download)"
    r"[-_ ]*(\(?(\d{1,5}|\d{7,})\)?)?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One of the two: a frame, counted from 0, or a time in seconds from the start of the film."""

    frame: int | None = None
    time_s: Fraction | None = None


def claim_of(stem: str, film_stem: str = "") -> Claim | None:
    """`stem`: the name without its suffix; `film_stem`: that of the film, whose numbers say nothing."""
    if film_stem and stem.startswith(film_stem):
        stem = stem[len(film_stem) :]
    time = _TIME.fullmatch(stem)
    if time is not None:
        return _time_claim(*time.groups())
    if _CAMERA.fullmatch(stem) or _DATE.search(stem):
        return None
    padded = _PADDED.findall(stem)
    if len(padded) == 1:  # `ref_000123_v2`, as other tools write it
        return Claim(frame=int(padded[0]))
    last = _LAST.fullmatch(stem)
    return None if last is None else Claim(frame=int(last[1]))


def _time_claim(hours: str, minutes: str, seconds: str, fraction: str) -> Claim | None:
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    rest = Fraction(int(fraction), 10 ** len(fraction)) if fraction else Fraction(0)
    return Claim(time_s=3600 * int(hours) + 60 * int(minutes) + int(seconds) + rest)
