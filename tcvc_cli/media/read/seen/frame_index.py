"""Where decoding may begin in a film, and what must come out there.

How many frames a file holds before a key frame, and whether what is behind it decodes alike without what is
before it, only decoding tells. So every reading from the first frame notes, for those after it, some packets
of key frames with the number of the frame that came of each, and a checksum of every frame.
"""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

from tcvc_cli.media.planes import sample_bytes
from tcvc_cli.media.read.clock import ClockState
from tcvc_cli.media.read.side_data import ALPHA
from tcvc_cli.records import FilmInfo, FrameFacts, FrameTime

LEAST_GAP_PACKETS = 24  # where every frame is a key frame, a second of them is soon decoded
_KEY_FRAMES = 3  # with which a part of an index can be reached: the last before it, and two to step back to
_FILMS_REMEMBERED = 16


@dataclass(frozen=True, slots=True)
class KeyPacket:
    """A packet with which decoding may begin: the film's packet `number`, counted from 0. Times are in ticks
    of the film's time base, `crc32` is of the payload."""

    number: int
    pts: int | None
    dts: int | None
    crc32: int

    def is_same(self, packet: Packet[Any]) -> bool:
        """True when `packet` is this one. Without a presentation time its decode time must agree; else it
        need not, for some demuxers guess it."""
        is_then = packet.pts == self.pts and (self.pts is not None or packet.dts == self.dts)
        return is_then and zlib.crc32(memoryview(packet)) == self.crc32


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """The frame that came of a key packet. `clock`: what the clock knew before it; `has_alpha`: it or a frame
    before it was transparent."""

    number: int
    packet: KeyPacket
    clock: ClockState
    has_alpha: bool


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """How frames from number `first` on are reached, and the checksums that they must have.

    Plain data: it may be written down and sent to another machine that has the same film. `size_bytes` are
    the film's file's. `frame_count` frames were seen so far, the last of which was over at `end`, in ticks of
    the film's time base; with `is_complete` the film ends there. `times` are those of all frames, in the same
    ticks; the index of a part has none.
    """

    size_bytes: int
    frame_count: int
    end: int
    is_complete: bool
    first: int
    checksums: tuple[int, ...]
    key_frames: tuple[KeyFrame, ...]
    times: tuple[int, ...] = ()

    def has_seen(self, start: int, stop: int | None) -> bool:
        """True when there is a checksum of every frame of `[start, stop)`, to the end when `stop` is None."""
        last = self.frame_count if stop is None else min(stop, self.frame_count)
        has_end = self.is_complete or last == stop
        return has_end and self.first <= start < last <= self.first + len(self.checksums)

    def checksum_of(self, number: int) -> int | None:
        """Of this frame; None of one that was not seen."""
        at = number - self.first
        return self.checksums[at] if 0 <= at < len(self.checksums) else None


class FrameTick(NamedTuple):
    """When a frame is shown and for how long, in ticks of its film; less to make than a `FrameTime`."""

    pts: int
    duration: int


class IndexWriter:
    """Sees one film read from its first frame on; twelve bytes a frame, some hundred a key frame."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._checksums, self._key_frames = array("I"), list[KeyFrame]()
        self._times = array("q")
        self._marked = -LEAST_GAP_PACKETS
        self._end = 0
        self.is_complete = False

    def __len__(self) -> int:
        return len(self._checksums)

    def mark(self, packet: Packet[Any], number: int) -> KeyPacket | None:
        """The film's packet `number`, if decoding might begin with it and no other is near."""
        if not packet.is_keyframe or number < self._marked + LEAST_GAP_PACKETS:
            return None
        self._marked = number
        return KeyPacket(number, packet.pts, packet.dts, zlib.crc32(memoryview(packet)))

    def see_key_frame(self, number: int, packet: KeyPacket, clock: ClockState, facts: FrameFacts) -> None:
        """Frame `number` came of `packet`."""
        if not self._key_frames or number > self._key_frames[-1].number:
            self._key_frames.append(KeyFrame(number, packet, clock, ALPHA in facts.side_data))

    def see(self, picture: av.VideoFrame, time: FrameTime, facts: FrameFacts) -> None:
        """The next frame, as it is given out."""
        self._checksums.append(checksum(picture, time, facts))
        self._times.append(time.pts)
        self._end = time.pts + time.duration

    def part(self, start: int, stop: int | None = None) -> FrameIndex:
        """What is needed to read frames `[start, stop)`."""
        behind = bisect_right(self._key_frames, start, key=lambda one: one.number)
        key_frames = self._key_frames[max(0, behind - _KEY_FRAMES) : behind]
        return self._index(start, self._checksums[start:stop], key_frames)

    def complete(self) -> FrameIndex:
        """All that was seen."""
        return replace(self._index(0, self._checksums, self._key_frames), times=tuple(self._times))

    def times(self, start: int, stop: int) -> Sequence[FrameTick]:
        """Of frames `[start, stop)`, each shown until the next; empty where they were not all seen."""
        if not 0 <= start < stop <= len(self._times):
            return ()
        ends = [*self._times[start + 1 : stop + 1], self._end][: stop - start]
        pairs = zip(self._times[start:stop], ends, strict=True)
        return [FrameTick(shown, over - shown) for shown, over in pairs]

    def _index(self, first: int, checksums: Iterable[int], key_frames: Iterable[KeyFrame]) -> FrameIndex:
        return FrameIndex(
            size_bytes=self.size_bytes,
            frame_count=len(self),
            end=self._end,
            is_complete=self.is_complete,
            first=first,
            checksums=tuple(checksums),
            key_frames=tuple(key_frames),
        )

    @classmethod
    def of(cls, index: FrameIndex) -> IndexWriter:
        """As if it had seen what the writer of a `complete` index saw. Raises ValueError for any other."""
        counts = {index.frame_count, len(index.checksums), len(index.times) or index.frame_count}
        if index.first != 0 or len(counts) > 1:
            raise ValueError("the index of a part of a film is not that of the film")
        writer = cls(index.size_bytes)
        try:
            writer._checksums = array("I", index.checksums)
            writer._times = array("q", index.times)
        except OverflowError as error:
            raise ValueError("a checksum has 32 bits, a time 64") from error
        writer._key_frames = list(index.key_frames)
        writer._end, writer.is_complete = index.end, index.is_complete
        return writer


def checksum(picture: av.VideoFrame, time: FrameTime, facts: FrameFacts) -> int:
    """32 bits of all samples of a frame, of its time and of its facts; the same on every machine."""
    crc = zlib.crc32(f"{time.pts} {time.duration}".encode(), _checksum_of_facts(facts))
    for rows in sample_bytes(picture):
        words = rows.shape[1] // 8 * 8
        for part in (rows[:, :words].view("<u8"), rows[:, words:].astype("<u8")):
            crc = zlib.crc32(np.einsum("i,ij->j", _weights(len(rows)), part).tobytes(), crc)
    return crc


@lru_cache(maxsize=256)
def _checksum_of_facts(facts: FrameFacts) -> int:
    values = [getattr(facts, name) for name in facts.__slots__ if name != "side_data"]
    return zlib.crc32(repr((values, sorted(facts.side_data))).encode())


@lru_cache(maxsize=16)
def _weights(rows: int) -> NDArray[np.uint64]:
    """Odd and without pattern, so that sums modulo 2**64 that they weigh tell rows apart. A sum is ten times
    as fast as a CRC."""
    return np.asarray(np.random.PCG64(0).random_raw(rows) | 1, "<u8")


State = tuple[Path, int, int]  # a path, and the size and time of change of what lay there
_remembered: OrderedDict[State, IndexWriter] = OrderedDict()


@contextmanager
def noted(film: FilmInfo) -> Iterator[IndexWriter | None]:
    """For a reading of `film` that begins at its first frame: what it shows to the writer is kept in this
    process, unless an earlier reading has seen more. None where the film could not be read again, or an
    earlier reading has seen all of it."""
    state = state_of(film)
    earlier = None if state is None else _remembered.get(state)
    if state is None or (earlier is not None and earlier.is_complete):
        yield None
        return
    writer = IndexWriter(size_bytes=state[1])
    try:
        yield writer
    finally:
        if state_of(film) == state:
            _remember(state, writer)


def _remember(state: State, writer: IndexWriter) -> None:
    earlier = _remembered.get(state)
    if earlier is None or len(earlier) < len(writer) or writer.is_complete:
        _remembered[state] = writer
        if len(_remembered) > _FILMS_REMEMBERED:
            _remembered.popitem(last=False)


def frame_index(film: FilmInfo, start: int, stop: int | None = None) -> FrameIndex | None:
    """What this process knows for reading frames `[start, stop)`, from earlier readings; None where there was
    none, or the file has changed since. Small: some key frames, and four bytes for each of these frames."""
    writer = _writer_of(film)
    return None if writer is None else writer.part(start, stop)


def frame_ticks(film: FilmInfo, start: int, stop: int) -> Sequence[FrameTick]:
    """When frames `[start, stop)` are shown, as an earlier reading gave them; empty where none did."""
    writer = _writer_of(film)
    return () if writer is None else writer.times(start, stop)


def complete_index(film: FilmInfo) -> FrameIndex | None:
    """All that this process knows of the film, to be written down; None as of `frame_index`."""
    writer = _writer_of(film)
    return None if writer is None else writer.complete()


def remember(film: FilmInfo, index: FrameIndex) -> None:
    """As if this process had read what the one did whose `complete_index` it is; a file of another size is
    not that film. Raises ValueError when it is no such index."""
    state, writer = state_of(film), IndexWriter.of(index)
    if state is not None and state[1] == index.size_bytes:
        _remember(state, writer)


def _writer_of(film: FilmInfo) -> IndexWriter | None:
    state = state_of(film)
    return None if state is None else _remembered.get(state)


def forget() -> None:
    """As if this process had read nothing so far."""
    _remembered.clear()


def state_of(film: FilmInfo) -> State | None:
    if film.is_photograph or not film.path.is_file():
        return None
    state = film.path.stat()
    return film.path.absolute(), state.st_size, state.st_mtime_ns
