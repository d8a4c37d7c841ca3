"""The segments of a JPEG before its picture (ITU-T T.81, B.1.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

APP0, APP1, COMMENT = 0xE0, 0xE1, 0xFE
LARGEST_BODY: Final = 65_533  # bytes behind the two of its length
_SCAN, _END = 0xDA, 0xD9


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each, as far as the file goes."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] not in (_SCAN, _END):
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        yield data[place + 1], data[place + 4 : place + 2 + length]
        place += 2 + max(2, length)


def segment(marker: int, body: bytes) -> bytes:
    """As it stands in a file; `body` has at most `LARGEST_BODY` bytes."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
