"""Which way up a photograph is: the Orientation tag of Exif (CIPA DC-008, tag 0x0112), 1 to 8."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.media.planes import Plane, pixel_format, planar_name
from tcvc_cli.records import PixelFormat

_ORIENTATION = 0x0112
_MARKS = (b"Exif\0\0", b"eXIf", b"EXIF")  # before the tags in JPEG, in PNG, and in WebP


class Turn(NamedTuple):
    """Rows and columns are swapped first, then put in reverse where the step is -1."""

    is_swapped: bool
    row_step: int
    column_step: int


UPRIGHT = Turn(is_swapped=False, row_step=1, column_step=1)
_TURNS = (
    UPRIGHT,
    Turn(is_swapped=False, row_step=1, column_step=-1),
    Turn(is_swapped=False, row_step=-1, column_step=-1),
    Turn(is_swapped=False, row_step=-1, column_step=1),
    Turn(is_swapped=True, row_step=1, column_step=1),
    Turn(is_swapped=True, row_step=1, column_step=-1),
    Turn(is_swapped=True, row_step=-1, column_step=-1),
    Turn(is_swapped=True, row_step=-1, column_step=1),
)


def turn_of(path: Path) -> Turn:
    """How the picture in `path` must be turned to stand upright; as it is when nothing says so."""
    data = path.read_bytes()
    try:
        number = _orientation(data[tags_start(data) :])
    except (struct.error, ValueError):
        number = 1
    return _TURNS[number - 1] if 1 <= number <= 8 else UPRIGHT


def turned(plane: Plane, turn: Turn) -> Plane:
    """The plane, upright: the same samples in other places."""
    upright: NDArray[Any] = plane.T if turn.is_swapped else plane
    copy: NDArray[Any] = np.ascontiguousarray(upright[:: turn.row_step, :: turn.column_step])
    return copy


def turned_format(picture: PixelFormat, turn: Turn) -> PixelFormat:
    """The format of the turned planes: 4:2:2 lying on its side is 4:4:0."""
    is_same = picture.is_rgb or picture.is_grey or picture.chroma_shift_x == picture.chroma_shift_y
    if is_same or not turn.is_swapped:
        return picture
    shift_x, shift_y = picture.chroma_shift_y, picture.chroma_shift_x
    return pixel_format(planar_name(bit_depth=picture.bit_depth, shift_x=shift_x, shift_y=shift_y))


def tags_start(data: bytes) -> int:
    """Where Exif's own tags begin. Raises ValueError where there are none."""
    if data[:4] in (b"II*\0", b"MM\0*"):  # TIFF is made of the same tags from its first byte on
        return 0
    found = [data.find(mark) + len(mark) for mark in _MARKS if mark in data[:1_000_000]]
    if not found:
        raise ValueError("no Exif")
    return min(found)


def _orientation(tags: bytes) -> int:
    """Walk the first directory: a count, then entries of 12 bytes: tag, kind, count, value."""
    order = "<" if tags[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}I", tags, 4)
    (count,) = struct.unpack_from(f"{order}H", tags, start)
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", tags, entry)
        if tag == _ORIENTATION:
            return int(value)
    return 1
