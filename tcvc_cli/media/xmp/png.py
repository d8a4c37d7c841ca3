"""XMP in PNG: the text `XML:com.adobe.xmp` (XMP Specification, part 3, 1.1.5)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

_HEAD: Final = 8 + 25  # signature and IHDR
_KEYWORD: Final = b"XML:com.adobe.xmp\0"
_LARGEST: Final = 1 << 26


def xmp_of_png(data: bytes) -> tuple[bytes, ...]:
    return tuple(_packets(data))


def png_with_xmp(data: bytes, packet: bytes) -> bytes:
    """The complete PNG `data`, which has none, with the packet."""
    body = b"iTXt" + _KEYWORD + b"\0\0\0\0" + packet
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_HEAD] + chunk + data[_HEAD:]


def _packets(data: bytes) -> Iterator[bytes]:
    place = 8
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + length]
        if kind == b"iTXt" and body.startswith(_KEYWORD):
            yield from _text(body[len(_KEYWORD) :])
        place += 12 + length


def _text(body: bytes) -> Iterator[bytes]:
    """Behind two bytes about compression, a language and the keyword in it."""
    parts = body[2:].split(b"\0", 2)
    if len(parts) < 3:
        return
    if body[0] == 0:
        yield parts[2]
        return
    try:
        yield zlib.decompressobj().decompress(parts[2], _LARGEST)
    except zlib.error:
        yield parts[2]
