"""A Matroska file as a tree of its elements, to change any one of them: RFC 9559 by its IDs in hex."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tcvc_cli.media.structure.ebml import Element, children, write_element

_PARENTS = "18538067 1549a966 1654ae6b ae e0 e1 55b0 55d0 7670 1f43b675 a0 1043a770 45b9 b6 80"
_PARENTS += " 1254c367 7373 63c0 67c8 1941a469 61a7"
PARENTS = frozenset(map(bytes.fromhex, _PARENTS.split()))
# Where things stand, and checksums: both are others as soon as anything is.
_LEFT_OUT = frozenset(map(bytes.fromhex, ("114d9b74", "1c53bb6b", "bf", "ec")))
_BLOCK, _GROUP, _BLOCK_IN_GROUP, _CLUSTER = "a3", "a0", "a1", "1f43b675"


@dataclass
class Node:
    """`payload` of one that holds no others."""

    key: str
    payload: bytes = b""
    inside: list[Node] = field(default_factory=list)

    def all(self, key: str) -> list[Node]:
        return [one for one in self.inside if one.key == key]

    def at(self, *path: str) -> Node:
        """The first of each key, one in the other; made where there is none."""
        found = self
        for key in path:
            here = found.all(key)
            if not here:
                here = [Node(key)]
                found.inside += here
            found = here[0]
        return found

    def has(self, key: str) -> bool:
        return bool(self.all(key))

    def put(self, key: str, value: int | float | str | bytes) -> None:
        self.at(key).payload = _coded(value)

    def drop(self, key: str) -> None:
        kept = [one for one in self.inside if one.key != key]
        assert len(kept) < len(self.inside)
        self.inside = kept

    def coded(self) -> bytes:
        payload = b"".join(one.coded() for one in self.inside) if self.inside else self.payload
        return write_element(bytes.fromhex(self.key), payload)


def _coded(value: int | float | str | bytes) -> bytes:
    if isinstance(value, float):
        return struct.pack(">d", value)
    if isinstance(value, int):
        return value.to_bytes(max(1, -(-value.bit_length() // 8)), "big")
    return value.encode() if isinstance(value, str) else value


@dataclass
class Tree:
    head: Node
    segment: Node

    def track(self, number: int) -> Node:
        return self.segment.at("1654ae6b").all("ae")[number - 1]

    def section(self, key: str) -> Node:
        return self.segment.at(key)

    def blocks(self, number: int) -> list[tuple[list[Node], Node]]:
        """Of a track: each block or group with the list that it stands in."""
        found = []
        for cluster in self.segment.all(_CLUSTER):
            for one in cluster.inside:
                block = one.at(_BLOCK_IN_GROUP) if one.key == _GROUP else one
                if one.key in (_GROUP, _BLOCK) and block.payload[0] == 0x80 | number:
                    found.append((cluster.inside, one))
        return found

    def write(self, path: Path) -> Path:
        path.write_bytes(self.head.coded() + self.segment.coded())
        return path


def payload_of(block: Node) -> Node:
    """A number of the track, 16 bits of time, flags, and the packet."""
    return block.at(_BLOCK_IN_GROUP) if block.key == _GROUP else block


def tree_of(path: Path) -> Tree:
    data = path.read_bytes()
    head, segment = _nodes(io.BytesIO(data), Element(b"", 0, len(data)))
    return Tree(head, segment)


def _nodes(file: io.BytesIO, parent: Element) -> Iterator[Node]:
    for child in list(children(file, parent)):
        if child.element_id in _LEFT_OUT:
            continue
        node = Node(child.element_id.hex())
        if child.element_id in PARENTS:
            node.inside = list(_nodes(file, child))
        else:
            file.seek(child.start)
            node.payload = file.read(child.size or 0)
        yield node
