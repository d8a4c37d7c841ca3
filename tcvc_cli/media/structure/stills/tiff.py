"""The first directory of a TIFF: its tags, and one more."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

_BYTE, _ASCII = 1, 2


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
    """The complete TIFF `data` with this tag, of more than four bytes of one byte each."""
    return with_entries(data, [(Entry(tag, kind, len(text), b""), text)])


def with_entries(data: bytes, new: Iterable[tuple[Entry, bytes]]) -> bytes:
    """The complete TIFF `data` with these tags instead of what had their numbers, each with the bytes of its
    value in little-endian order, or none where it stands in the entry; the directory is written anew at the
    end, as TIFF's own tools do. Raises ValueError for numbers in a big-endian file."""
    order, entries, following = directory_of(data)
    placed: dict[int, Entry] = {one.tag: one for one in entries}
    for entry, value in new:
        if order == ">" and entry.kind not in (_BYTE, _ASCII):
            raise ValueError("a big-endian TIFF")
        if value:
            data += b"\0" * (len(data) % 2)
            entry = entry._replace(value=struct.pack(f"{order}I", len(data)))
            data += value
        placed[entry.tag] = entry
    data += b"\0" * (len(data) % 2)
    directory = struct.pack(f"{order}H", len(placed))
    directory += b"".join(struct.pack(f"{order}HHI4s", *placed[tag]) for tag in sorted(placed)) + following
    return data[:4] + struct.pack(f"{order}I", len(data)) + data[8:] + directory
