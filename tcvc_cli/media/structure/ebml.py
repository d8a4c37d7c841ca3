"""The little of EBML (RFC 8794) that is needed to look into a Matroska file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

HEADER_ID = b"\x1a\x45\xdf\xa3"
VOID_ID = b"\xec"
CRC_32_ID = b"\xbf"


class Element(NamedTuple):
    """An element somewhere in a file; `size` is None where it is unknown (all ones). `head_bytes`: how many
    its ID and its size take, before `start`."""

    element_id: bytes
    start: int  # offset of the payload
    size: int | None
    head_bytes: int = 0


def read_element(file: BinaryIO) -> Element | None:
    """The element that begins at the file's position, which moves to its payload; None at the end."""
    element_id = _variable(file)
    coded_size = _variable(file)
    if not element_id or not coded_size:
        return None
    bits = 7 * len(coded_size)
    size = int.from_bytes(coded_size, "big") & ((1 << bits) - 1)
    known_size = None if size == (1 << bits) - 1 else size
    return Element(element_id, file.tell(), known_size, len(element_id) + len(coded_size))


def children(file: BinaryIO, parent: Element) -> Iterator[Element]:
    """The elements directly inside `parent`, up to the first of unknown size."""
    position, end = parent.start, None if parent.size is None else parent.start + parent.size
    while end is None or position < end:
        file.seek(position)
        child = read_element(file)
        if child is None or child.size is None:
            return
        yield child
        position = child.start + child.size


def top_level(file: BinaryIO) -> Iterator[Element]:
    """What the segment of a Matroska file, which is read from its beginning, is made of."""
    header = read_element(file)
    file.seek(header.start + (header.size or 0) if header else 0)
    segment = read_element(file)
    if segment is not None:
        yield from children(file, segment)


def write_element(element_id: bytes, payload: bytes) -> bytes:
    """The element with the shortest size field that its payload allows."""
    width = next(width for width in range(1, 9) if len(payload) < (1 << 7 * width) - 1)
    return element_id + (len(payload) | 1 << 7 * width).to_bytes(width, "big") + payload


def write_number(element_id: bytes, value: int) -> bytes:
    """An element that holds an unsigned integer."""
    return write_element(element_id, value.to_bytes(max(1, -(-value.bit_length() // 8)), "big"))


def write_void(length: int) -> bytes:
    """An empty place of `length` bytes in all; 0, or 2 to 128."""
    return b"" if length == 0 else VOID_ID + bytes((0x80 | length - 2,)) + bytes(length - 2)


def _variable(file: BinaryIO) -> bytes:
    """One variable-size integer as it stands: leading zeros of the first byte count the bytes after it."""
    first = file.read(1)
    if not first or first[0] == 0:
        return b""
    return first + file.read(8 - first[0].bit_length())
