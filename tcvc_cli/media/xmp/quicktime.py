"""XMP in MP4, in a box of its own (XMP Specification, part 3, 1.2.5), and in QuickTime, among what is said of
the movie (1.2.6)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tcvc_cli.media.structure.boxes import Box, append_xmp, boxes, xmp_in_box

_MOVIE, _SAID, _XMP = b"moov", b"udta", b"XMP_"
_LARGEST_MOVIE: Final = 1 << 30
_MOST: Final = 1 << 26


def xmp_of_quicktime(path: Path) -> tuple[bytes, ...]:
    """Both places, whichever the file should use."""
    movie = _movie(path)
    said = [] if movie is None else [bytes(one) for one in _said(movie[1])]
    own = xmp_in_box(path)
    return tuple(dict.fromkeys([*([] if own is None else [own]), *said]))


def put_xmp(path: Path, packet: bytes, *, is_quicktime: bool) -> None:
    """Into a finished file that has none, where it moves nothing: in QuickTime that is only where the movie's
    header comes last, else it stands as in MP4."""
    movie = _movie(path) if is_quicktime else None
    if movie is None or movie[0].start + movie[0].size != path.stat().st_size:
        append_xmp(path, packet)
        return
    box, content = movie
    made = _with_said(content, _box(_XMP, packet))
    with path.open("r+b") as file:
        file.seek(box.start)
        file.write(_box(_MOVIE, made))


def _movie(path: Path) -> tuple[Box, bytes] | None:
    """Its box and what is in it."""
    with path.open("rb") as file:
        for box in boxes(file, path.stat().st_size):
            if box.kind == _MOVIE and box.size <= _LARGEST_MOVIE:
                file.seek(box.start + box.head)
                return box, file.read(box.size - box.head)
    return None


def _children(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The kind of each box, where it starts and where it ends."""
    place = 0
    while place + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, place)
        if size < 8 or place + size > len(content):
            return
        yield kind, place, place + size
        place += size


def _said(movie: bytes) -> Iterator[bytes]:
    for kind, start, stop in _children(movie):
        if kind == _SAID:
            said = movie[start + 8 : stop]
            yield from (said[a + 8 : b] for name, a, b in _children(said) if name == _XMP and b - a <= _MOST)


def _with_said(movie: bytes, box: bytes) -> bytes:
    for kind, start, stop in _children(movie):
        if kind == _SAID:
            return movie[:start] + _box(_SAID, movie[start + 8 : stop] + box) + movie[stop:]
    return movie + _box(_SAID, box)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content
