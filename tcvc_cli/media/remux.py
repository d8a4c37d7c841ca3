"""Puts the result together: the segments' video, and every other stream of the film, packet by packet."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Discard, Stream
from av.video.stream import VideoStream

from tcvc_cli.errors import MediaError
from tcvc_cli.media.carry import Container, container_of, drops
from tcvc_cli.media.encode import FIRST_PTS
from tcvc_cli.media.failures import writing
from tcvc_cli.media.probe import open_film
from tcvc_cli.records import CarriedStream, DroppedStream, FilmInfo

_CONTAINER_OWN = ("major_brand", "minor_version", "compatible_brands", "encoder")
_VIDEO_STALE = ("encoder", "duration", "bps", "number_of_frames", "number_of_bytes", "_statistics")


def remux(
    film: FilmInfo,
    segments: Sequence[Path],
    output: Path,
    *,
    start_s: Fraction | None = None,
    end_s: Fraction | None = None,
    extra_tags: Mapping[str, str],
) -> tuple[tuple[CarriedStream, ...], tuple[DroppedStream, ...]]:
    """Write `output` from the segments, in order, and the film's other streams; say what became of each.

    With `start_s` the result begins there and its clock at 0; without, every time stays as it is in
    the film. The file has its name only when it is whole; on any error nothing is left of it.
    Raises DiskFull, OutputError or MediaError.
    """
    container = container_of(output)
    dropped = drops(film, output)
    cut = _Cut(start_s or Fraction(0), end_s)
    with (
        part_of(output) as part,
        writing(part),
        open_film(film.path) as source,
        av.open(f"file:{part}", "w", format=container.muxer, options=_options(container)) as result,
    ):
        carried = _Joiner(film, source, result, container, cut).join(segments, dropped, extra_tags)
    return carried, dropped


@contextmanager
def part_of(output: Path) -> Iterator[Path]:
    """A temporary name beside `output`, moved to `output` at the end, removed on any error."""
    part = output.with_name(f".{output.name}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(part, output)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _options(container: Container) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class _Cut:
    """The part of the film that is kept, in seconds of film time."""

    start_s: Fraction
    end_s: Fraction | None


class _Joiner:
    def __init__(
        self, film: FilmInfo, source: InputContainer, result: OutputContainer, container: Container, cut: _Cut
    ) -> None:
        self._film, self._source, self._result = film, source, result
        self._container, self._cut = container, cut

    def join(
        self, segments: Sequence[Path], dropped: Sequence[DroppedStream], extra_tags: Mapping[str, str]
    ) -> tuple[CarriedStream, ...]:
        gone = {drop.stream.index for drop in dropped}
        kept = [stream for stream in self._film.streams if stream.index not in gone]
        video = self._add_video(segments[0])
        outputs = {
            stream.index: self._add_copy(self._source.streams[stream.index])
            for stream in kept
            if stream.index != self._film.video_index
        }
        self._set_tags(extra_tags)
        self._result.start_encoding()
        pictures = _video_packets(self._film, segments, video, self._cut)
        others = self._other_packets({index: one for index, one in outputs.items() if one is not None})
        for packet in heapq.merge(pictures, others, key=_moment):
            self._result.mux_one(packet)
        return tuple(CarriedStream(stream, "copied") for stream in kept)

    def _add_video(self, segment: Path) -> VideoStream:
        film = self._film
        original = self._source.streams[film.video_index]
        with open_film(segment) as coded:
            stream = self._result.add_stream_from_template(coded.streams.video[0], opaque=True)
        stream.time_base = film.time_base
        context = stream.codec_context
        context.color_primaries, context.color_trc = film.color.primaries, film.color.transfer
        context.colorspace, context.color_range = film.color.matrix, 2 if film.color.full_range else 1
        context.sample_aspect_ratio = film.sample_aspect
        stream.disposition = original.disposition
        tags = original.metadata.items()
        stream.metadata.update({k: v for k, v in tags if not k.lower().startswith(_VIDEO_STALE)})
        return stream

    def _add_copy(self, stream: Stream) -> Stream:
        if isinstance(stream, AttachmentStream):
            copy: Stream = self._result.add_attachment(stream.name or "", stream.mimetype or "", stream.data)
        else:
            copy = self._result.add_stream_from_template(stream)
        copy.metadata.update(stream.metadata)
        copy.disposition = stream.disposition
        return copy

    def _set_tags(self, extra_tags: Mapping[str, str]) -> None:
        tags = self._source.metadata.items()
        self._result.metadata.update({k: v for k, v in tags if k.lower() not in _CONTAINER_OWN})
        self._result.metadata.update(extra_tags)
        self._result.set_chapters(self._source.chapters())

    def _other_packets(self, outputs: Mapping[int, Stream]) -> Iterator[Packet[Any]]:
        self._source.streams[self._film.video_index].discard = Discard.all
        for packet in self._source.demux():
            if packet.size and packet.stream_index in outputs and _in_range(packet, self._cut):
                _shift(packet, self._cut.start_s)
                packet.stream = outputs[packet.stream_index]
                yield packet


def _moment(packet: Packet[Any]) -> Fraction:
    ticks = packet.dts if packet.dts is not None else packet.pts or 0
    return ticks * packet.time_base


def _in_range(packet: Packet[Any], cut: _Cut) -> bool:
    if packet.pts is None:
        return True
    time_s = packet.pts * packet.time_base
    return time_s >= cut.start_s and (cut.end_s is None or time_s < cut.end_s)


def _shift(packet: Packet[Any], start_s: Fraction) -> None:
    ticks = round(start_s / packet.time_base)
    packet.pts = None if packet.pts is None else packet.pts - ticks
    packet.dts = None if packet.dts is None else packet.dts - ticks


def _video_packets(
    film: FilmInfo, segments: Sequence[Path], video: VideoStream, cut: _Cut
) -> Iterator[Packet[Any]]:
    """The segments' packets in coding order, on the film's clock, decode times rising throughout.

    The i-th packet must be decoded when the (i - depth)-th frame is shown, where depth is how far the
    codec reorders; the first `depth` packets of all lie before the first frame.
    """
    step = max(1, round(1 / (film.frame_rate * film.time_base)))
    shift = round(cut.start_s / film.time_base)
    last_dts: int | None = None
    for path in segments:
        with open_film(path) as segment:
            stream = segment.streams.video[0]
            depth = stream.codec_context.reorder_depth
            first = int(segment.metadata[FIRST_PTS]) - shift
            waiting: list[int] = []
            for number, packet in enumerate(one for one in segment.demux(stream) if one.size):
                if packet.pts is None:
                    raise MediaError(f"the segment {path.name} holds a frame without a time")
                packet.pts += first
                heapq.heappush(waiting, packet.pts)
                dts = heapq.heappop(waiting) if number >= depth else first - (depth - number) * step
                last_dts = dts if last_dts is None else max(dts, last_dts + 1)
                packet.dts, packet.time_base = last_dts, film.time_base
                packet.stream = video
                yield packet
