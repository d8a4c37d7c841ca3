"""FFmpeg's framemd5: a line with the MD5 of every decoded picture, and of every packet of sound and text."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from tcvc_cli.files import draft_of
from tcvc_cli.media.failures import reading, writing
from tcvc_cli.media.read.probe import film_stream, first_picture, open_film

_COPIED = ("audio", "subtitle")


def write_framemd5(path: Path, target: Path) -> None:
    """Write `target` as this command of FFmpeg does, but for what its versions do differently: the line
    with the version, durations rounded the other way, hashes of side data; and the sample aspect is left
    open, as PyAV cannot hand it to a muxer.

        ffmpeg -copyts -i FILE -map 0:v:0 -map 0:a? -map 0:s? -c:a copy -c:s copy \\
            -fps_mode passthrough -enc_time_base -1 -f framemd5 TARGET

    Raises as `probe` and `draft_of` do; what is there already is not replaced.
    """
    with open_film(path) as source, writing(target), draft_of(target) as part:
        video = film_stream(source, path)
        with av.open(f"file:{part}", "w", format="framemd5") as result:
            raw = _add_raw(result, path)
            copies = {
                stream.index: result.add_stream_from_template(stream, opaque=True)
                for kind in _COPIED
                for stream in source.streams
                if stream.type == kind
            }
            for packet in _packets(path, source, video, raw, copies):
                result.mux_one(packet)


def _add_raw(result: OutputContainer, path: Path) -> VideoStream:
    with open_film(path) as source:
        video = film_stream(source, path)
        first = first_picture(source, video)
        assert first is not None
        raw = result.add_stream("rawvideo", rate=video.average_rate or 25)
        assert isinstance(raw, VideoStream)
        context = raw.codec_context
        context.width, context.height, context.pix_fmt = first.width, first.height, first.format.name
        context.time_base = raw.time_base = video.time_base or 1 / Fraction(video.average_rate or 25)
    return raw


def _packets(
    path: Path, source: InputContainer, video: VideoStream, raw: VideoStream, copies: dict[int, Stream]
) -> Iterator[Packet[Any]]:
    with reading(path):
        for packet in source.demux(video, *(source.streams[index] for index in copies)):
            if packet.size and packet.stream_index == video.index:
                yield from _coded(raw, video.decode(packet))
            elif packet.size:
                packet.stream = copies[packet.stream_index]
                yield packet
        yield from _coded(raw, video.decode(None))
        yield from raw.encode(None)


def _coded(raw: VideoStream, pictures: list[av.VideoFrame]) -> Iterator[Packet[Any]]:
    for picture in pictures:
        yield from raw.encode(picture)
