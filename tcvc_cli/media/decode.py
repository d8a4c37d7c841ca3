"""The frames of a film, one after another, none lost and none invented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tcvc_cli.errors import EmptyFilm, MediaError, TruncatedFilm
from tcvc_cli.media.planes import Frame, Plane, read_planes
from tcvc_cli.media.probe import open_film
from tcvc_cli.records import FilmInfo, FrameTime


def read_frames(film: FilmInfo, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
    """Frames `[start, stop)` of the film with their exact planes, to the end when `stop` is None.

    Raises TruncatedFilm when the end is reached and the film promised more, EmptyFilm when there was
    no frame at all, MediaError when a frame in the middle cannot be decoded.
    """
    for number, (picture, time) in enumerate(_pictures(film)):
        if stop is not None and number >= stop:
            return
        if number >= start:
            yield Frame(number, time, *read_planes(picture))


def read_small_luma(film: FilmInfo, long_side_px: int = 128) -> Iterator[tuple[FrameTime, NDArray[np.uint8]]]:
    """Every frame's luma, averaged down to `long_side_px`, as (h, w) uint8 code values.

    Deeper films are brought to 8 bit by dropping the low bits. Raises as `read_frames` does.
    """
    scale = min(1.0, long_side_px / max(film.size_px))
    size = max(1, round(film.width_px * scale)), max(1, round(film.height_px * scale))
    drop_bits = film.pixel_format.bit_depth - 8
    for picture, time in _pictures(film):
        yield time, _small(read_planes(picture)[0], size, drop_bits)


def _small(luma: Plane, size: tuple[int, int], drop_bits: int) -> NDArray[np.uint8]:
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    return np.right_shift(small, drop_bits).astype(np.uint8)


def _pictures(film: FilmInfo) -> Iterator[tuple[av.VideoFrame, FrameTime]]:
    """Decoded frames in presentation order, each with a time that rises and lasts until the next."""
    clock = _Clock(film)
    held: tuple[av.VideoFrame, int] | None = None
    with open_film(film.path) as container:
        stream = container.streams[film.video_index]
        assert isinstance(stream, VideoStream)
        for picture in _decoded(film, container, stream):
            pts = clock.next(picture.pts)
            if held is not None:
                yield held[0], FrameTime(held[1], pts - held[1], film.time_base)
            held = picture, pts
    if held is None:
        raise EmptyFilm(f"{film.path.name} holds no frame that can be decoded")
    yield held[0], FrameTime(held[1], clock.last_duration(held[0].duration), film.time_base)


class _Clock:
    """Repairs presentation times: a missing one is one frame later, one that does not rise is put
    right behind its predecessor, so that no frame is lost."""

    def __init__(self, film: FilmInfo) -> None:
        self._step = max(1, round(1 / (film.frame_rate * film.time_base)))
        self._last: int | None = None

    def next(self, pts: int | None) -> int:
        if self._last is None:
            self._last = 0 if pts is None else pts
        elif pts is None:
            self._last += self._step
        else:
            self._last = max(pts, self._last + 1)
        return self._last

    def last_duration(self, duration: int) -> int:
        return duration if duration > 0 else self._step


def _decoded(film: FilmInfo, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    stream.thread_type = "AUTO"
    progress = _Progress()
    for packet in container.demux(*container.streams):
        if packet.size == 0:
            continue
        progress.see(packet.time_base, packet.pts, packet.duration)
        if packet.stream_index == stream.index:
            yield from _tried(film, stream, packet, progress)
    yield from _tried(film, stream, None, progress)
    if progress.end_s < _promised_end_s(container, stream) - _slack_s(film):
        raise TruncatedFilm(f"{film.path.name} ends {progress.frames} frames in, before its header says")


@dataclass(slots=True)
class _Progress:
    frames: int = 0
    end_s: Fraction = Fraction(0)

    def see(self, time_base: Fraction, pts: int | None, duration: int | None) -> None:
        if pts is not None:
            self.end_s = max(self.end_s, (pts + (duration or 0)) * time_base)


def _tried(
    film: FilmInfo, stream: VideoStream, packet: av.Packet[Stream] | None, progress: _Progress
) -> Iterator[av.VideoFrame]:
    try:
        pictures = stream.codec_context.decode(packet)
    except FFmpegError as error:
        if progress.frames == 0:
            return  # broadcast recordings begin in the middle of a group of pictures
        raise MediaError(f"{film.path.name} is damaged after frame {progress.frames - 1}") from error
    progress.frames += len(pictures)
    yield from pictures


def _promised_end_s(container: InputContainer, stream: VideoStream) -> Fraction:
    start = container.start_time or 0
    return Fraction(start + (container.duration or 0), av.time_base)


def _slack_s(film: FilmInfo) -> Fraction:
    return max(Fraction(1, 2), 3 / film.frame_rate)
