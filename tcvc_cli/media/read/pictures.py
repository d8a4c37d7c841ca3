"""The pictures of a film as they are decoded, each with its time and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet

from tcvc_cli.errors import EmptyFilm, MediaError, TcvcError, TruncatedFilm
from tcvc_cli.media.read.clock import Clock
from tcvc_cli.media.read.damage.packets import DamageWatch
from tcvc_cli.media.read.frame_facts import FactsReader
from tcvc_cli.media.read.probe import demuxed, film_stream, open_film, shown_at
from tcvc_cli.media.read.seen.frame_index import IndexWriter, KeyPacket, noted
from tcvc_cli.media.read.stated_length import (
    TRUSTED_GAP_S,
    counts_held_pictures,
    is_mere_claim,
    stated_end_s,
    stated_file_end_s,
)
from tcvc_cli.media.structure.integrity.ffv1_checksums import has_intact_slices
from tcvc_cli.media.structure.integrity.truncation import is_cut_short
from tcvc_cli.records import DamagedPacket, FilmInfo, FrameFacts, FrameTime

_ROUNDED_FRAMES = Fraction(3, 2)
Mark = Callable[["Packet[Any]", int], KeyPacket | None]


@dataclass(frozen=True, slots=True)
class Picture:
    """Frame `number` of the film, counted from 0, as it was decoded; and what was found to be damaged in the
    other streams, or not to be there, since the one before."""

    number: int
    decoded: av.VideoFrame
    time: FrameTime
    facts: FrameFacts
    damaged_beside: tuple[DamagedPacket, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture without a number, and the packet that it came of, if that was marked."""

    picture: av.VideoFrame
    facts: FrameFacts
    key_packet: KeyPacket | None


def pictures_from_start(film: FilmInfo) -> Iterator[Picture]:
    """All frames in presentation order, each with a time that rises and lasts until the next.

    The last frame before an error is given out before the error is. What is seen is kept for readings that
    begin later in the film. Raises TruncatedFilm, EmptyFilm or MediaError.
    """
    with noted(film) as index, open_film(film.path) as container:
        reader = Reader(film, container, demuxed(container), _no_mark if index is None else index.mark)
        for picture in timed(film, reader, reader.pictures(), Clock(film), index=index):
            if index is not None:
                index.see(picture.decoded, picture.time, picture.facts)
            yield picture
        if index is not None:
            index.is_complete = True


def _no_mark(_: Packet[Any], __: int) -> None:
    return None


def _mark_of(picture: av.VideoFrame) -> KeyPacket | None:
    mark = picture.opaque
    return mark if isinstance(mark, KeyPacket) else None


def timed(
    film: FilmInfo,
    reader: Reader,
    pictures: Iterable[Decoded],
    clock: Clock,
    *,
    first: int = 0,
    index: IndexWriter | None = None,
) -> Iterator[Picture]:
    """The pictures of `reader` with their times, numbered from `first`; `index` hears which are key frames.

    The last one before an error is given out before the error is.
    """
    number, held, pts, end = first, None, 0, 0
    failure: TcvcError | None = None
    try:
        for one in pictures:
            if index is not None and one.key_packet is not None:
                at = number + (held is not None)
                index.see_key_frame(at, one.key_packet, clock.state, one.facts)
            before, pts = pts, clock.next(reader.shown_at(one.picture), one.picture.duration or 0)
            if held is not None:
                time = FrameTime(before, pts - before, film.time_base)
                yield Picture(number, held.picture, time, held.facts, reader.damage.beside())
                number += 1
            held = one
        end = reader.stated_end()
    except TcvcError as error:
        failure = error
    if held is not None:
        duration = max(clock.last_duration(held.picture.duration or 0), end - pts)
        time = FrameTime(pts, duration, film.time_base)
        yield Picture(number, held.picture, time, held.facts, reader.damage.beside())
    elif failure is None:
        failure = EmptyFilm(f"{film.path.name} holds no frame that can be decoded")
    if failure is not None:
        raise failure


class Reader:
    """Decodes one film from the first of `packets` on; counts what it sees, to know a false end from a true
    one. `mark` is given each packet of the film and its number among `packets`."""

    def __init__(
        self,
        film: FilmInfo,
        container: InputContainer,
        packets: Iterable[Packet[Any]],
        mark: Mark,
        *,
        has_alpha: bool = False,
    ) -> None:
        self._film, self._container = film, container
        self._demuxed, self._mark = packets, mark
        self._stream = film_stream(container, film.path)
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.copy_opaque = True  # so that marks go from packets to pictures
        self.damage = DamageWatch(film, container, self._stream)
        self._facts = FactsReader(self._stream.codec_context, has_alpha=has_alpha)
        self._packets = self._frames = 0
        self._hidden = 0  # packets that an edit list leaves out: they are decoded, not shown
        self._video_end_s = self._file_end_s = self._last_s = Fraction(0)
        self._is_last_corrupt = False
        self._trouble: Callable[[], TcvcError] | None = None
        self._has_checksums = self._stream.codec_context.codec.canonical_name == "ffv1"

    def pictures(self) -> Iterator[Decoded]:
        """All frames with their facts. Raises TruncatedFilm or MediaError behind the last good one."""
        for number, packet in enumerate(self._complete_packets()):
            mark = self._mark(packet, number)
            # PyAV forgets an object with the first of its bearers: each packet has one of its own.
            packet.opaque = None if mark is None else replace(mark)
            yield from self._decode(packet)
        yield from self._decode(None)
        self.damage.end(self._missing_at_end())
        trouble = self._trouble or self._trouble_at_end()
        if trouble is not None:
            raise trouble()

    def shown_at(self, picture: av.VideoFrame) -> int | None:
        """When the file says that `picture` is shown, in ticks; None where it does not say."""
        return shown_at(self._container, picture)

    def stated_end(self) -> int:
        """When the last picture is over, in ticks, where the container says it; else 0. A last picture may
        be held for long."""
        end_s = stated_end_s(self._container, self._stream)
        if end_s is None or not counts_held_pictures(self._container):
            return 0
        return round(end_s / self._film.time_base)

    def _complete_packets(self) -> Iterator[Packet[Any]]:
        """The film's packets up to the first that is not complete; a packet whose end is not in the file
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
            for packet in self._demuxed:
                self._see(packet)
                if packet.size and packet.stream_index == self._stream.index:
                    self._packets += 1
                    self._hidden += packet.is_discard
                    yield packet
        except FFmpegError:
            self._trouble = self._truncated

    def _see(self, packet: Packet[Any]) -> None:
        self.damage.see(packet)
        self._is_last_corrupt = packet.is_corrupt if packet.size else self._is_last_corrupt
        if packet.pts is not None:
            end_s = (packet.pts + (packet.duration or 0)) * packet.time_base
            self._file_end_s = max(self._file_end_s, end_s)
            if packet.stream_index == self._stream.index:
                self._video_end_s = max(self._video_end_s, end_s)

    def _decode(self, packet: Packet[Any] | None) -> Iterator[Decoded]:
        try:
            pictures = self._stream.decode(packet)
        except FFmpegError as error:
            if self._frames == 0:
                return  # broadcast recordings begin in the middle of a group of pictures
            raise self._damaged() from error
        self._frames += len(pictures)
        self._see_time(pictures)
        for one in pictures:
            facts = self._facts.of(one, is_packet_damaged=self.damage.take(one))
            yield Decoded(one, facts, _mark_of(one))

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

    def _missing_at_end(self) -> int:
        """Frames that a track of Matroska or MP4 is shorter than its own header says."""
        if not counts_held_pictures(self._container) or self._video_end_s == 0:
            return 0
        stated_s = stated_end_s(self._container, self._stream)
        missing = 0 if stated_s is None else (stated_s - self._video_end_s) * self._film.frame_rate
        return round(missing) if missing > _ROUNDED_FRAMES else 0

    def _missing_s(self) -> Fraction:
        """How much earlier the film ends than its track's tag or duration says, else the file than its."""
        stated_s = stated_end_s(self._container, self._stream)
        if stated_s is not None:
            counted_s = self._film.start_s + self._frames / self._film.frame_rate
            return stated_s - (self._video_end_s or counted_s)
        return stated_file_end_s(self._container) - self._file_end_s

    def _truncated(self) -> TcvcError:
        return TruncatedFilm(f"{self._film.path.name} ends after {self._frames} frames, before it should")

    def _damaged(self) -> TcvcError:
        last_s = float(self._last_s - self._film.start_s + 1 / self._film.frame_rate)
        return MediaError(
            f"{self._film.path.name} is damaged after frame {self._frames - 1}, about {last_s:.1f} s in",
            "Copy it again, or colour the complete parts with {start_s} and {end_s}.",
        )
