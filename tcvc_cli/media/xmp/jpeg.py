"""XMP in JPEG: segments APP1, of which one holds no more than 64 KB (XMP Specification, part 3, 1.1.3)."""

from __future__ import annotations

import hashlib
import struct
from typing import Final

from tcvc_cli.media.structure.stills.jpeg import APP1, LARGEST_BODY, segment, segments
from tcvc_cli.media.xmp.packet import parts_of, with_extension

_STANDARD: Final = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED: Final = b"http://ns.adobe.com/xmp/extension/\0"
_DIGEST: Final = 32
_CHUNK: Final = 65400
_LARGEST_EXTENSION: Final = 1 << 26


def xmp_of_jpeg(data: bytes) -> tuple[bytes, ...]:
    """The packet, and what was too long for it."""
    found, extensions = [], dict[bytes, bytearray]()
    for body in (body for marker, body in segments(data) if marker == APP1):
        if body.startswith(_STANDARD):
            found.append(body[len(_STANDARD) :])
        elif body.startswith(_EXTENDED) and len(body) >= len(_EXTENDED) + _DIGEST + 8:
            _take(extensions, body[len(_EXTENDED) :])
    return (*found, *map(bytes, extensions.values()))


def jpeg_with_xmp(data: bytes, packet: bytes) -> bytes:
    """The complete JPEG `data`, which has none, with the packet."""
    if len(_STANDARD) + len(packet) <= LARGEST_BODY:
        return data[:2] + segment(APP1, _STANDARD + packet) + data[2:]
    parts = parts_of(packet)
    main, rest = parts if parts is not None else (b"", packet)
    digest = hashlib.md5(rest, usedforsecurity=False).hexdigest().upper()
    head = digest.encode("ascii")
    starts = range(0, len(rest), _CHUNK)
    chunks = (
        segment(APP1, _EXTENDED + head + struct.pack(">II", len(rest), start) + rest[start : start + _CHUNK])
        for start in starts
    )
    written = segment(APP1, _STANDARD + with_extension(main, digest)) + b"".join(chunks)
    return data[:2] + written + data[2:]


def _take(extensions: dict[bytes, bytearray], body: bytes) -> None:
    total, start = struct.unpack_from(">II", body, _DIGEST)
    part = body[_DIGEST + 8 :]
    if total > _LARGEST_EXTENSION or start + len(part) > total:
        return
    complete = extensions.setdefault(body[:_DIGEST], bytearray(total))
    if len(complete) == total:
        complete[start : start + len(part)] = part
