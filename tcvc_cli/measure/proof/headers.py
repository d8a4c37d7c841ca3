"""What a decoder has to know before the first packet: the same packets with another header are another sound,
or a picture that nobody can decode."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

_OPUS = struct.Struct("<8sBBHIhB")  # RFC 7845, 5.1
_OPUS_FIELDS: Final = ("magic word", "version", "channels", "pre-skip", "input rate", "gain", "mapping")
_FLAC_MAGIC, _STREAMINFO_BYTES = b"fLaC", 34  # RFC 9639, 8
_MADE_BY_READERS: Final = frozenset(("tta",))  # FFmpeg makes one of how long the track is
_ALAC_BYTES: Final = 24  # without the head of its box
_BIT_RATES = re.compile(rb"\0\0\0\x14btrt.{12}", re.DOTALL)
_ANNEX_B: Final = (b"\0\0\1", b"\0\0\0\1")  # coded pictures without a container: ITU-T H.264, annex B
# Of these the first packets say all, or containers write it differently, or only some of them do.
_CONTAINERS_OWN: Final = frozenset(
    ("dvd_subtitle", "mpeg2video", "mpeg1video", "mjpeg", "ac3", "eac3", "dts")
)


def header_faults(codec: str, one: bytes, other: bytes, *, is_same_container: bool) -> list[str]:
    """What is not the same in the headers of two streams of the same coding. An original without one is no
    measure: its header may be made from its packets."""
    if not one or one == other or codec in _MADE_BY_READERS:
        return []
    if not is_same_container and _is_containers_own(codec, one, other):
        return []
    if not other:
        return ["the header of the coding is lost"]
    here, there = (_essence(codec, each) for each in (one, other))
    if here == there:
        return []
    if codec == "opus" and min(len(one), len(other)) >= _OPUS.size:
        return list(_of_opus(one, other))
    what = "with the styles" if codec in ("ass", "ssa") else "of the coding"
    return [f"the header {what} is not the same"]


def _is_containers_own(codec: str, one: bytes, other: bytes) -> bool:
    return codec in _CONTAINERS_OWN or one.startswith(_ANNEX_B) != other.startswith(_ANNEX_B)


def _essence(codec: str, header: bytes) -> bytes:
    """What of it says how to decode. Tags and tables of FLAC, the boxes around ALAC and bit rates do not."""
    if codec == "flac":
        start = 8 if header.startswith(_FLAC_MAGIC) else 0
        return header[start : start + _STREAMINFO_BYTES]
    if codec == "mov_text":
        return _BIT_RATES.sub(b"", header)
    return header[-_ALAC_BYTES:] if codec == "alac" else header


def _of_opus(one: bytes, other: bytes) -> Iterator[str]:
    fields = zip(_OPUS_FIELDS, _OPUS.unpack_from(one), _OPUS.unpack_from(other), strict=True)
    changed = [f"{name} {was} became {now}" for name, was, now in fields if was != now]
    yield from changed or ["the mapping of its channels is not the same"]
