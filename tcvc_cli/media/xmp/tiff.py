"""XMP in TIFF: the tag 700 of the first directory (XMP Specification, part 3, 1.1.7)."""

from __future__ import annotations

import struct
from typing import Final

from tcvc_cli.media.structure.stills.tiff import directory_of, with_entry

_XMP: Final = 700
_KINDS: Final = (1, 2, 7)  # BYTE, ASCII and UNDEFINED, a byte each
_BYTE: Final = 1
_INLINE: Final = 4  # bytes of a value that stands in its entry


def xmp_of_tiff(data: bytes) -> tuple[bytes, ...]:
    """Of what ends too early, nothing."""
    try:
        directory = directory_of(data)
    except struct.error:
        return ()
    found = (one for one in directory.entries if one.tag == _XMP and one.kind in _KINDS)
    return tuple(directory.text(data, one) for one in found if one.size > _INLINE)


def tiff_with_xmp(data: bytes, packet: bytes) -> bytes:
    """The complete TIFF `data`, which has none, with the packet."""
    return with_entry(data, _XMP, _BYTE, packet)
