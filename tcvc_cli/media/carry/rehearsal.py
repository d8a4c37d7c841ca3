"""The dry remux: all packets that a result will hold go through its muxer, before anything is coloured.

Those of the picture are empty, at the times that the first reading of the film gave its frames; all that can
go wrong with times goes wrong here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from tcvc_cli.errors import OutputError
from tcvc_cli.media.carry.containers import MATROSKA, container_of, how_carried
from tcvc_cli.media.carry.copying import kept_chapters
from tcvc_cli.media.carry.joining import on_decode_clock
from tcvc_cli.media.carry.muxer_options import muxer_options
from tcvc_cli.media.carry.null_file import NullFile
from tcvc_cli.media.carry.remux import Picture, Target, moment, write
from tcvc_cli.media.carry.tags import place_tags
from tcvc_cli.media.excerpt import Excerpt
from tcvc_cli.media.read.probe import open_film
from tcvc_cli.media.read.seen.frame_index import FrameTick, frame_ticks
from tcvc_cli.media.write.encode import reorder_depth_of
from tcvc_cli.records import Encoding, FilmInfo, StreamInfo

_PAYLOAD = b"\xff\xd8\xff\xd9"  # of a JPEG without a picture, the coding that every container holds
_PLACEHOLDER = "mjpeg"
_TICKS_OF_A_SAMPLE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class WantedFrames:
    """Frames `[start, stop)` of a film: all of it, or what a person asked for. `start_s` and `end_s` are what
    they asked, counted from the first frame."""

    start: int
    stop: int
    start_s: Fraction | None = None
    end_s: Fraction | None = None


def rehearse(film: FilmInfo, output: Path, wanted: WantedFrames, preset: str | Encoding) -> None:
    """Write `output` to nowhere, so that what cannot be written is found before the work.

    Reads the packets of the film's other streams once; the frames' times must have been seen by this process,
    or they are not tried. Raises OutputError, which names stream and time, when the container does not take
    what is to be written, MediaError when the film cannot be read.
    """
    ticks = frame_ticks(film, wanted.start, wanted.stop)
    container = container_of(output)
    with open_film(film.path) as source, _refusals(film, output):
        options = muxer_options(film, container, place_tags({}, {}, container, has_cover=False), source)
        with av.open(NullFile(), "w", format=container.muxer, options=options) as result:
            excerpt = _excerpt(film, wanted, ticks)
            depth = reorder_depth_of(film, preset)
            picture = Picture(lambda: _add_placeholder(film, result), _empty_packets(film, ticks, depth))
            rows = [one for one in film.streams if _is_written(film, one, output)]

            limits = _Limits() if container is not MATROSKA else None

            def mux(_: OutputContainer, packet: Packet[Any]) -> None:
                with _naming(film, output, rows[packet.stream.index], excerpt, packet):
                    if limits is not None:
                        limits.check(packet)
                    result.mux_one(packet)

            target = Target(container, excerpt, kept_chapters(source, excerpt))
            write(film, picture, source, result, target, mux)


class _Limits:
    """MP4 and QuickTime count in 32 bits from one sample of a track to the next. Where it is longer, FFmpeg
    refuses the sample, or gives it another time."""

    def __init__(self) -> None:
        self._decoded: dict[int, int] = {}

    def check(self, packet: Packet[Any]) -> None:
        """Raises ValueError for a packet that lasts too long, or comes too long after the one before it."""
        stream = packet.stream
        scale = packet.time_base / (stream.time_base or packet.time_base)
        ticks = packet.dts if packet.dts is not None else packet.pts or 0
        gap = ticks - self._decoded.get(stream.index, ticks)
        self._decoded[stream.index] = ticks
        longest = max(gap, packet.duration or 0) * scale
        if longest >= _TICKS_OF_A_SAMPLE:
            seconds = float(longest * (stream.time_base or packet.time_base))
            raise ValueError(f"{seconds:.0f} s are more than it can count from one sample to the next")


def _is_written(film: FilmInfo, stream: StreamInfo, output: Path) -> bool:
    """Whether the result has a track of it; data become chapters or a tag."""
    if stream.index == film.video_index:
        return True
    return stream.kind != "data" and how_carried(stream, container_of(output)) is not None


def _excerpt(film: FilmInfo, wanted: WantedFrames, ticks: Sequence[FrameTick]) -> Excerpt:
    """As `remux` has it: from the first frame that is shown."""
    first_s = None if wanted.start_s is None else film.start_s + wanted.start_s
    if first_s is not None and ticks:
        first_s = ticks[0].pts * film.time_base
    return Excerpt(first_s, None if wanted.end_s is None else film.start_s + wanted.end_s)


def _add_placeholder(film: FilmInfo, result: OutputContainer) -> VideoStream:
    stream = result.add_stream(_PLACEHOLDER, rate=film.frame_rate)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = 16, 16, "yuvj420p"
    stream.time_base = film.time_base
    return stream


def _empty_packets(film: FilmInfo, ticks: Sequence[FrameTick], depth: int) -> Iterator[Packet[Any]]:
    def packet(tick: FrameTick) -> Packet[Any]:
        empty: Packet[Any] = Packet(_PAYLOAD)
        empty.pts, empty.duration = tick
        empty.is_keyframe = True
        return empty

    if not ticks:
        return iter(())
    end = sum(ticks[-1])
    return on_decode_clock(film, map(packet, ticks), depth, lambda: end)


@contextmanager
def _refusals(film: FilmInfo, output: Path) -> Iterator[None]:
    try:
        yield
    except (FFmpegError, ValueError) as error:
        why = error.strerror if isinstance(error, FFmpegError) else error
        raise _refused(output, f"what {film.path.name} holds: {why}") from error


@contextmanager
def _naming(
    film: FilmInfo, output: Path, stream: StreamInfo, excerpt: Excerpt, packet: Packet[Any]
) -> Iterator[None]:
    shown_s = moment(packet) if packet.pts is None else packet.pts * packet.time_base
    at_s = float(shown_s + excerpt.shift_s - film.start_s)
    try:
        yield
    except (FFmpegError, ValueError) as error:
        why = error.strerror if isinstance(error, FFmpegError) else error
        name = f"#{stream.index} {stream.kind} {stream.codec}"
        raise _refused(output, f"{name} of {film.path.name} at {at_s:.3f} s: {why}") from error


def _refused(output: Path, what: str) -> OutputError:
    return OutputError(
        f"{output.name} does not take {what}", "Give a name with another ending, for example .mkv."
    )
