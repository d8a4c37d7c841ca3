"""XMP in RIFF files: the chunk `_PMX` of AVI (XMP Specification, part 3, 1.2.2) and `XMP ` of WebP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

_XMP: Final = (b"_PMX", b"XMP ")
_LISTS: Final = (b"AVI ", b"AVIX", b"WEBP")
_LARGEST: Final = 1 << 26


def xmp_of_riff(path: Path) -> tuple[bytes, ...]:
    """Chunks are skipped by their lengths, so a film is not read for it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        return tuple(_packets(file, size))


def _packets(file: BinaryIO, size: int) -> Iterator[bytes]:
    place = 0
    while place + 8 <= size:
        file.seek(place)
        head = file.read(12)
        length = int.from_bytes(head[4:8], "little")
        if head[:4] == b"RIFF" and head[8:] in _LISTS:
            place += 12  # its chunks follow
            continue
        if head[:4] in _XMP and length <= _LARGEST:
            file.seek(place + 8)
            yield file.read(length)
        place += 8 + length + length % 2
