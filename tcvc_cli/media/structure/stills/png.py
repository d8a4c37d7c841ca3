"""The chunks of a PNG (W3C, PNG third edition, 5)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

_SIGNATURE_BYTES: Final = 8
_HEAD_BYTES: Final = _SIGNATURE_BYTES + 25  # and IHDR


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each, as far as the file goes."""
    place = _SIGNATURE_BYTES
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        yield kind, data[place + 8 : place + 8 + length]
        place += 12 + length


def chunk(kind: bytes, body: bytes) -> bytes:
    """As it stands in a file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(data: bytes, new: bytes) -> bytes:
    """The complete PNG `data` with these chunks behind its head."""
    return data[:_HEAD_BYTES] + new + data[_HEAD_BYTES:]
