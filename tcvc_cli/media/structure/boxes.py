"""The boxes that MP4 and QuickTime files are made of (ISO/IEC 14496-12), as far as FFmpeg leaves them out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_XMP_UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")  # XMP Specification, part 3, 1.1.4
_LARGEST_XMP_BYTES = 1 << 26


class Box(NamedTuple):
    """Where one stands in its file: `size` bytes from `start` on, of which its head takes `head` bytes."""

    kind: bytes
    start: int
    size: int
    head: int


def boxes(file: BinaryIO, file_bytes: int) -> Iterator[Box]:
    """Those that are in no other, in the order of the file."""
    position = 0
    while position + 8 <= file_bytes:
        file.seek(position)
        start = file.read(16)
        length, head = int.from_bytes(start[:4], "big"), 8
        if length == 1:
            length, head = int.from_bytes(start[8:16], "big"), 16
        box = Box(start[4:8], position, max(8, length or file_bytes - position), head)
        yield box
        position += box.size


def xmp_in_box(path: Path) -> bytes | None:
    """The XMP packet of an MP4 file, which stands in a box of its own."""
    with path.open("rb") as file:
        for box in boxes(file, path.stat().st_size):
            file.seek(box.start + box.head)
            if box.kind == b"uuid" and file.read(16) == _XMP_UUID and box.size <= _LARGEST_XMP_BYTES:
                return file.read(box.size - box.head - 16)
    return None


def append_xmp(path: Path, xmp: bytes) -> None:
    """Put the packet behind everything else in a finished file, where it moves nothing."""
    payload = b"uuid" + _XMP_UUID + xmp
    with path.open("ab") as file:
        file.write((4 + len(payload)).to_bytes(4, "big") + payload)
