"""Finished planes into segments: one encoded video stream in a file of its own.

A segment is Matroska, because Matroska holds every codec used here. It counts in milliseconds, which
would round the film's clock, so in a segment one Matroska tick stands for one tick of the film's
`time_base`, counted from the segment's first frame; the tag FIRST_PTS holds where that is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.codec.context import Flags, ThreadType
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from tcvc_cli.errors import OutputError, UsageError
from tcvc_cli.media.failures import writing
from tcvc_cli.media.planes import Frame, Plane, pixel_format, planar_name, write_planes
from tcvc_cli.records import ColorTags, FilmInfo, PixelFormat

SEGMENT_TICK = Fraction(1, 1000)  # what Matroska calls a tick
FIRST_PTS = "FIRST_PTS"


@dataclass(frozen=True, slots=True)
class Encoder:
    """A codec of libav with its settings. `depths` and `shifts` are what it keeps as it is."""

    codec: str
    options: Mapping[str, str]
    depths: tuple[int, ...]
    gop_size: int
    thread_type: ThreadType


ENCODERS: Mapping[str, Encoder] = {
    "access": Encoder(
        "libx264", {"crf": "14", "preset": "faster", "flags": "+cgop"}, (8, 10), 240, ThreadType.FRAME
    ),
    "master": Encoder("ffv1", {"level": "3", "slicecrc": "1"}, (8, 9, 10, 12, 14, 16), 1, ThreadType.SLICE),
    "prores": Encoder("prores_ks", {"profile": "hq"}, (8, 10), 1, ThreadType.SLICE),
}


def encoder_of(preset: str) -> Encoder:
    """Raises UsageError for a preset that does not exist."""
    if preset not in ENCODERS:
        raise UsageError(f"--preset is {preset}; it takes {', '.join(ENCODERS)}")
    return ENCODERS[preset]


def output_format(film: FilmInfo, preset: str) -> PixelFormat:
    """The planes that the preset's encoder is given: the film's depth, and chroma no coarser than the
    film's wherever the encoder can.

    Grey films get 4:2:0, RGB 4:4:4. H.264 takes odd sizes in 4:4:4 only, so an odd film gets that.
    ProRes is always 4:2:2 of 10 bit. Raises OutputError when the encoder would lower the depth.
    """
    source, encoder = film.pixel_format, encoder_of(preset)
    if source.bit_depth not in encoder.depths:
        raise OutputError(
            f"the film has {source.bit_depth} bit and {encoder.codec} cannot keep them",
            "Use --preset master, which keeps every bit.",
        )
    if preset == "prores":
        return pixel_format("yuv422p10le")
    shift_x, shift_y = _chroma_shifts(source)
    if preset == "access":
        shift_x, shift_y = _shifts_for_h264(film, shift_x, shift_y)
    return pixel_format(planar_name(bit_depth=source.bit_depth, shift_x=shift_x, shift_y=shift_y))


def luma_for_output(luma: Plane, source: PixelFormat, target: PixelFormat) -> Plane:
    """The film's luma at the output's depth: value * 2**(more bits), exactly; the same array when the
    depth is the same."""
    more_bits = target.bit_depth - source.bit_depth
    return luma if more_bits == 0 else np.left_shift(luma, more_bits, dtype=np.uint16)


class SegmentWriter:
    """Encodes frames of `film` into the file `path`; a context manager.

    Frames come in rising time order, with planes as `output_format` says (an 8-bit luma is raised to
    the output's depth here). When the block ends by an exception, the file is closed and removed.
    Raises DiskFull, OutputError or MediaError.
    """

    def __init__(self, path: Path, film: FilmInfo, preset: str) -> None:
        self._path, self._film = path, film
        self._format = output_format(film, preset)
        self._encoder = encoder_of(preset)
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
        container = av.open(f"file:{self._path}", "w", format="matroska")
        container.metadata[FIRST_PTS] = str(first_pts)
        stream = container.add_stream(encoder.codec, rate=film.frame_rate, options=dict(encoder.options))
        assert isinstance(stream, VideoStream)
        stream.time_base = SEGMENT_TICK
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = film.width_px, film.height_px, self._format.name
        context.time_base, context.gop_size = film.time_base, encoder.gop_size
        context.thread_type, context.flags = encoder.thread_type, context.flags | Flags.frame_duration
        context.sample_aspect_ratio = film.sample_aspect
        tag_colors(context, film.color)
        self._container, self._stream = container, stream

    def _picture(self, frame: Frame) -> av.VideoFrame:
        source = self._film.pixel_format
        luma = luma_for_output(frame.luma, source, self._format) if frame.luma.itemsize == 1 else frame.luma
        picture = write_planes(luma, frame.cb, frame.cr, self._format)
        tag_colors(picture, self._film.color)
        picture.pts = frame.time.pts - self._first_pts
        picture.duration, picture.time_base = frame.time.duration, frame.time.time_base
        return picture

    def _encode(self, picture: av.VideoFrame | None) -> None:
        assert self._container is not None
        assert self._stream is not None
        for packet in self._stream.encode(picture):
            packet.time_base = SEGMENT_TICK
            self._container.mux_one(packet)


def tag_colors(coded: VideoCodecContext | av.VideoFrame, color: ColorTags) -> None:
    """Some encoders read the tags of their context, some those of the frame."""
    coded.color_primaries, coded.color_trc = color.primaries, color.transfer
    coded.colorspace, coded.color_range = color.matrix, 2 if color.full_range else 1


def _chroma_shifts(source: PixelFormat) -> tuple[int, int]:
    if source.is_grey:
        return 1, 1
    if source.is_rgb:
        return 0, 0
    return source.chroma_shift_x, source.chroma_shift_y


def _shifts_for_h264(film: FilmInfo, shift_x: int, shift_y: int) -> tuple[int, int]:
    """H.264 has 4:2:0, 4:2:2 and 4:4:4, and chroma of whole samples."""
    shift_x, shift_y = min(shift_x, 1), min(shift_y, 1)
    if film.width_px % 2 or (shift_y and film.height_px % 2) or (shift_x, shift_y) == (0, 1):
        return 0, 0
    return shift_x, shift_y
