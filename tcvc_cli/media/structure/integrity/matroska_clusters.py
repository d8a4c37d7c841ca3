"""Which parts of a Matroska file are not what was written: bytes that are no elements, and clusters whose
checksum is another (RFC 8794, section 11.3.1; RFC 9559, section 5.1).

FFmpeg looks for the next cluster behind such a place and says nothing. A segment or a cluster of unknown
size, as a live recording has, ends where something begins that does not belong into it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from tcvc_cli.media.structure.ebml import CRC_32_ID, HEADER_ID, VOID_ID, Element, read_element

_CLUSTER: Final = b"\x1f\x43\xb6\x75"
_SEGMENT: Final = b"\x18\x53\x80\x67"
_INFO, _TICK = b"\x15\x49\xa9\x66", b"\x2a\xd7\xb1"
_TOP: Final = (
    _CLUSTER,
    b"\x11\x4d\x9b\x74",  # SeekHead
    _INFO,
    b"\x16\x54\xae\x6b",  # Tracks
    b"\x1c\x53\xbb\x6b",  # Cues
    b"\x19\x41\xa4\x69",  # Attachments
    b"\x10\x43\xa7\x70",  # Chapters
    b"\x12\x54\xc3\x67",  # Tags
    VOID_ID,
    CRC_32_ID,
)
_TIMESTAMP: Final = b"\xe7"
_IN_CLUSTER: Final = (
    _TIMESTAMP,
    b"\xa3",  # SimpleBlock
    b"\xa0",  # BlockGroup
    b"\xa7",  # Position
    b"\xab",  # PrevSize
    b"\x58\x54",  # SilentTracks
    b"\xaf",  # EncryptedBlock
    VOID_ID,
    CRC_32_ID,
)
_CHUNK: Final = 1 << 20
_USUAL_TICK_NS: Final = 1_000_000
_MOST_PLACES: Final = 1000
_LONGEST_HEAD: Final = 12  # an ID and a size


class BrokenPlace(NamedTuple):
    """`[start, stop)` are bytes of the file. `after_s`: the time of the last cluster before or around them,
    and `before_s` that of the next one, by the clock of the file; None where there is none."""

    start: int
    stop: int
    after_s: Fraction | None
    before_s: Fraction | None


def broken_places(path: Path) -> tuple[BrokenPlace, ...]:
    """Of a file of another format: none. A file whose end is missing is not broken there. At most a thousand
    are told. All of the file is read."""
    with path.open("rb") as file:
        return tuple(_Walk(file, path.stat().st_size).places())


class _Walk:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._tick = Fraction(_USUAL_TICK_NS, 1_000_000_000)
        self._after: Fraction | None = None
        self._open: list[tuple[int, int, Fraction | None]] = []  # places behind which no cluster was seen yet
        self._found: list[BrokenPlace] = []

    def places(self) -> list[BrokenPlace]:
        position = 0
        while (segment := self._segment_at(position)) is not None:
            stated = self._size if segment.size is None else segment.start + segment.size
            position = self._segment(segment.start, min(stated, self._size))
        self._seen(None)
        return self._found

    def _segment_at(self, position: int) -> Element | None:
        """The segment behind the header that begins there: files may be joined one behind the other."""
        header = self._at(position)
        if header is None or header.element_id != HEADER_ID or header.size is None:
            return None
        segment = self._at(header.start + header.size)
        return segment if segment is not None and segment.element_id == _SEGMENT else None

    def _segment(self, position: int, end: int) -> int:
        """Where it ends."""
        while position < end and len(self._found) + len(self._open) < _MOST_PLACES:
            child = self._at(position)
            if child is None and end - position < _LONGEST_HEAD:
                return end  # it breaks off there
            if child is not None and child.element_id == HEADER_ID:
                return position
            if child is None or not self._belongs(child, _TOP, end):
                after = self._next_cluster(position + 1, end)
                self._open.append((position, after, self._after))
                position = after
            elif child.element_id == _CLUSTER:
                position = self._cluster(child, end)
            elif child.size is None:
                return end
            else:
                if child.element_id == _INFO:
                    self._read_tick(child)
                self._check(child, end)
                position = child.start + child.size
        return position

    def _belongs(self, child: Element, known: Sequence[bytes], end: int) -> bool:
        """What nobody knows may stand there, if something known stands behind it."""
        if child.element_id in known:
            return True
        behind = None if child.size is None else child.start + child.size
        if behind is None or behind > end:
            return False
        following = self._at(behind) if behind < end else None
        return behind == end or (following is not None and following.element_id in known)

    def _cluster(self, cluster: Element, end: int) -> int:
        """Where what follows it begins."""
        at_s = self._timestamp(cluster)
        if at_s is not None:
            self._seen(at_s)
        if cluster.size is None:
            return self._end_of_unknown(cluster.start, end)
        stop = cluster.start + cluster.size
        if stop > end:  # the end of the file is missing, which others tell; or its size is wrong
            after = self._next_cluster(cluster.start, end)
            if after < end:
                self._open.append((cluster.start, after, self._after))
            return after
        if not self._check(cluster, end):
            broken = self._first_wrong(cluster.start, stop)
            if broken is not None:
                self._open.append((broken, stop, self._after))
        return stop

    def _end_of_unknown(self, position: int, end: int) -> int:
        """Where a cluster ends that does not say how long it is."""
        while position < end:
            child = self._at(position)
            if child is None or child.size is None or child.element_id not in _IN_CLUSTER:
                break
            position = child.start + child.size
        return min(position, end)

    def _first_wrong(self, position: int, stop: int) -> int | None:
        """Where a cluster holds what no cluster does."""
        while position < stop:
            child = self._at(position)
            if child is None or child.size is None or child.start + child.size > stop:
                return position
            if not self._belongs(child, _IN_CLUSTER, stop):
                return position
            position = child.start + child.size
        return None

    def _check(self, element: Element, end: int) -> bool:
        """False where it has none that can be checked, and more is to be looked at; a wrong one is noted."""
        if element.size is None or element.start + element.size > end:
            return False
        first = self._at(element.start)
        if first is None or first.element_id != CRC_32_ID or first.size != 4:
            return False
        stated = int.from_bytes(self._file.read(4), "little")
        if stated != self._crc(first.start + 4, element.start + element.size):
            self._open.append((element.start, element.start + element.size, self._after))
        return True

    def _crc(self, start: int, stop: int) -> int:
        crc = 0
        self._file.seek(start)
        while start < stop:
            part = self._file.read(min(_CHUNK, stop - start))
            if not part:
                break
            crc, start = zlib.crc32(part, crc), start + len(part)
        return crc

    def _timestamp(self, cluster: Element) -> Fraction | None:
        """It stands first, or behind the checksum."""
        position = cluster.start
        for _ in range(4):
            child = self._at(position)
            if child is None or child.size is None or child.size > _CHUNK:
                return None
            if child.element_id == _TIMESTAMP and child.size <= 8:
                return int.from_bytes(self._file.read(child.size)) * self._tick
            position = child.start + child.size
        return None

    def _read_tick(self, info: Element) -> None:
        position, stop = info.start, info.start + (info.size or 0)
        while position < stop:
            child = self._at(position)
            if child is None or child.size is None:
                return
            if child.element_id == _TICK and 0 < child.size <= 8:
                ticks = int.from_bytes(self._file.read(child.size)) or _USUAL_TICK_NS
                self._tick = Fraction(ticks, 1_000_000_000)
            position = child.start + child.size

    def _seen(self, at_s: Fraction | None) -> None:
        """A cluster of that time, or the end."""
        self._found += (BrokenPlace(*place, at_s) for place in self._open)
        self._open.clear()
        self._after = at_s

    def _next_cluster(self, position: int, end: int) -> int:
        held = b""
        self._file.seek(position)
        while position < end:
            part = self._file.read(min(_CHUNK, end - position))
            if not part:
                break
            at = (held + part).find(_CLUSTER)
            if at >= 0:
                return position - len(held) + at
            position += len(part)
            held = part[-3:]
        return end

    def _at(self, position: int) -> Element | None:
        self._file.seek(position)
        return read_element(self._file)
