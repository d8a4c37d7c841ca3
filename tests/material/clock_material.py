"""Films whose times are odd: cut by edit lists, joined byte by byte, held, or with a header that lies."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av

from tcvc_cli.media.read.probe import demuxed, open_film
from tests.material.present import present, seconds_of

Moved = Callable[[int, Fraction], Fraction]


def copied(film: Path, path: Path, moved: Moved, **options: str) -> Path:
    """The film packet by packet, each at the time that `moved` gives for its stream and time in seconds.
    Without a negative time FFmpeg writes no edit list."""
    with open_film(film) as source, av.open(str(path), "w", options=options) as target:
        for stream in source.streams:
            target.add_stream_from_template(stream, opaque=True)
        for packet in demuxed(source):
            if packet.size:
                later_s = moved(packet.stream_index, seconds_of(packet))
                ticks = round(later_s / present(packet.time_base)) - present(packet.pts)
                packet.pts = present(packet.pts) + ticks
                packet.dts = None if packet.dts is None else packet.dts + ticks
                packet.stream = target.streams[packet.stream_index]
                target.mux_one(packet)
    return path


def trimmed(film: Path, path: Path, start_s: Fraction) -> Path:
    """As `ffmpeg -ss START -c copy` trims: everything stays, and an edit list hides what is before."""
    return copied(film, path, lambda _, at_s: at_s - start_s, avoid_negative_ts="disabled")


def joined(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def with_edits(film: Path, path: Path, edits: list[tuple[int, int]]) -> Path:
    """Every track gets these edits: length and beginning in the track, in thousandths of a second; -1 is a
    pause. The film must count its length in those."""
    data = bytearray(film.read_bytes())
    for trak in reversed(list(_boxes(data, b"moov", b"trak"))):
        scale_at = next(_boxes(data, b"mdia", b"mdhd", start=trak[0], stop=trak[1]))[0] + 12
        scale = int.from_bytes(data[scale_at : scale_at + 4], "big")
        rows = [struct.pack(">IiI", length, max(-1, at * scale // 1000), 0x10000) for length, at in edits]
        start, stop = next(_boxes(data, b"edts", b"elst", start=trak[0], stop=trak[1]))
        body = struct.pack(">II", 0, len(edits)) + b"".join(rows)
        for place in _sizes_around(data, start):
            size = int.from_bytes(data[place : place + 4], "big") + len(body) - (stop - start)
            data[place : place + 4] = size.to_bytes(4, "big")
        data[start:stop] = body
    path.write_bytes(data)
    return path


def _boxes(
    data: bytes | bytearray, *path: bytes, start: int = 0, stop: int | None = None
) -> Iterator[tuple[int, int]]:
    """(start, stop) of the payload of every box with this path."""
    stop = len(data) if stop is None else stop
    while start + 8 <= stop:
        size, kind = int.from_bytes(data[start : start + 4], "big"), bytes(data[start + 4 : start + 8])
        if kind == path[0]:
            inside = (start + 8, start + size)
            yield from (
                [inside] if len(path) == 1 else _boxes(data, *path[1:], start=inside[0], stop=inside[1])
            )
        start += size


def _sizes_around(data: bytes | bytearray, place: int) -> Iterator[int]:
    """Where the sizes of the boxes stand that hold the byte at `place`: moov, trak, edts, elst."""
    for path in ((b"moov",), (b"moov", b"trak"), (b"moov", b"trak", b"edts")):
        yield next(start - 8 for start, stop in _boxes(data, *path) if start <= place < stop)
    yield place - 8


def with_claimed_length(flv: Path, path: Path, seconds: float) -> Path:
    """An FLV whose onMetaData says that it lasts so long."""
    data = bytearray(flv.read_bytes())
    at = data.index(b"duration") + 9
    data[at : at + 8] = struct.pack(">d", seconds)
    path.write_bytes(data)
    return path


_TS_BYTES, _MPEG_SOUND = 188, 0xC0  # of a transport stream's packet; the stream number of MPEG sound


def with_later_sound(ts: Path, path: Path, from_s: Fraction, later_s: Fraction) -> Path:
    """A transport stream whose sound from `from_s` on says that it is heard so much later (ISO/IEC 13818-1,
    2.4.3.7), where it stands."""
    data = bytearray(ts.read_bytes())
    for start in range(0, len(data), _TS_BYTES):
        place = _sound_time_in(data, start)
        if place is None:
            continue
        field = int.from_bytes(data[place : place + 5], "big")
        ticks = (field >> 33 & 7) << 30 | (field >> 17 & 0x7FFF) << 15 | field >> 1 & 0x7FFF
        if ticks >= from_s * 90000:
            ticks = (ticks + round(later_s * 90000)) % 2**33
        mark = field >> 36 << 36 | 1 << 32 | 1 << 16 | 1
        field = mark | ticks >> 30 << 33 | (ticks >> 15 & 0x7FFF) << 17 | (ticks & 0x7FFF) << 1
        data[place : place + 5] = field.to_bytes(5, "big")
    path.write_bytes(data)
    return path


def _sound_time_in(data: bytearray, start: int) -> int | None:
    """Where a packet that begins with the head of sound states its time."""
    if not data[start + 1] & 0x40:
        return None
    head = start + 4 + (data[start + 4] + 1 if data[start + 3] & 0x20 else 0)
    is_sound = data[head : head + 4] == bytes([0, 0, 1, _MPEG_SOUND])
    return head + 9 if is_sound and data[head + 7] & 0x80 else None
