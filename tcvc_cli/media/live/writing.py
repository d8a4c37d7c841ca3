"""A film that goes out frame by frame, each as soon as it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

import av
from av.audio.stream import AudioStream
from av.codec.context import ThreadType
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from tcvc_cli.media.live.handles import Outlet
from tcvc_cli.media.pipes import add_pictures, sending
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.fields import FieldMarker
from tcvc_cli.media.shape.y4m import WithShape
from tcvc_cli.media.write.encode import configure, output_format, picture_of, settings_of, tag_colors
from tcvc_cli.media.write.encoders import encoder_of, layout_for
from tcvc_cli.records import Encoding, FilmInfo, PipeFormat

_MUXERS: Final[Mapping[PipeFormat, str]] = MappingProxyType(
    {"y4m": "yuv4mpegpipe", "nut": "nut", "matroska": "matroska"}
)
# No list of all packets, which would grow with the film; every frame a cluster of its own; sound that comes
# late is not waited for longer than .2 s.
_OPTIONS: Final[Mapping[PipeFormat, Mapping[str, str]]] = MappingProxyType(
    {
        "y4m": {"strict": "-1"},
        "nut": {"write_index": "0", "max_interleave_delta": "200000"},
        "matroska": {"live": "1", "cluster_time_limit": "0", "max_interleave_delta": "200000"},
    }
)
_AT_ONCE: Final = ("libx264", "libx265")  # have a tune that gives a frame out as it comes


def at_once(encoding: Encoding) -> Encoding:
    """The same, by an encoder that holds no frames back where it can be told so."""
    is_tuned = any(key == "tune" for key, _ in encoding.options)
    if encoder_of(encoding).codec not in _AT_ONCE or is_tuned:
        return encoding
    return replace(encoding, options=(*encoding.options, ("tune", "zerolatency")))


class LiveWriter:
    """Writes frames of `film`, with planes as `output_format` says, and packets of `sounds` into `outlet`; a
    context manager. The file says `tags` where it can. Raises BrokenPipeError when the reader goes away,
    DiskFull, OutputError or MediaError."""

    def __init__(
        self,
        outlet: Outlet,
        film: FilmInfo,
        kind: PipeFormat,
        encoding: Encoding,
        sounds: Sequence[AudioStream] = (),
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._film, self._kind = film, kind
        self.target = output_format(film, encoding)
        options = {"flush_packets": "1", **_OPTIONS[kind]}
        file = WithShape(outlet, film) if kind == "y4m" else outlet
        self._container = av.open(file, "w", format=_MUXERS[kind], options=options, buffer_size=2**16)
        self._container.metadata.update(tags)  # y4m writes none
        if kind == "y4m":
            self._layout = self.target.name
            self._stream = add_pictures(self._container, film, film.size_px, self._layout)
        else:
            self._layout = layout_for(encoder_of(encoding).codec, self.target)
            self._stream = self._add_encoder(encoding)
        self._marker = FieldMarker(film, self._layout)
        self._copies = {one.index: self._add_sound(one) for one in sounds} if kind != "y4m" else {}
        self._count = 0

    def _add_encoder(self, encoding: Encoding) -> VideoStream:
        encoder, film = encoder_of(encoding), self._film
        options = settings_of(encoder, film, self.target)
        stream = self._container.add_stream(encoder.codec, rate=film.frame_rate, options=options)
        assert isinstance(stream, VideoStream)
        stream.time_base = film.time_base
        configure(stream.codec_context, film, encoder, self.target)
        stream.codec_context.thread_type = ThreadType.SLICE
        return stream

    def _add_sound(self, sound: AudioStream) -> AudioStream:
        copy = self._container.add_stream_from_template(sound, opaque=True)
        copy.metadata.update(sound.metadata)
        return copy

    def __enter__(self) -> Self:
        return self

    def write(self, frame: Frame) -> None:
        """The frames of y4m follow each other at a steady rate, whatever their times."""
        picture = picture_of(frame, self._film, self.target, self._layout)
        picture = self._marker.marked(picture, frame.facts)
        tag_colors(picture, self._film.color)
        if self._kind == "y4m":
            picture.pts, picture.time_base = self._count, Fraction(1 / self._film.frame_rate)
        else:
            picture.pts, picture.time_base = frame.time.pts, frame.time.time_base
            picture.duration = frame.time.duration
        self._count += 1
        with sending():
            self._container.mux(self._stream.encode(picture))

    def write_sound(self, packet: Packet[Any]) -> None:
        """As it is; nothing where the format holds none."""
        copy = self._copies.get(packet.stream_index)
        if copy is not None:
            packet.stream = copy
            with sending():
                self._container.mux_one(packet)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            with sending():
                if self._count:
                    self._container.mux(self._stream.encode(None))
                self._container.close()
            return
        with suppress(FFmpegError, OSError):  # nobody may be there to read it
            self._container.close()
