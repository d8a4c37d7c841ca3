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

Boxes = dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Edit:
    """One piece of an edit list: for `length_s` the media from `media_s` on, or nothing where that is None."""

    length_s: Fraction
    media_s: Fraction | None


@dataclass(frozen=True, slots=True)
class IsoTrack:
    """`handler` is `vide`, `soun` and so on. `language_tag`: after BCP 47, where it is stated. `crop`: px to
    leave out at the top, bottom, left and right (clean aperture). `pixel_shape`: its width and height to each other. `edits`
    as they are played."""

    handler: str
    language_tag: str | None
    is_enabled: bool
    crop: tuple[Fraction, Fraction, Fraction, Fraction] | None
    pixel_shape: tuple[int, int] | None
    edits: tuple[Edit, ...]


def iso_tracks(path: Path) -> tuple[IsoTrack, ...]:
    """In the order of the file. Raises OSError; boxes that are cut short say nothing."""
    index = _index(path)
    movie = dict(_boxes(index))
    scale = struct.unpack_from(">I", movie.get(b"mvhd", b"\0" * 32), 12 + 8 * (movie.get(b"mvhd", b"\0")[:1] == b"\1"))[0]
    tracks = [payload for kind, payload in _boxes(index) if kind == b"trak"][:_MOST_TRACKS]
    return tuple(_track(payload, max(1, scale)) for payload in tracks)


def _index(path: Path) -> bytes:
    """The payload of the box `moov`."""
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


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4])
        if length < 8:
            return
        yield data[place + 4 : place + 8], data[place + 8 : place + length]
        place += length


def _track(data: bytes, movie_scale: int) -> IsoTrack:
    track = dict(_boxes(data))
    media = dict(_boxes(track.get(b"mdia", b"")))
    table = dict(_boxes(dict(_boxes(media.get(b"minf", b""))).get(b"stbl", b"")))
    entry = table.get(b"stsd", b"")[16:]  # a version, a count, and the head of the first entry
    handler = media.get(b"hdlr", b"")[8:12].decode("latin-1")
    picture = dict(_boxes(entry[_VISUAL_ENTRY:])) if handler == "vide" else {}
    language = media.get(b"elng", b"")[4:].split(b"\0")[0].decode("ascii", "replace")
    return IsoTrack(
        handler=handler,
        language_tag=language or None,
        is_enabled=bool(track.get(b"tkhd", b"\0\0\0\1")[3] & 1),
        crop=_crop(picture.get(b"clap", b""), entry),
        pixel_shape=_pair(picture.get(b"pasp", b"")),
        edits=tuple(_edits(dict(_boxes(track.get(b"edts", b""))).get(b"elst", b""), movie_scale, _scale(media))),
    )


def _pair(payload: bytes) -> tuple[int, int] | None:
    return struct.unpack_from(">II", payload) if len(payload) >= 8 else None


def _scale(media: Boxes) -> int:
    header = media.get(b"mdhd", b"")
    place = 20 if header[:1] == b"\1" else 12
    return max(1, int.from_bytes(header[place : place + 4]))


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


def _edits(payload: bytes, movie_scale: int, scale: int) -> Iterator[Edit]:
    layout = struct.Struct(">QqI" if payload[:1] == b"\1" else ">IiI")
    count = int.from_bytes(payload[4:8])
    for number in range(min(count, (len(payload) - 8) // layout.size)):
        length, start, _ = layout.unpack_from(payload, 8 + number * layout.size)
        yield Edit(Fraction(length, movie_scale), None if start < 0 else Fraction(start, scale))
