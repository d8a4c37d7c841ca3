"""The size or the shape in which a Matroska track wants to be shown: RFC 9559, 5.1.4.1.28.12 to 14."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

from tcvc_cli.media.structure.cropping import Crop, matroska_crop
from tcvc_cli.media.structure.matroska_tracks import number, picture_values
from tcvc_cli.records import FilmInfo

DISPLAY_IDS: Final = (b"\x54\xb0", b"\x54\xba", b"\x54\xb2")  # DisplayWidth, DisplayHeight, DisplayUnit
_PIXELS, _RATIO = 0, 3  # values of DisplayUnit
_LARGEST = 2**31 - 1


class Display(NamedTuple):
    """So wide and so high, in a `unit` of Matroska's."""

    width: int
    height: int
    unit: int


def display_of(film: FilmInfo, width_of_eyes: Fraction) -> Display:
    """What the track of the result has to state: word for word what the film's own states, where that is the
    shape of the film; else its size with square pixels, or its shape where that is no whole number.
    `width_of_eyes` as `width_in` gives it."""
    crop = matroska_crop(film) or Crop(0, 0, 0, 0)
    width, height = film.width_px - crop.left - crop.right, film.height_px - crop.top - crop.bottom
    shape = film.sample_aspect * Fraction(width, height) / width_of_eyes
    own = stated_display(film)
    if own is not None and Fraction(own.width, own.height) == shape:
        return own
    wide = shape * height
    if wide.denominator == 1:
        return Display(wide.numerator, height, _PIXELS)
    return Display(shape.numerator, shape.denominator, _RATIO)


def stated_display(film: FilmInfo) -> Display | None:
    """Of the film's own track; None where it states none, or nothing that can be."""
    values = picture_values(film)
    found = Display(*(number(values, one) for one in DISPLAY_IDS))
    is_there = 0 < found.width <= _LARGEST and 0 < found.height <= _LARGEST
    return found if is_there and found.unit <= _RATIO else None
