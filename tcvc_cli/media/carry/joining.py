"""The segments of one film as one stream of packets."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from tcvc_cli.errors import MediaError
from tcvc_cli.media.failures import reading
from tcvc_cli.media.read.probe import open_film
from tcvc_cli.media.read.stated_length import stated_end_s
from tcvc_cli.media.write.encode import FIRST_PTS, SEGMENT_TICK
from tcvc_cli.records import FilmInfo

_FRESH = "Throw away what an earlier run left with {is_fresh}."


def first_pts(segment: Path) -> int:
    """The film's time of the segment's first frame, in ticks of the film's time base."""
    with open_film(segment) as container:
        return _stated_first_pts(container)


def _stated_first_pts(segment: InputContainer) -> int:
    try:
        return int(segment.metadata[FIRST_PTS])
    except (KeyError, ValueError) as error:
        message = f"{Path(segment.name).name} is damaged: it does not say where it begins"
        raise MediaError(message, _FRESH) from error


def picture_of(segment: InputContainer) -> VideoStream:
    """The only stream of a segment. Raises MediaError where there is none."""
    if not segment.streams.video:
        raise MediaError(f"{Path(segment.name).name} is damaged: there is no picture in it", _FRESH)
    return segment.streams.video[0]


def joined_packets(film: FilmInfo, segments: Sequence[Path]) -> Iterator[Packet[Any]]:
    """The segments' packets in coding order, on the film's clock, decode times rising throughout."""
    depth = max(map(_reorder_depth, segments), default=0)
    packets = (packet for path in segments for packet in _on_film_clock(path))
    return on_decode_clock(film, packets, depth, lambda: _end(segments[-1]))


def on_decode_clock(
    film: FilmInfo, packets: Iterable[Packet[Any]], depth: int, end: Callable[[], int]
) -> Iterator[Packet[Any]]:
    """The packets of a codec that reorders by `depth` frames, with their decode times; all is over at `end`.

    The last picture may be held for long. MP4 takes the length of the film from what is shown last and from
    what is coded last, from its decode time on, so both are said to last until the end, and the latter is
    decoded no longer before it is shown than the first frame. FFmpeg stops at MP4's edit list with the first
    key frame that seems to be shown until then, for as long as it takes to the next decode time; in a film
    with odd times this may come before the last frames. The end is said to be late enough, then, that this
    does not happen.
    """
    held: deque[Packet[Any]] = deque()
    reach = lead = 0
    for number, packet in enumerate(_decodable(film, packets, depth)):
        lead = _ticks(packet.pts) - _ticks(packet.dts) if number == 0 else lead
        if held and held[-1].is_keyframe:
            reach = max(reach, _ticks(held[-1].pts) + _ticks(packet.dts) - _ticks(held[-1].dts))
        held.append(packet)
        if len(held) > depth + 1:  # the last frame that is shown is among the last that are coded
            yield held.popleft()
    if held:
        last = max(held, key=lambda packet: _ticks(packet.pts))
        over = max(_ticks(last.pts) + (last.duration or 0), reach + 1, end())
        for packet in (last, held[-1]):
            packet.duration = over - _ticks(packet.pts)
        held[-1].dts = max(_ticks(held[-1].dts), _ticks(held[-1].pts) - lead)
    yield from held


def _end(segment: Path) -> int:
    """When the segment's last frame is over, in ticks of the film: Matroska keeps the length of no packet,
    but that of the track."""
    with open_film(segment) as container:
        end_s = stated_end_s(container, picture_of(container))
        return _stated_first_pts(container) + round((end_s or 0) / SEGMENT_TICK)


def _ticks(time: int | None) -> int:
    assert time is not None
    return time


def _decodable(film: FilmInfo, packets: Iterable[Packet[Any]], depth: int) -> Iterator[Packet[Any]]:
    """The packets with their decode times.

    When a codec reorders by `depth` frames, packet i of the film is decoded while frame i - depth is
    shown, and the first `depth` packets before the first frame, a frame's length apart. That holds
    across segments, whose groups of pictures are closed; so the steps of the decode times are as even
    as those of the frames.
    """
    clock = DecodeClock(depth)
    for packet in packets:
        packet.dts = clock.next(_ticks(packet.pts), packet.duration or 1)
        packet.time_base = film.time_base
        yield packet


class DecodeClock:
    """Decode times of one stream whose codec reorders by `depth` frames."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._waiting: list[int] = []
        self._number = self._first = self._step = 0

    def next(self, pts: int, duration: int) -> int:
        """Of the next packet in coding order, in the same ticks."""
        heapq.heappush(self._waiting, pts)
        number, self._number = self._number, self._number + 1
        if number == 0:
            self._first, self._step = pts, _lead_ticks(pts, duration, self._depth)
        if number < self._depth:
            return self._first - (self._depth - number) * self._step
        return heapq.heappop(self._waiting)


def _reorder_depth(segment: Path) -> int:
    """By how many frames the segment's codec reorders at most."""
    with open_film(segment) as container:
        return picture_of(container).codec_context.reorder_depth


def _on_film_clock(path: Path) -> Iterator[Packet[Any]]:
    with reading(path), open_film(path) as segment:
        first = _stated_first_pts(segment)
        for packet in segment.demux(picture_of(segment)):
            if not packet.size:
                continue
            if packet.pts is None:
                raise MediaError(f"the segment {path.name} holds a frame without a time")
            packet.pts += first
            yield packet


def _lead_ticks(first: int, frame_ticks: int, depth: int) -> int:
    """How far apart the packets before the first frame are decoded: as far as frames, unless that
    would begin below 0 for a film that does not start at 0; FFmpeg's MP4 muxer, which looks for the
    shortest wait among packets that are decoded before 0, would then move the film."""
    return 1 if 0 < first < depth * frame_ticks else max(1, frame_ticks)
