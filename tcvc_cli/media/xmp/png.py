"""XMP in PNG: the text `XML:com.adobe.xmp` (XMP Specification, part 3, 1.1.5)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from tcvc_cli.media.structure.stills.png import chunk, chunks, with_chunks

_KEYWORD: Final = b"XML:com.adobe.xmp\0"
_LARGEST: Final = 1 << 26


def xmp_of_png(data: bytes) -> tuple[bytes, ...]:
    return tuple(_packets(data))


def png_with_xmp(data: bytes, packet: bytes) -> bytes:
    """The complete PNG `data`, which has none, with the packet."""
    return with_chunks(data, chunk(b"iTXt", _KEYWORD + b"\0\0\0\0" + packet))


def _packets(data: bytes) -> Iterator[bytes]:
    for kind, body in chunks(data):
        if kind == b"iTXt" and body.startswith(_KEYWORD):
            yield from _text(body[len(_KEYWORD) :])


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
