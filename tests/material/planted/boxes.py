"""An MP4 or QuickTime file, to change bytes of any of its boxes in place: ISO/IEC 14496-12."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import av

from tests.material.present import present

# How many bytes of a box come before those in it.
_BEFORE = {b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"edts": 0, b"udta": 0, b"stsd": 8}
_BEFORE |= {b"avc1": 78, b"mp4a": 28, b"Opus": 28, b"fLaC": 28, b"sowt": 28, b"tx3g": 0}


@dataclass(frozen=True)
class Boxes:
    data: bytearray

    @classmethod
    def of(cls, path: Path) -> Boxes:
        return cls(bytearray(path.read_bytes()))

    def at(self, *path: str) -> int:
        """Where the payload of a box begins; `trak:2` is the second of its name."""
        start, end = 0, len(self.data)
        for word in path:
            name, _, number = word.partition(":")
            inside = [one for one in self._in(start, end) if one[0] == name.encode()]
            kind, start, end = inside[int(number or 1) - 1]
            payload = start
            start += _BEFORE.get(kind, 0)
        return payload

    def _in(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        while start + 8 <= end:
            size = int.from_bytes(self.data[start : start + 4])
            yield bytes(self.data[start + 4 : start + 8]), start + 8, start + size
            start += max(8, size)

    def first_packet_at(self, stream: int) -> int:
        """Where the first packet of a stream lies."""
        with av.open(BytesIO(self.data), "r") as container:
            return next(int(present(packet.pos)) for packet in container.demux(container.streams[stream]))

    def flip(self, place: int, bits: int = 1) -> None:
        self.data[place] ^= bits

    def put(self, place: int, value: bytes) -> None:
        self.data[place : place + len(value)] = value
