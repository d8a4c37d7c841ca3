"""Which parts of an Ogg file are not what was written: bytes that are no pages, pages whose checksum is
another, and pages that are not there (RFC 3533, section 6).

FFmpeg looks for the next page behind such a place and says nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from tcvc_cli.media.structure.integrity.matroska_clusters import BrokenPlace

_MAGIC: Final = b"OggS"
_HEAD_BYTES: Final = 27
_CRC: Final = slice(22, 26)
_MOST_PLACES: Final = 1000
_CHUNK: Final = 1 << 20
_OTHER_WAY_ROUND: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def broken_pages(path: Path) -> tuple[BrokenPlace, ...]:
    """In the order of the file, at most a thousand; none of another file. A place without a byte is one where
    pages are missing. Raises OSError."""
    found: list[BrokenPlace] = []
    with path.open("rb") as file:
        if file.read(4) != _MAGIC:
            return ()
        for start, stop in _broken(file):
            if found and found[-1].stop >= start:
                found[-1] = found[-1]._replace(stop=max(stop, found[-1].stop))
            elif len(found) < _MOST_PLACES:
                found.append(BrokenPlace(start, stop, None, None))
    return tuple(found)


def _broken(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """[start, stop) in bytes."""
    numbers: dict[int, int] = {}  # of the page that is next, by the number of its stream
    place, size = 0, file.seek(0, 2)
    while place < size:
        page = _page(file, place)
        if page is None:
            following = _next_magic(file, place + 1, size)
            yield place, following
            place = following
            continue
        serial, number = (int.from_bytes(page[at : at + 4], "little") for at in (14, 18))
        if numbers.get(serial, number) != number:
            yield place, place
        numbers[serial] = (number + 1) & 0xFFFFFFFF
        place += len(page)


def _page(file: BinaryIO, place: int) -> bytes | None:
    """All of it; None where there is none, or one that is cut short or damaged."""
    file.seek(place)
    head = file.read(_HEAD_BYTES)
    if len(head) < _HEAD_BYTES or not head.startswith(_MAGIC):
        return None
    lengths = file.read(head[-1])
    payload = file.read(sum(lengths))
    page = head + lengths + payload
    is_whole = len(lengths) == head[-1] and len(payload) == sum(lengths)
    return page if is_whole and _checksum(page) == page[_CRC] else None


def _checksum(page: bytes) -> bytes:
    """That of zlib goes through the bits of a byte, and through its own, the other way round, and begins and
    ends with other values."""
    zeroed = page[: _CRC.start] + bytes(4) + page[_CRC.stop :]
    value = zlib.crc32(zeroed.translate(_OTHER_WAY_ROUND), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return value.to_bytes(4, "little").translate(_OTHER_WAY_ROUND)[::-1]


def _next_magic(file: BinaryIO, start: int, size: int) -> int:
    """Where the next page may begin; `size` where there is none."""
    while start < size:
        file.seek(start)
        at = file.read(_CHUNK + len(_MAGIC) - 1).find(_MAGIC)
        if at >= 0:
            return start + at
        start += _CHUNK
    return size
