"""Finished planes into segments: one encoded video stream in a file of its own.

A segment is Matroska, because Matroska holds every codec used here but DNxHD, which is in QuickTime. It
counts in milliseconds, which would round the film's clock, so in a segment one tick stands for one tick of
the film's `time_base`, counted from the segment's first frame; the tag FIRST_PTS holds where that is.
"""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from tcvc_cli.errors import OutputError
from tcvc_cli.media.failures import writing
from tcvc_cli.media.planes import Frame, Plane, write_planes
from tcvc_cli.media.read.fields import FieldMarker
from tcvc_cli.media.write.encoders import (
    Encoder,
    encoder_of,
    layout_for,
    output_format,
    refuse_unfit,
    settings_for,
)
from tcvc_cli.media.write.scheduling import end_realtime
from tcvc_cli.records import ColorTags, Encoding, FilmInfo, PixelFormat

__all__ = [
    "FIRST_PTS",
    "SegmentWriter",
    "configure",
    "luma_for_output",
    "output_format",
    "picture_of",
    "settings_of",
    "tag_colors",
    "try_encoder",
]
SEGMENT_TICK = Fraction(1, 1000)  # what Matroska calls a tick
FIRST_PTS = "FIRST_PTS"
_IN_QUICKTIME = ("dnxhd",)  # Matroska has no name for it


def try_encoder(film: FilmInfo, preset: str | Encoding) -> None:
    """Open the encoder with all its settings. Raises OutputError when it does not work on this machine."""
    _opened(film, preset)


def reorder_depth_of(film: FilmInfo, preset: str | Encoding) -> int:
    """By how many frames the encoder reorders at most. Raises as `try_encoder` does."""
    return _opened(film, preset).reorder_depth


def _opened(film: FilmInfo, preset: str | Encoding) -> VideoCodecContext:
    encoder = encoder_of(preset)
    refuse_unfit(film, encoder)
    context = av.CodecContext.create(encoder.codec, "w")
    assert isinstance(context, VideoCodecContext)
    picture = output_format(film, preset)
    context.options = settings_of(encoder, film, picture)
    configure(context, film, encoder, picture)
    try:
        context.open()
    except FFmpegError as error:
        raise OutputError(
            f"the encoder {encoder.codec} cannot be used here with these settings: {error.strerror}",
            "Check {encoder_options}, or use another {encoder}.",
        ) from error
    finally:
        end_realtime()
    return context


def settings_of(encoder: Encoder, film: FilmInfo, picture: PixelFormat) -> dict[str, str]:
    """The encoder's options for frames that come as `picture`. They say where chroma stands, for which PyAV
    has no name; x264 goes by a setting rather than by the frames for the order of fields."""
    options, key = settings_for(encoder, picture), "x264-params"
    if film.siting != "unspecified" and picture.chroma_shift_x == picture.chroma_shift_y == 1:
        options.setdefault("chroma_sample_location", film.siting)
    if encoder.codec == "libx264" and film.fields in ("top", "bottom"):
        order = "tff=1" if film.fields == "top" else "bff=1"
        options[key] = f"{options[key]}:{order}" if key in options else order
    return options


def configure(context: VideoCodecContext, film: FilmInfo, encoder: Encoder, picture: PixelFormat) -> None:
    """For frames of the film that come as `picture`, in its time base."""
    context.width, context.height = film.width_px, film.height_px
    context.pix_fmt = layout_for(encoder.codec, picture)
    context.time_base, context.framerate = film.time_base, film.frame_rate
    context.gop_size = encoder.gop_size
    context.thread_type, context.thread_count = encoder.thread_type, encoder.threads
    context.flags |= Flags.frame_duration
    if film.fields in ("top", "bottom"):
        context.flags |= Flags.interlaced_dct
    context.sample_aspect_ratio = film.sample_aspect
    tag_colors(context, film.color)


def luma_for_output(luma: Plane, source: PixelFormat, target: PixelFormat) -> Plane:
    """The film's luma at the output's depth: value * 2**(more bits), exactly; the same array when the
    depth is the same."""
    more_bits = target.bit_depth - source.bit_depth
    return luma if more_bits == 0 else np.left_shift(luma, more_bits, dtype=np.uint16)


def picture_of(frame: Frame, film: FilmInfo, target: PixelFormat, layout: str) -> av.VideoFrame:
    """Its planes as the encoder takes them, without a time: those of `target` (an 8-bit luma is raised to its
    depth here) in FFmpeg's `layout`."""
    luma = luma_for_output(frame.luma, film.pixel_format, target) if frame.luma.itemsize == 1 else frame.luma
    picture = write_planes(luma, frame.cb, frame.cr, target)
    if layout != target.name:  # the same samples, chroma side by side
        picture = picture.reformat(format=layout, threads=1)
    return picture


def open_segment(path: Path, coding: str, first_pts: int) -> OutputContainer:
    """A new segment for one stream of `coding`, by FFmpeg's name; its first frame is at `first_pts` of the
    film's ticks."""
    if coding in _IN_QUICKTIME:
        options = {"video_track_timescale": str(SEGMENT_TICK.denominator), "movflags": "+use_metadata_tags"}
        container = av.open(f"file:{path}", "w", format="mov", options=options)
    else:
        container = av.open(f"file:{path}", "w", format="matroska")
    container.metadata[FIRST_PTS] = str(first_pts)
    return container


class SegmentWriter:
    """Encodes frames of `film` into the file `path`; a context manager.

    Frames come in rising time order, with planes as `output_format` says (an 8-bit luma is raised to
    the output's depth here). When the block ends by an exception, the file is closed and removed.
    Raises DiskFull, OutputError or MediaError.
    """

    def __init__(self, path: Path, film: FilmInfo, preset: str | Encoding) -> None:
        self._path, self._film = path, film
        self._format = output_format(film, preset)
        self._encoder = encoder_of(preset)
        self._layout = layout_for(self._encoder.codec, self._format)
        self._marker = FieldMarker(film, self._layout)
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._first_pts = 0

    def __enter__(self) -> Self:
        return self

    def write(self, frame: Frame) -> None:
        """Encode one frame."""
        with writing(self._path):
            if self._container is None or self._stream is None:
                self._open(frame.time.pts)
            self._encode(self._picture(frame))

    def close(self) -> None:
        """Flush the encoder and finish the file. Without a frame there is no file."""
        if self._container is None:
            return
        with writing(self._path):
            self._encode(None)
            self._container.close()
        self._container = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            try:
                self.close()
            except BaseException:
                self._remove()
                raise
        else:
            self._remove()

    def _remove(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            with contextlib.suppress(FFmpegError, OSError):  # the trailer may not fit either
                container.close()
        self._path.unlink(missing_ok=True)

    def _open(self, first_pts: int) -> None:
        film, encoder = self._film, self._encoder
        self._first_pts = first_pts
        container = open_segment(self._path, encoder.coding, first_pts)
        settings = settings_of(encoder, film, self._format)
        stream = container.add_stream(encoder.codec, rate=film.frame_rate, options=settings)
        assert isinstance(stream, VideoStream)
        stream.time_base = SEGMENT_TICK
        configure(stream.codec_context, film, encoder, self._format)
        self._container, self._stream = container, stream

    def _picture(self, frame: Frame) -> av.VideoFrame:
        picture = picture_of(frame, self._film, self._format, self._layout)
        picture = self._marker.marked(picture, frame.facts)
        tag_colors(picture, self._film.color)
        picture.pts = frame.time.pts - self._first_pts
        picture.duration, picture.time_base = frame.time.duration, frame.time.time_base
        return picture

    def _encode(self, picture: av.VideoFrame | None) -> None:
        assert self._container is not None
        assert self._stream is not None
        is_opening = not self._stream.codec_context.is_open
        packets = self._stream.encode(picture)
        if is_opening:
            end_realtime()
        for packet in packets:
            packet.time_base = SEGMENT_TICK
            self._container.mux_one(packet)


def tag_colors(coded: VideoCodecContext | av.VideoFrame, color: ColorTags) -> None:
    """Some encoders read the tags of their context, some those of the frame."""
    coded.color_primaries, coded.color_trc = color.primaries, color.transfer
    coded.colorspace, coded.color_range = color.matrix, 2 if color.full_range else 1
