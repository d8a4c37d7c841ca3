"""What an MP4 or QuickTime file says of itself and of its tracks that follows from their packets, or is the
same in every plain file: ISO/IEC 14496-12, 8.2, 8.3, 8.6.6, 8.7.2 and 12.1; 14496-14, 5.6; 14496-15, 5.3.3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcvc_cli.media.witness.iso import boxes_in, index_of, track_payloads

_PICTURE_ENTRY: Final = 78  # bytes of a sample entry for pictures before its own boxes
Matrix = tuple[int, ...]  # nine numbers, row by row


@dataclass(frozen=True, slots=True)
class PictureEntry:
    """`dots_per_inch` across and down, with 16 bits behind the point. `color`: primaries, transfer, matrix,
    and whether the range is full, which is None in QuickTime's own box. `is_header_true`: whether the
    configuration of H.264 repeats its own parameter set."""

    size_px: tuple[int, int]
    dots_per_inch: tuple[int, int]
    frames: int
    depth: int
    color: tuple[int, int, int, bool | None] | None
    is_header_true: bool


@dataclass(frozen=True, slots=True)
class IsoHead:
    """`edits`: length in the film's ticks and rate (1 is 65536) of each. `length`: the track's, in the same
    ticks. `media_length` and `samples_length` are in its own ticks, `ticks` a second. `mode`: how it is laid
    over others, or to which side sound is balanced."""

    is_in_film: bool
    matrix: Matrix
    length: int
    edits: tuple[tuple[int, int], ...]
    ticks: int
    media_length: int
    samples_length: int
    is_in_this_file: bool
    mode: bytes
    picture: PictureEntry | None
    object_type: int | None


@dataclass(frozen=True, slots=True)
class IsoHeads:
    """`volume`: 1 is 256; `ticks` of the film a second."""

    matrix: Matrix
    volume: int
    ticks: int
    tracks: tuple[IsoHead | None, ...]


def iso_heads(path: Path) -> IsoHeads | None:
    """None where the box of the film is cut short, and for a track whose boxes are. Raises OSError."""
    index = index_of(path)
    head = dict(boxes_in(index)).get(b"mvhd", b"")
    start = 32 if head[:1] == b"\1" else 20
    if len(head) < start + 52:
        return None
    (volume,) = struct.unpack_from(">h", head, start + 4)
    ticks = int.from_bytes(head[start - 12 : start - 8] if start == 32 else head[12:16])
    tracks = tuple(_of_track(one) for one in track_payloads(index))
    return IsoHeads(_matrix(head, start + 16), volume, ticks, tracks)


def _matrix(data: bytes, at: int) -> Matrix:
    return struct.unpack_from(">9i", data, at)


def _of_track(data: bytes) -> IsoHead | None:
    try:
        return _head_of(data)
    except (struct.error, IndexError):
        return None


def _head_of(data: bytes) -> IsoHead:
    boxes = dict(boxes_in(data))
    head, media = boxes.get(b"tkhd", b""), dict(boxes_in(boxes.get(b"mdia", b"")))
    info = dict(boxes_in(media.get(b"minf", b"")))
    table = dict(boxes_in(info.get(b"stbl", b"")))
    is_long = head[0] == 1
    (length,) = struct.unpack_from(">Q" if is_long else ">I", head, 28 if is_long else 20)
    ticks, media_length = _media(media.get(b"mdhd", b""))
    entry = table.get(b"stsd", b"")[8:]
    return IsoHead(
        is_in_film=bool(head[3] & 2),
        matrix=_matrix(head, 52 if is_long else 40),
        length=length,
        edits=_edits(dict(boxes_in(boxes.get(b"edts", b""))).get(b"elst", b"")),
        ticks=ticks,
        media_length=media_length,
        samples_length=_samples(table.get(b"stts", b"")),
        is_in_this_file=_is_here(dict(boxes_in(info.get(b"dinf", b""))).get(b"dref", b""), entry),
        mode=(info.get(b"vmhd") or info.get(b"smhd") or b"")[4:],
        picture=_picture(entry) if b"vmhd" in info else None,
        object_type=_object_type(entry),
    )


def _media(head: bytes) -> tuple[int, int]:
    layout, at = (">IQ", 20) if head[0] == 1 else (">II", 12)
    ticks, length = struct.unpack_from(layout, head, at)
    return ticks, length


def _edits(payload: bytes) -> tuple[tuple[int, int], ...]:
    if not payload:
        return ()
    layout = struct.Struct(">Qqi" if payload[0] == 1 else ">Iii")
    count = min(int.from_bytes(payload[4:8]), (len(payload) - 8) // layout.size)
    found = (layout.unpack_from(payload, 8 + number * layout.size) for number in range(count))
    return tuple((length, rate) for length, _, rate in found)


def _samples(payload: bytes) -> int:
    count = min(int.from_bytes(payload[4:8]), (len(payload) - 8) // 8)
    pairs = struct.iter_unpack(">II", payload[8 : 8 + 8 * count])
    return sum(number * step for number, step in pairs)


def _is_here(places: bytes, entry: bytes) -> bool:
    """Whether its samples are in this file: 8.7.2."""
    flags = [payload[3] & 1 for _, payload in boxes_in(places[8:]) if len(payload) >= 4]
    number = int.from_bytes(entry[14:16])
    return 0 < number <= len(flags) and all(flags)


def _picture(entry: bytes) -> PictureEntry:
    kind, start = entry[4:8], 8
    size = struct.unpack_from(">HH", entry, start + 24)
    dots = struct.unpack_from(">II", entry, start + 28)
    frames, depth = (
        struct.unpack_from(">H", entry, start + 40)[0],
        int.from_bytes(entry[start + 74 : start + 76]),
    )
    own = dict(boxes_in(entry[start + _PICTURE_ENTRY :]))
    return PictureEntry(size, dots, frames, depth, _color(own.get(b"colr", b"")), _is_true(kind, own))


def _color(payload: bytes) -> tuple[int, int, int, bool | None] | None:
    if payload[:4] not in (b"nclc", b"nclx") or len(payload) < 10:
        return None
    codes = struct.unpack_from(">HHH", payload, 4)
    is_full = bool(payload[10] & 0x80) if payload[:4] == b"nclx" and len(payload) > 10 else None
    return *codes, is_full


def _is_true(kind: bytes, own: dict[bytes, bytes]) -> bool:
    header = own.get(b"avcC", b"")
    return kind != b"avc1" or len(header) < 12 or header[1:4] == header[9:12]


def _object_type(entry: bytes) -> int | None:
    """Of MPEG-4's own sounds, which coding it is."""
    at = entry.find(b"esds")
    if entry[4:8] != b"mp4a" or at < 0:
        return None
    place = at + 8
    for tag, skipped in ((3, 3), (4, 0)):
        if entry[place] != tag:
            return None
        place += 1
        while entry[place] & 0x80:
            place += 1
        place += 1 + skipped
    return entry[place]
