"""Damage that knows how a container is built: sizes that lie, numbers at their ends, parts lost, doubled,
nested, in another order. Walkers of its own, so that the program's are not judged by themselves."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.material.fuzzing.bytes_changed import BLIND, Change, replaced

EBML_PARENTS = {
    0x18538067: "Segment",
    0x1654AE6B: "Tracks",
    0xAE: "TrackEntry",
    0xE0: "Video",
    0xE1: "Audio",
    0x1549A966: "Info",
    0x1F43B675: "Cluster",
    0xA0: "BlockGroup",
    0x1C53BB6B: "Cues",
    0xBB: "CuePoint",
    0x1043A770: "Chapters",
    0x45B9: "EditionEntry",
    0xB6: "ChapterAtom",
    0x1941A469: "Attachments",
    0x61A7: "AttachedFile",
    0x1254C367: "Tags",
    0x114D9B74: "SeekHead",
}
BOX_PARENTS = (
    b"moov",
    b"trak",
    b"mdia",
    b"minf",
    b"stbl",
    b"moof",
    b"traf",
    b"udta",
    b"edts",
    b"mvex",
    b"dinf",
)
RIFF_PARENTS = (b"RIFF", b"LIST")
TS_PACKET = 188


Lie = Callable[[Random, int, int], bytes]  # a wrong size, given how many bytes tell it, and the right one


@dataclass(frozen=True, slots=True)
class Part:
    """From `start` to `stop`; its size is told in `size_at`, and `body` begins behind its head."""

    start: int
    size_at: slice
    body: int
    stop: int
    lie: Lie

    @property
    def all(self) -> slice:
        return slice(self.start, self.stop)


Walk = Callable[[bytes], Iterator[Part]]
PartsChange = Callable[[Random, bytes, Sequence[Part]], bytes]


def changes_for(data: bytes) -> tuple[Change, ...]:
    """Those of the container that begins like this, or the blind ones alone."""
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return _with_parts(_ebml)
    if data[4:8] in (b"ftyp", b"moov", b"wide", b"mdat"):
        return _with_parts(_boxes)
    if data[:4] in (b"RIFF", b"FORM"):
        return _with_parts(_chunks)
    if data[:1] == b"\x47" and data[TS_PACKET : TS_PACKET + 1] == b"\x47":
        return (packets_lost, packets_swapped, packet_head_changed)
    return BLIND


def _with_parts(walk: Walk) -> tuple[Change, ...]:
    def on(change: PartsChange) -> Change:
        @functools.wraps(change)
        def changed(chance: Random, data: bytes) -> bytes:
            parts = list(walk(data))
            return change(chance, data, parts) if parts else data

        return changed

    return tuple(map(on, PARTS_CHANGES))


def with_lying_size(chance: Random, data: bytes, parts: Sequence[Part]) -> bytes:
    part = chance.choice(parts)
    told = part.lie(chance, part.size_at.stop - part.size_at.start, part.stop - part.body)
    return replaced(data, part.size_at, told)


def with_extreme_body(chance: Random, data: bytes, parts: Sequence[Part]) -> bytes:
    """Of a small part the whole number, of a greater one some bytes near its beginning."""
    part = chance.choice(parts)
    width = min(part.stop - part.body, chance.choice((1, 2, 4, 8)))
    if width < 1:
        return data
    at = part.body + chance.randrange(max(1, min(part.stop - part.body - width + 1, 128)))
    ends = (bytes(width), b"\xff" * width, b"\x7f" + b"\xff" * (width - 1), chance.randbytes(width))
    return replaced(data, slice(at, at + width), chance.choice(ends))


def part_lost(chance: Random, data: bytes, parts: Sequence[Part]) -> bytes:
    return replaced(data, chance.choice(parts).all, b"")


def part_zeroed(chance: Random, data: bytes, parts: Sequence[Part]) -> bytes:
    part = chance.choice(parts)
    return replaced(data, part.all, bytes(part.stop - part.start))


def part_doubled(chance: Random, data: bytes, parts: Sequence[Part]) -> bytes:
    part = chance.choice(parts)
    return replaced(data, part.all, data[part.all] * 2)


def part_nested(chance: Random, data: bytes, parts: Sequence[Part]) -> bytes:
    """Its head stands in itself, again and again, over what was there."""
    part = chance.choice(parts)
    nested = (data[part.start : part.body] * 64)[: part.stop - part.body]
    return replaced(data, slice(part.body, part.body + len(nested)), nested)


def parts_swapped(chance: Random, data: bytes, parts: Sequence[Part]) -> bytes:
    first, second = sorted((chance.choice(parts), chance.choice(parts)), key=lambda part: part.start)
    if first.stop > second.start:
        return part_doubled(chance, data, parts)
    between = data[first.stop : second.start]
    return data[: first.start] + data[second.all] + between + data[first.all] + data[second.stop :]


PARTS_CHANGES: tuple[PartsChange, ...] = (
    with_lying_size,
    with_extreme_body,
    with_extreme_body,
    part_lost,
    part_zeroed,
    part_doubled,
    part_nested,
    parts_swapped,
)


def _number(data: bytes, at: int) -> tuple[int, int] | None:
    """An EBML number without its marker, and its length."""
    if at >= len(data) or not data[at]:
        return None
    length = 9 - data[at].bit_length()
    return int.from_bytes(data[at : at + length], "big") & ((1 << 7 * length) - 1), length


def _ebml(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Part]:
    stop = len(data) if stop is None else stop
    while start < stop and (name := _number(data, start)):
        size = _number(data, start + name[1])
        if size is None:
            return
        body = start + name[1] + size[1]
        end = min(body + size[0], stop)
        yield Part(start, slice(start + name[1], body), body, end, _ebml_size)
        if int.from_bytes(data[start : start + name[1]], "big") in EBML_PARENTS:
            yield from _ebml(data, body, end)
        start = end


def _ebml_size(chance: Random, width: int, size: int) -> bytes:
    """Nothing, all there is, unknown, or beside the truth."""
    greatest = (1 << 7 * width) - 1
    told = chance.choice((0, greatest, greatest - 1, size // 2, size + 1, max(0, size - 1), 2 * size))
    return ((1 << 7 * width) | min(told, greatest)).to_bytes(width, "big")


def _boxes(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Part]:
    stop = len(data) if stop is None else stop
    while start + 8 <= stop:
        size = int.from_bytes(data[start : start + 4], "big")
        if size < 8:
            return
        end = min(start + size, stop)
        yield Part(start, slice(start, start + 4), start + 8, end, _box_size)
        if data[start + 4 : start + 8] in BOX_PARENTS:
            yield from _boxes(data, start + 8, end)
        start = end


def _box_size(chance: Random, width: int, size: int) -> bytes:
    told = chance.choice((0, 1, 7, 8, size // 2, size + 9, size + 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))
    return told.to_bytes(width, "big")


def _chunks(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Part]:
    stop = len(data) if stop is None else stop
    while start + 8 <= stop:
        size = int.from_bytes(data[start + 4 : start + 8], "little")
        end = min(start + 8 + size, stop)
        yield Part(start, slice(start + 4, start + 8), start + 8, end, _chunk_size)
        if data[start : start + 4] in RIFF_PARENTS:
            yield from _chunks(data, start + 12, end)
        start = end + size % 2


def _chunk_size(chance: Random, width: int, size: int) -> bytes:
    told = chance.choice((0, 1, size // 2, size + 1, 2 * size, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))
    return told.to_bytes(width, "little")


def _packets(data: bytes) -> list[bytes]:
    return [data[at : at + TS_PACKET] for at in range(0, len(data), TS_PACKET)]


def packets_lost(chance: Random, data: bytes) -> bytes:
    packets = _packets(data)
    start = chance.randrange(len(packets))
    del packets[start : start + chance.choice((1, 1, 3, 20))]
    return b"".join(packets)


def packets_swapped(chance: Random, data: bytes) -> bytes:
    packets = _packets(data)
    one, other = chance.randrange(len(packets)), chance.randrange(len(packets))
    packets[one], packets[other] = packets[other], packets[one]
    return b"".join(packets)


def packet_head_changed(chance: Random, data: bytes) -> bytes:
    """Whose it is, its counter, its clock, its times."""
    at = chance.randrange(len(data) // TS_PACKET) * TS_PACKET + chance.randrange(1, 24)
    return replaced(data, slice(at, at + 1), chance.randbytes(1))
