"""Reading from the middle of a film, and the proof that it gives what reading from the start gives."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain, product
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from tcvc_cli.errors import TcvcError
from tcvc_cli.media.read.clock import Clock
from tcvc_cli.media.read.pictures import Decoded, Mark, Picture, Reader, pictures_from_start, timed
from tcvc_cli.media.read.probe import demuxed, film_stream, is_bare, open_film
from tcvc_cli.media.read.seen.frame_index import FrameIndex, KeyFrame, KeyPacket, checksum, frame_index
from tcvc_cli.records import FilmInfo

Reach = Callable[[InputContainer, VideoStream, KeyPacket], Iterator["Packet[Any]"]]

_LOG = logging.getLogger("tcvc.read")
_EARLIER_S = (0, 1, 10)  # some demuxers land behind what they are asked for
_PATIENCE_PACKETS = 4096  # of all streams, from where a demuxer lands to what it was asked for
_LEADING_FRAMES = 64  # that may come out before a key frame; no codec holds back more


class _UnexpectedError(Exception):
    """Reading from the middle does not give what reading from the start gave."""


def pictures_between(
    film: FilmInfo, start: int, stop: int | None, index: FrameIndex | None = None
) -> Iterator[Picture]:
    """Frames `[start, stop)`, to the end when `stop` is None, decoded from a key frame near `start` where
    `index`, or what this process has seen of the film, leads there. Raises as `pictures_from_start` does."""
    if stop is not None and stop <= start:
        return
    missing: int | None = start
    seen = _what_was_seen(film, start, stop, index) if start > 0 else None
    if seen is not None:
        missing = yield from _from_key_frames(film, seen, start, stop)
    if missing is None:
        return
    for picture in pictures_from_start(film):
        if picture.number >= missing:
            yield picture
        if stop is not None and picture.number + 1 >= stop:
            return


def _what_was_seen(
    film: FilmInfo, start: int, stop: int | None, index: FrameIndex | None
) -> FrameIndex | None:
    """`index`, else that of this process, if it tells of all these frames."""
    index = frame_index(film, start, stop) if index is None else index
    if index is not None and _is_of(index, film) and index.has_seen(start, stop):
        return index
    _LOG.debug("%s is decoded from frame 0: nothing has read it as far as frame %s", film.path.name, stop)
    return None


def _is_of(index: FrameIndex, film: FilmInfo) -> bool:
    return film.path.is_file() and film.path.stat().st_size == index.size_bytes


def _from_key_frames(
    film: FilmInfo, index: FrameIndex, start: int, stop: int | None
) -> Generator[Picture, None, int | None]:
    """Frames `[start, stop)` as far as any key frame of `index` leads to them, each as it is expected.
    Returns the number of the first that none leads to, None when all were given."""
    missing = start
    keys = [key for key in reversed(index.key_frames) if key.number > 0]
    for key, reach in product(keys, (_sought, _counted)):
        try:
            for picture in _decoded(film, index, key, reach, missing):
                _compare(picture, missing, index)
                yield picture
                missing += 1
                if missing == stop:
                    return None
            if missing == index.frame_count:
                return None
            raise _UnexpectedError("the film ends too early")
        except (_UnexpectedError, TcvcError) as why:
            names = film.path.name, key.number, missing
            _LOG.debug("%s, decoding from frame %d on for frame %d: %s", *names, why)
    _LOG.debug("%s is decoded from frame 0 to reach frame %d", film.path.name, missing)
    return missing


def _compare(picture: Picture, number: int, index: FrameIndex) -> None:
    expected = index.checksum_of(number)
    if picture.number != number or checksum(picture.decoded, picture.time, picture.facts) != expected:
        raise _UnexpectedError("the frame is another than from the start")


def _decoded(film: FilmInfo, index: FrameIndex, key: KeyFrame, reach: Reach, start: int) -> Iterator[Picture]:
    """Frames from `start` on, decoded from `key` on. What comes out before a key frame does leans on pictures
    that were not decoded."""
    with open_film(film.path) as container:
        packets = reach(container, film_stream(container, film.path), key.packet)
        reader = Reader(film, container, packets, _marks(index, key), has_alpha=key.has_alpha)
        pictures = reader.pictures()
        landed = _first_marked(pictures, start - key.number + _LEADING_FRAMES)
        at = next(one for one in index.key_frames if one.packet == landed.key_packet)
        for picture in timed(film, reader, chain([landed], pictures), Clock(film, at.clock), first=at.number):
            if picture.number == index.frame_count - 1:
                picture = _lasting(picture, index.end)
            if picture.number >= start:
                yield picture


def _marks(index: FrameIndex, first: KeyFrame) -> Mark:
    """Knows the key packets of `index` among packets that begin with the `first` one's."""
    numbered = {one.packet.number - first.packet.number: one.packet for one in index.key_frames}

    def mark(packet: Packet[Any], number: int) -> KeyPacket | None:
        one = numbered.get(number)
        return one if one is not None and one.is_same(packet) else None

    return mark


def _lasting(picture: Picture, end: int) -> Picture:
    """Until `end`: how long a last picture lasts, some demuxers know only when they have read all before."""
    return replace(picture, time=replace(picture.time, duration=end - picture.time.pts))


def _first_marked(pictures: Iterator[Decoded], limit: int) -> Decoded:
    """The first that came of a marked packet, of `limit` pictures."""
    for _, picture in zip(range(limit), pictures, strict=False):
        if picture.key_packet is not None:
            return picture
    raise _UnexpectedError("no key frame comes out")


def _sought(container: InputContainer, stream: VideoStream, key: KeyPacket) -> Iterator[Packet[Any]]:
    """The packets from `key` on, after a seek."""
    for at in _targets(stream, key) if not is_bare(container) else ():
        with suppress(FFmpegError, OverflowError):
            container.seek(at, stream=stream)
            packets = demuxed(container, is_from_start=False)
            for _, packet in zip(range(_PATIENCE_PACKETS), packets, strict=False):
                if not packet.size or packet.stream_index != stream.index:
                    continue
                if key.is_same(packet):
                    return chain([packet], packets)
                if packet.dts is not None and key.dts is not None and packet.dts > key.dts:
                    break
    raise _UnexpectedError("seeking does not lead there, what is before it is read")


def _targets(stream: VideoStream, key: KeyPacket) -> Iterator[int]:
    """Times to ask a demuxer for, in ticks: some know when a key frame is shown, some when it is decoded."""
    times = [one for one in (key.pts, key.dts) if one is not None]
    if times and stream.time_base:
        yield times[0]
        yield from (min(times) - round(earlier_s / stream.time_base) for earlier_s in _EARLIER_S)


def _counted(container: InputContainer, stream: VideoStream, key: KeyPacket) -> Iterator[Packet[Any]]:
    """The packets from `key` on, where all before it are read and none is decoded."""
    number, packets = 0, demuxed(container)
    with suppress(FFmpegError):
        for packet in packets:
            if packet.size and packet.stream_index == stream.index:
                if number == key.number and key.is_same(packet):
                    return chain([packet], packets)
                number += 1
    raise _UnexpectedError("its packets are others")
