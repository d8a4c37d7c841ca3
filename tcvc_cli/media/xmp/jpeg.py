"""XMP in JPEG: segments APP1, of which one holds no more than 64 KB (XMP Specification, part 3, 1.1.3)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from typing import Final

from tcvc_cli.media.xmp.packet import parts_of, with_extension

_APP1, _SCAN, _END = 0xE1, 0xDA, 0xD9
_STANDARD: Final = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED: Final = b"http://ns.adobe.com/xmp/extension/\0"
_LARGEST_SEGMENT: Final = 65533  # bytes behind the two of its length
_DIGEST: Final = 32
_CHUNK: Final = 65400
_LARGEST_EXTENSION: Final = 1 << 26


def xmp_of_jpeg(data: bytes) -> tuple[bytes, ...]:
    """The packet, and what was too long for it."""
    found, extensions = [], dict[bytes, bytearray]()
    for body in _segments(data):
        if body.startswith(_STANDARD):
            found.append(body[len(_STANDARD) :])
        elif body.startswith(_EXTENDED) and len(body) >= len(_EXTENDED) + _DIGEST + 8:
            _take(extensions, body[len(_EXTENDED) :])
    return (*found, *map(bytes, extensions.values()))


def jpeg_with_xmp(data: bytes, packet: bytes) -> bytes:
    """The complete JPEG `data`, which has none, with the packet."""
    if len(_STANDARD) + len(packet) <= _LARGEST_SEGMENT:
        return data[:2] + _segment(_STANDARD + packet) + data[2:]
    parts = parts_of(packet)
    main, rest = parts if parts is not None else (b"", packet)
    digest = hashlib.md5(rest, usedforsecurity=False).hexdigest().upper()
    head = digest.encode("ascii")
    starts = range(0, len(rest), _CHUNK)
    chunks = (
        _segment(_EXTENDED + head + struct.pack(">II", len(rest), start) + rest[start : start + _CHUNK])
        for start in starts
    )
    segments = _segment(_STANDARD + with_extension(main, digest)) + b"".join(chunks)
    return data[:2] + segments + data[2:]


def _segment(body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body


def _segments(data: bytes) -> Iterator[bytes]:
    """The bodies of all APP1 before the picture."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] not in (_SCAN, _END):
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place + 1] == _APP1:
            yield data[place + 4 : place + 2 + length]
        place += 2 + max(2, length)


def _take(extensions: dict[bytes, bytearray], body: bytes) -> None:
    total, start = struct.unpack_from(">II", body, _DIGEST)
    part = body[_DIGEST + 8 :]
    if total > _LARGEST_EXTENSION or start + len(part) > total:
        return
    complete = extensions.setdefault(body[:_DIGEST], bytearray(total))
    if len(complete) == total:
        complete[start : start + len(part)] = part
