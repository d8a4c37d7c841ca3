"""What an MP4 or QuickTime file says of its tracks, read from its boxes: ISO/IEC 14496-12."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

_LARGEST_INDEX_BYTES = 1 << 28
_VISUAL_ENTRY = 78  # bytes of a sample entry for pictures before its own boxes, 12.1.3
_MOST_TRACKS = 1000


@dataclass(frozen=True, slots=True)
class IsoTrack:
    """`handler` is `vide`, `soun` and so on. `crop`: px to leave out at the top, bottom, left and right
    (clean aperture). `pixel_shape`: a pixel's width to its height. Both None where nothing is stated.
    `sound` (channels, bits of a sample, Hz) is None of other tracks, and where the entry is none of the plain
    kind. `layer` and `volume` (1 is 256) as they stand; `shown_px`: width and height to
    show it in."""

    handler: str
    crop: tuple[Fraction, Fraction, Fraction, Fraction] | None
    pixel_shape: Fraction | None
    sound: tuple[int, int, int] | None = None
    layer: int = 0
    volume: int = 0
    shown_px: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True)
class IsoMovie:
    """What the file says of itself: how long it is, how fast it is to be shown (1 is 65536), and the chapters
    of the list that players read (ns from the beginning, title), None where there is none of these."""

    stated_s: Fraction | None
    rate: int | None
    chapters: tuple[tuple[int, str], ...] | None


def iso_movie(path: Path) -> IsoMovie:
    """Raises OSError; boxes that are cut short say nothing."""
    parts = dict(boxes_in(index_of(path)))
    head = parts.get(b"mvhd", b"")
    layout = struct.Struct(">IQI" if head[:1] == b"\1" else ">III")
    start = 20 if head[:1] == b"\1" else 12
    listed = dict(boxes_in(parts.get(b"udta", b""))).get(b"chpl")
    chapters = None if listed is None else tuple(_listed(listed))
    if len(head) < start + layout.size:
        return IsoMovie(None, None, chapters)
    ticks, length, rate = layout.unpack_from(head, start)
    return IsoMovie(Fraction(length, ticks) if ticks else None, rate, chapters)


def _listed(payload: bytes) -> Iterator[tuple[int, str]]:
    """A version, a reserved number in version 1, how many there are; of each its time in 100 ns and a title
    with its length."""
    place = 9 if payload[:1] == b"\1" else 5
    while place + 9 <= len(payload):
        length = payload[place + 8]
        title = payload[place + 9 : place + 9 + length].decode("utf-8", "replace")
        yield int.from_bytes(payload[place : place + 8]) * 100, title
        place += 9 + length


def iso_tracks(path: Path) -> tuple[IsoTrack, ...]:
    """In the order of the file. Raises OSError; boxes that are cut short say nothing."""
    return tuple(_track(payload) for payload in track_payloads(index_of(path)))


def track_payloads(index: bytes) -> list[bytes]:
    """Of the boxes `trak`."""
    return [payload for kind, payload in boxes_in(index) if kind == b"trak"][:_MOST_TRACKS]


def index_of(path: Path) -> bytes:
    """The payload of the box `moov`. Raises OSError."""
    size, place = path.stat().st_size, 0
    with path.open("rb") as file:
        while place + 8 <= size:
            file.seek(place)
            head = file.read(16)
            length, start = int.from_bytes(head[:4]), 8
            if length == 1:
                length, start = int.from_bytes(head[8:16]), 16
            length = max(8, length or size - place)
            if head[4:8] == b"moov":
                file.seek(place + start)
                return file.read(min(length - start, _LARGEST_INDEX_BYTES))
            place += length
    return b""


def boxes_in(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kind and the payload of each, up to one that is none."""
    place = 0
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4])
        if length < 8:
            return
        yield data[place + 4 : place + 8], data[place + 8 : place + length]
        place += length


def _track(data: bytes) -> IsoTrack:
    media = dict(boxes_in(dict(boxes_in(data)).get(b"mdia", b"")))
    table = dict(boxes_in(dict(boxes_in(media.get(b"minf", b""))).get(b"stbl", b"")))
    entry = table.get(b"stsd", b"")[16:]  # a version, a count, and the head of the first entry
    handler = media.get(b"hdlr", b"")[8:12].decode("latin-1")
    picture = dict(boxes_in(entry[_VISUAL_ENTRY:])) if handler == "vide" else {}
    crop, shape = _crop(picture.get(b"clap", b""), entry), _shape(picture.get(b"pasp", b""))
    head = dict(boxes_in(data)).get(b"tkhd", b"")
    start = 44 if head[:1] == b"\1" else 32  # behind longer times
    layer, _, volume = struct.unpack_from(">hhh", head, start) if len(head) >= start + 6 else (0, 0, 0)
    shown = struct.unpack(">II", head[-8:]) if len(head) >= start + 6 else (0, 0)
    shown_px = Fraction(shown[0], 1 << 16), Fraction(shown[1], 1 << 16)
    sound = _sound(entry) if handler == "soun" else None
    return IsoTrack(handler, crop, shape, sound, layer, volume, shown_px)


def _sound(entry: bytes) -> tuple[int, int, int] | None:
    """Of version 0, which is the plain one: 12.2.3."""
    if len(entry) < 28 or entry[8:10] != b"\0\0":
        return None
    channels, bits = struct.unpack_from(">HH", entry, 16)
    return channels, bits, int.from_bytes(entry[24:26])


def _shape(payload: bytes) -> Fraction | None:
    width, height = struct.unpack_from(">II", payload) if len(payload) >= 8 else (0, 0)
    return Fraction(width, height) if width and height else None


def _crop(payload: bytes, entry: bytes) -> tuple[Fraction, Fraction, Fraction, Fraction] | None:
    """The clean aperture is stated by its size and by how far its middle is off: 12.1.4."""
    if len(payload) < 32 or len(entry) < 28:
        return None
    numbers = struct.unpack_from(">IIIIiIiI", payload)
    if not all(numbers[1::2]):
        return None
    width, height, right, down = (Fraction(*numbers[at : at + 2]) for at in range(0, 8, 2))
    across, along = (Fraction(one) for one in struct.unpack_from(">HH", entry, 24))
    top, left = (along - height) / 2 + down, (across - width) / 2 + right
    return top, along - height - top, left, across - width - left
