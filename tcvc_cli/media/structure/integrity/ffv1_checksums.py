"""The checksums inside FFV1, which libav's decoder only writes to its log (RFC 9043, section 4.9).

A slice ends with its size (3 bytes, without this footer) and, where the film has them, an error status
(1 byte) and a CRC-32 of the complete slice (4 bytes; polynomial 0x04C11DB7, most significant bit first,
from 0), so that the CRC over the slice with its own CRC is 0.
"""

from __future__ import annotations

import zlib

_FOOTER = 8
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ZERO_SO_FAR = 0xFFFFFFFF  # zlib begins with all ones, turns its result over, and works on reversed bits


def has_intact_slices(packet: bytes) -> bool:
    """True when `packet` is a run of slices with checksums, and every one of them is right."""
    end = len(packet)
    while end > 0:
        size = int.from_bytes(packet[end - _FOOTER : end - _FOOTER + 3], "big") + _FOOTER
        if end < _FOOTER or size > end or not _is_intact(packet[end - size : end]):
            return False
        end -= size
    return True


def _is_intact(slice_: bytes) -> bool:
    return zlib.crc32(slice_.translate(_REVERSED), _ZERO_SO_FAR) == _ZERO_SO_FAR
