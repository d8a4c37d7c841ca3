"""The segments of one film as one stream of packets."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from av.packet import Packet

from tcvc_cli.errors import MediaError
from tcvc_cli.media.encode import FIRST_PTS
from tcvc_cli.media.failures import reading
from tcvc_cli.media.probe import open_film
from tcvc_cli.records import FilmInfo


def first_pts(segment: Path) -> int:
    """The film's time of the segment's first frame, in ticks of the film's time base."""
    with open_film(segment) as container:
        return int(container.metadata[FIRST_PTS])


def joined_packets(film: FilmInfo, segments: Sequence[Path]) -> Iterator[Packet[Any]]:
    """The segments' packets in coding order, on the film's clock, decode times rising throughout."""
    last_dts: int | None = None
    for path in segments:
        for packet in _with_decode_times(path):
            assert packet.dts is not None
            last_dts = packet.dts if last_dts is None else max(packet.dts, last_dts + 1)
            packet.dts, packet.time_base = last_dts, film.time_base
            yield packet


def _with_decode_times(path: Path) -> Iterator[Packet[Any]]:
    """Packets of one segment, whose groups of pictures are closed.

    When a codec reorders by `depth` frames, packet i is decoded while frame i - depth is shown, and
    the first `depth` packets before the first frame, a frame's length apart. Segment after segment
    the times rise, since frames do: between the frame that is shown at a segment's last decode time
    and the next segment's first frame lie `depth` frames, so at least as many ticks.
    """
    waiting: list[int] = []
    step = 1
    with reading(path), open_film(path) as segment:
        stream = segment.streams.video[0]
        depth, first = stream.codec_context.reorder_depth, int(segment.metadata[FIRST_PTS])
        for number, packet in enumerate(one for one in segment.demux(stream) if one.size):
            if packet.pts is None:
                raise MediaError(f"the segment {path.name} holds a frame without a time")
            packet.pts += first
            heapq.heappush(waiting, packet.pts)
            step = _lead_ticks(first, packet.duration or 1, depth) if number == 0 else step
            is_early = number < depth
            packet.dts = first - (depth - number) * step if is_early else heapq.heappop(waiting)
            yield packet


def _lead_ticks(first: int, frame_ticks: int, depth: int) -> int:
    """How far apart the packets before the first frame are decoded: as far as frames, unless that
    would begin below 0 for a film that does not start at 0; FFmpeg's MP4 muxer, which looks for the
    shortest wait among packets that are decoded before 0, would then move the film."""
    return 1 if 0 < first < depth * frame_ticks else max(1, frame_ticks)
