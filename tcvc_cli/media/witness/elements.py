"""What elements of a Matroska file hold, for the second reading."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from tcvc_cli.media.structure.ebml import Element, children

Payloads = dict[bytes, list[bytes]]

LONGEST_TEXT: Final = 1 << 20
_MOST: Final = 100_000  # elements of one list
# Attached files, and chapters and tags in each other: they are read by those who know them.
_READ_APART: Final = (b"\x46\x5c", b"\xb6", b"\x67\xc8")


@dataclass(frozen=True, slots=True)
class Fact:
    """`name` of something that the file states, such as `chapter 1.2 "Deux" (fra)`, and its value."""

    name: str
    value: str


def inside(file: BinaryIO, parent: Element, element_id: bytes) -> list[Element]:
    found = [one for one in children(file, parent) if one.element_id == element_id]
    return found[:_MOST]


def payload(file: BinaryIO, element: Element) -> bytes:
    file.seek(element.start)
    return file.read(min(element.size or 0, LONGEST_TEXT))


def payloads(file: BinaryIO, parent: Element) -> Payloads:
    found: Payloads = {}
    for child in list(children(file, parent)):
        if child.element_id not in _READ_APART:
            found.setdefault(child.element_id, []).append(payload(file, child))
    return found


def unsigned(values: Payloads, element_id: bytes, missing: int = 0) -> int:
    found = values.get(element_id)
    return int.from_bytes(found[0][:8]) if found else missing


def decimal(values: Payloads, element_id: bytes, missing: float = 0.0) -> float:
    """A float of four or eight bytes; 0 where it has another length."""
    found = values.get(element_id)
    if not found:
        return missing
    layout = {4: ">f", 8: ">d"}.get(len(found[0]))
    return float(struct.unpack(layout, found[0])[0]) if layout else 0.0


def text(values: Payloads, element_id: bytes, missing: str = "") -> str:
    found = values.get(element_id)
    return found[0].rstrip(b"\0").decode("utf-8", "replace") if found else missing
