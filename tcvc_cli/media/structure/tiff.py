"""The first directory of a TIFF: its tags, and one more."""

from __future__ import annotations

import struct
from typing import NamedTuple


class Entry(NamedTuple):
    """A tag, with how many of its kind its value has; `value` is the four bytes of it, or of its place."""

    tag: int
    kind: int
    size: int
    value: bytes


class Directory(NamedTuple):
    """`order` is struct's sign for the file's byte order, `following` where the next directory is."""

    order: str
    entries: tuple[Entry, ...]
    following: bytes

    def text(self, data: bytes, entry: Entry) -> bytes:
        """A value of more than four bytes, each one of its own."""
        (place,) = struct.unpack(f"{self.order}I", entry.value)
        return data[place : place + entry.size]


def directory_of(data: bytes) -> Directory:
    """Raises struct.error for what ends too early."""
    order = "<" if data[:2] == b"II" else ">"
    place = struct.unpack_from(f"{order}I", data, 4)[0]
    count = struct.unpack_from(f"{order}H", data, place)[0]
    starts = (place + 2 + 12 * number for number in range(count))
    entries = tuple(Entry(*struct.unpack_from(f"{order}HHI4s", data, start)) for start in starts)
    return Directory(order, entries, data[place + 2 + 12 * count :][:4])


def with_entry(data: bytes, tag: int, kind: int, text: bytes) -> bytes:
    """The complete TIFF `data` with this tag, of more than four bytes of one byte each, instead of what had
    its number; the directory is written anew at the end, as TIFF's own tools do."""
    order, entries, following = directory_of(data)
    data += b"\0" * (len(data) % 2)
    new = Entry(tag, kind, len(text), struct.pack(f"{order}I", len(data)))
    text += b"\0" * (len(text) % 2)
    kept = sorted([one for one in entries if one.tag != tag] + [new])
    directory = struct.pack(f"{order}H", len(kept))
    directory += b"".join(struct.pack(f"{order}HHI4s", *entry) for entry in kept) + following
    start = struct.pack(f"{order}I", len(data) + len(text))
    return data[:4] + start + data[8:] + text + directory
