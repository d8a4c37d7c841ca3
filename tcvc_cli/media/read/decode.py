"""The frames of a film, one after another, none lost and none invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from numpy.typing import NDArray

from tcvc_cli.errors import EmptyFilm, MediaError, TcvcError, TruncatedFilm
from tcvc_cli.media.planes import Frame, Plane, read_luma, read_planes
from tcvc_cli.media.read.clock import Clock
from tcvc_cli.media.read.ffv1_checksums import has_intact_slices
from tcvc_cli.media.read.frame_facts import FactsReader
from tcvc_cli.media.read.orientation import UPRIGHT, turn_of, turned
from tcvc_cli.media.read.probe import demuxed, film_stream, open_film, shown_at
from tcvc_cli.media.read.stated_length import (
    TRUSTED_GAP_S,
    counts_held_pictures,
    is_mere_claim,
    stated_end_s,
    stated_file_end_s,
)
from tcvc_cli.media.structure.truncation import is_cut_short
from tcvc_cli.records import FilmInfo, FrameFacts, FrameTime

Small = NDArray[np.uint8]


def read_frames(film: FilmInfo, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
    """Frames `[start, stop)` of the film with their exact planes, to the end when `stop` is None.

    Raises TruncatedFilm when the end is reached and the film promised more, EmptyFilm when there was
    no frame at all, MediaError when a frame in the middle cannot be decoded.
    """
    turn = turn_of(film.path) if film.is_photograph else UPRIGHT
    for number, (picture, time, facts) in enumerate(_pictures(film)):
        if number >= start:
            luma, cb, cr = (None if one is None else turned(one, turn) for one in read_planes(picture))
            assert luma is not None
            yield Frame(number, time, luma, cb, cr, facts)
        if stop is not None and number + 1 >= stop:
            return


def read_small_luma(film: FilmInfo, long_side_px: int = 128) -> Iterator[tuple[FrameTime, Small]]:
    """Every frame's luma, averaged down to `long_side_px`, as (h, w) uint8 code values.

    Deeper films are brought to 8 bit by dropping the low bits. Raises as `read_frames` does.
    """
    for frame in read_small_frames(film, None, long_side_px):
        yield frame.time, frame.luma


@dataclass(frozen=True, slots=True)
class SmallFrame:
    """A frame averaged down, as uint8 code values: `luma` (h, w), and `in_cells` luma, cb and cr; None where
    nobody asked, or the frame is grey."""

    time: FrameTime
    luma: Small
    in_cells: tuple[Small, Small, Small] | None
    facts: FrameFacts


def read_small_frames(
    film: FilmInfo, cells: tuple[int, int] | None, long_side_px: int = 128
) -> Iterator[SmallFrame]:
    """As `read_small_luma`, and beside it the planes averaged to `cells` (columns, rows)."""
    size = _small_size(film, long_side_px)
    for picture, time, facts in _pictures(film):
        drop_bits = facts.pixel_format.bit_depth - 8
        luma, cb, cr = (read_luma(picture), None, None) if cells is None else read_planes(picture)
        in_cells = None
        if cells is not None and cb is not None and cr is not None:
            in_cells = (
                _small(luma, cells, drop_bits),
                _small(cb, cells, drop_bits),
                _small(cr, cells, drop_bits),
            )
        yield SmallFrame(time, _small(luma, size, drop_bits), in_cells, facts)


def _small_size(film: FilmInfo, long_side_px: int) -> tuple[int, int]:
    scale = min(1.0, long_side_px / max(film.size_px))
    return max(1, round(film.width_px * scale)), max(1, round(film.height_px * scale))


def _small(luma: Plane, size: tuple[int, int], drop_bits: int) -> Small:
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    return np.right_shift(small, drop_bits).astype(np.uint8)


def _pictures(film: FilmInfo) -> Iterator[tuple[av.VideoFrame, FrameTime, FrameFacts]]:
    """Decoded frames in presentation order, each with a time that rises and lasts until the next.

    The last frame before an error is given out before the error is.
    """
    clock = Clock(film)
    held: tuple[av.VideoFrame, FrameFacts, int] | None = None
    failure: TcvcError | None = None
    end = 0
    with open_film(film.path) as container:
        reader = _Reader(film, container)
        try:
            for picture, facts in reader.pictures():
                pts = clock.next(shown_at(container, picture), picture.duration or 0)
                if held is not None:
                    yield held[0], FrameTime(held[2], pts - held[2], film.time_base), held[1]
                held = picture, facts, pts
            end = reader.stated_end()
        except TcvcError as error:
            failure = error
    if held is not None:
        duration = max(clock.last_duration(held[0].duration or 0), end - held[2])
        yield held[0], FrameTime(held[2], duration, film.time_base), held[1]
    elif failure is None:
        failure = EmptyFilm(f"{film.path.name} holds no frame that can be decoded")
    if failure is not None:
        raise failure


class _Reader:
    """Decodes one film from its beginning; counts what it sees, to know a false end from a true one."""

    def __init__(self, film: FilmInfo, container: InputContainer) -> None:
        self._film, self._container = film, container
        self._stream = film_stream(container, film.path)
        self._stream.thread_type = "AUTO"
        self._facts = FactsReader(self._stream.codec_context)
        self._packets = self._frames = 0
        self._hidden = 0  # packets that an edit list leaves out: they are decoded, not shown
        self._video_end_s = self._file_end_s = self._last_s = Fraction(0)
        self._is_last_corrupt = False
        self._trouble: Callable[[], TcvcError] | None = None
        self._has_checksums = self._stream.codec_context.codec.canonical_name == "ffv1"

    def pictures(self) -> Iterator[tuple[av.VideoFrame, FrameFacts]]:
        """All frames with their facts. Raises TruncatedFilm or MediaError behind the last good one."""
        for packet in self._whole_packets():
            yield from self._decode(packet)
        yield from self._decode(None)
        trouble = self._trouble or self._trouble_at_end()
        if trouble is not None:
            raise trouble()

    def stated_end(self) -> int:
        """When the last picture is over, in ticks, where the container says it; else 0. A last picture may
        be held for long."""
        end_s = stated_end_s(self._container, self._stream)
        if end_s is None or not counts_held_pictures(self._container):
            return 0
        return round(end_s / self._film.time_base)

    def _whole_packets(self) -> Iterator[Packet[Any]]:
        """The film's packets up to the first that is not whole; a packet whose end is not in the file
        is the last and marked as corrupt."""
        held: Packet[Any] | None = None
        for packet in self._film_packets():
            if held is not None:
                yield held
            held = packet
            if self._has_checksums and not has_intact_slices(bytes(packet)):
                self._has_checksums = self._packets > 1  # without any, the first one fails
                if self._has_checksums:
                    self._trouble = self._damaged
                    return
        if held is not None and not held.is_corrupt:
            yield held
        elif held is not None:
            self._trouble = self._truncated

    def _film_packets(self) -> Iterator[Packet[Any]]:
        try:
            for packet in demuxed(self._container):
                self._see(packet)
                if packet.size and packet.stream_index == self._stream.index:
                    self._packets += 1
                    self._hidden += packet.is_discard
                    yield packet
        except FFmpegError:
            self._trouble = self._truncated

    def _see(self, packet: Packet[Any]) -> None:
        self._is_last_corrupt = packet.is_corrupt if packet.size else self._is_last_corrupt
        if packet.pts is not None:
            end_s = (packet.pts + (packet.duration or 0)) * packet.time_base
            self._file_end_s = max(self._file_end_s, end_s)
            if packet.stream_index == self._stream.index:
                self._video_end_s = max(self._video_end_s, end_s)

    def _decode(self, packet: Packet[Any] | None) -> Iterator[tuple[av.VideoFrame, FrameFacts]]:
        try:
            pictures = self._stream.decode(packet)
        except FFmpegError as error:
            if self._frames == 0:
                return  # broadcast recordings begin in the middle of a group of pictures
            raise self._damaged() from error
        self._frames += len(pictures)
        self._see_time(pictures)
        yield from ((picture, self._facts.of(picture)) for picture in pictures)

    def _see_time(self, pictures: Sequence[av.VideoFrame]) -> None:
        """For people, so that they know where to look: as players count."""
        for picture in pictures:
            pts = shown_at(self._container, picture)
            step_s = 1 / self._film.frame_rate
            self._last_s = self._last_s + step_s if pts is None else pts * self._film.time_base

    def _trouble_at_end(self) -> Callable[[], TcvcError] | None:
        if self._is_cut():
            return self._truncated
        is_one_to_one = self._stream.codec_context.codec.intra_only
        return self._damaged if is_one_to_one and self._frames < self._packets - self._hidden else None

    def _is_cut(self) -> bool:
        """Bytes are missing and so are frames; where bytes cannot tell, a long gap at the end counts."""
        gap_s, frame_s = self._missing_s(), 1 / self._film.frame_rate
        cut = is_cut_short(self._film.path) if self._film.path.is_file() else None
        if cut is None:
            is_broken_off = self._is_last_corrupt or not is_mere_claim(self._container)
            return is_broken_off and gap_s > max(TRUSTED_GAP_S, 3 * frame_s)
        return cut and (self._packets < self._stream.frames or gap_s > frame_s / 2)

    def _missing_s(self) -> Fraction:
        """How much earlier the film ends than its track's tag or duration says, else the file than its."""
        stated_s = stated_end_s(self._container, self._stream)
        if stated_s is not None:
            return stated_s - self._video_end_s
        return stated_file_end_s(self._container) - self._file_end_s

    def _truncated(self) -> TcvcError:
        return TruncatedFilm(f"{self._film.path.name} ends after {self._frames} frames, before it should")

    def _damaged(self) -> TcvcError:
        last_s = float(self._last_s - self._film.start_s + 1 / self._film.frame_rate)
        return MediaError(
            f"{self._film.path.name} is damaged after frame {self._frames - 1}, about {last_s:.1f} s in",
            "Copy it again, or colour the complete parts with {start_s} and {end_s}.",
        )
