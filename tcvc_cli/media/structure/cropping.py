"""What a container says of the part of the picture that is shown: rows and columns at the edges that
players leave out. The picture itself is coloured whole."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import NamedTuple

from tcvc_cli.media.structure.boxes import boxes
from tcvc_cli.media.structure.matroska_tracks import number, picture_values
from tcvc_cli.records import FilmInfo

CROP_IDS = (
    b"\x54\xbb",
    b"\x54\xaa",
    b"\x54\xcc",
    b"\x54\xdd",
)  # PixelCrop top, bottom, left, right: RFC 9559
_CLEAN_APERTURE = b"\0\0\0\x28clap"  # a box of 40 bytes: ISO/IEC 14496-12, 12.1.4
_LARGEST_INDEX_BYTES = 1 << 26


class Crop(NamedTuple):
    """Rows and columns to leave out, in px."""

    top: int
    bottom: int
    left: int
    right: int


def matroska_crop(film: FilmInfo) -> Crop | None:
    """The cropping of the film's own track; None where there is none, or the film is no Matroska file."""
    values = picture_values(film)
    crop = Crop(*(number(values, one) for one in CROP_IDS))
    return crop if any(crop) else None


def has_clean_aperture(film: FilmInfo) -> bool:
    """True when an MP4 or QuickTime file states a part that is shown, and it is not all of the picture."""
    if "mp4" not in film.container:
        return False
    with film.path.open("rb") as file:
        for box in boxes(file, film.path.stat().st_size):
            if box.kind == b"moov":
                file.seek(box.start)
                index = file.read(min(box.size, _LARGEST_INDEX_BYTES))
                return any(not _is_whole(film, one) for one in index.split(_CLEAN_APERTURE)[1:])
    return False


def _is_whole(film: FilmInfo, aperture: bytes) -> bool:
    """Width, height and the two offsets of the middle, each as numerator and denominator of 32 bits; capture
    programs write them whatever they are."""
    if len(aperture) < 32:
        return False
    numbers = struct.unpack(">8i", aperture[:32])
    if 0 in numbers[1::2]:
        return False
    width, height, *offsets = map(Fraction, numbers[0::2], numbers[1::2])
    return width == film.width_px and height == film.height_px and not any(offsets)
