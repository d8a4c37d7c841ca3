"""Which blocks of a Matroska file are not to be shown: RFC 9559, 10.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from tcvc_cli.media.structure.ebml import Element, children, top_level
from tcvc_cli.media.witness.elements import inside, payloads, unsigned

_TRACKS, _ENTRY, _NUMBER, _CLUSTER = b"\x16\x54\xae\x6b", b"\xae", b"\xd7", b"\x1f\x43\xb6\x75"
_SIMPLE, _GROUP, _BLOCK = b"\xa3", b"\xa0", b"\xa1"
_HIDDEN: Final = 0x08
_HEAD_BYTES: Final = 12  # a number of up to eight bytes, a time and the flags


def hidden_blocks(path: Path) -> Counter[int]:
    """How many, by the places of their tracks in the file, from 0 on. Payloads are stepped over. Raises
    OSError."""
    found = Counter[int]()
    with path.open("rb") as file:
        places: dict[int, int] = {}
        for part in top_level(file):
            if part.element_id == _TRACKS:
                entries = enumerate(inside(file, part, _ENTRY))
                places = {unsigned(payloads(file, one), _NUMBER): place for place, one in entries}
            elif part.element_id == _CLUSTER:
                found.update(places.get(number, -1) for number in _hidden(file, part))
    return found


def _hidden(file: BinaryIO, cluster: Element) -> Iterator[int]:
    """The numbers of their tracks."""
    for block in _blocks(file, cluster):
        file.seek(block.start)
        head = file.read(_HEAD_BYTES)
        length = 9 - head[0].bit_length() if head and head[0] else 0
        if length and len(head) >= length + 3 and head[length + 2] & _HIDDEN:
            yield int.from_bytes(head[:length]) & ((1 << 7 * length) - 1)


def _blocks(file: BinaryIO, cluster: Element) -> Iterator[Element]:
    for one in children(file, cluster):
        if one.element_id == _SIMPLE:
            yield one
        elif one.element_id == _GROUP:
            yield from inside(file, one, _BLOCK)
