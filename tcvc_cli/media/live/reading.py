"""The frames of a film as they come, and the packets of its sound between them.

Nothing of it is read twice, and nothing is held but what the decoder holds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

import av
from av.audio.stream import AudioStream
from av.codec.context import ThreadType
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet

from tcvc_cli.errors import EmptyFilm, MediaError, NotAFilm, TcvcError, TruncatedFilm
from tcvc_cli.media.live.handles import Inlet
from tcvc_cli.media.pipes import HEAD_BYTES, format_like, suffix_of
from tcvc_cli.media.planes import Frame, pixel_format, read_planes
from tcvc_cli.media.read.changes import FactsWatch
from tcvc_cli.media.read.clock import Clock
from tcvc_cli.media.read.frame_facts import FactsReader
from tcvc_cli.media.read.probe import (
    color_tags,
    demuxed,
    film_info,
    film_stream,
    open_film,
    shown_at,
    stated_tags,
)
from tcvc_cli.media.shape.chroma_siting import Y4M, Y4M_HEAD_BYTES, head_of
from tcvc_cli.media.versions import UNREADABLE_TAGS
from tcvc_cli.records import FilmInfo, FrameTime, PipeFormat, StreamInfo

STDIN: Final = Path("stdin")  # what a film from there is called
_DEMUXERS: Final[Mapping[str, str]] = MappingProxyType(
    {".y4m": "yuv4mpegpipe", ".nut": "nut", ".mkv": "matroska", ".ts": "mpegts"}
)
_SUFFIX_OF: Final = {"yuv4mpegpipe": ".y4m", "nut": ".nut"}
_MOST_BEFORE: Final = 4096  # packets of other streams before the first picture
_ADVICE: Final = "What came before it is coloured; see whether the program before tcvc failed."


class Sound:
    """A packet of a stream that is carried as it is."""

    __slots__ = ("packet",)

    def __init__(self, packet: Packet[Any]) -> None:
        self.packet = packet


class LiveReader:
    """A context manager. `film` is known from the first picture on, when this has been made.

    Raises EmptyFilm, NotAFilm, NoVideoStream or TruncatedFilm.
    """

    def __init__(self, source: Inlet | Path) -> None:
        self._inlet = None if isinstance(source, Path) else source
        self._path = source if isinstance(source, Path) else STDIN
        self._head = head_of(source) if isinstance(source, Path) else _y4m_head(source)
        self._container = open_film(source) if isinstance(source, Path) else _opened(source)
        self._stream = film_stream(self._container, self._path)
        # Threads that take a frame each give it out when the others have theirs.
        self._stream.thread_type = ThreadType.SLICE
        self._tags = stated_tags(self._stream)
        self._positions = deque[tuple[int, int]](maxlen=2)  # of packets of the film, and their sizes
        self._trouble: TcvcError | None = None
        self._count = 0  # pictures
        self._last_is_corrupt = False
        self._items = self._decoded()
        self._first: list[av.VideoFrame | Sound] = []
        self.film = self._probed()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    @property
    def kind(self) -> PipeFormat:
        """Of the formats that a film goes out in, the one that is like this film's own."""
        return format_like(Path(f"film{_SUFFIX_OF.get(self._container.format.name, '')}"))

    @property
    def sounds(self) -> tuple[AudioStream, ...]:
        return tuple(self._container.streams.audio)

    def left_out(self, *, has_sound: bool) -> tuple[StreamInfo, ...]:
        """The streams that are not among the items, or not wanted."""
        kept = {self._stream.index} | ({one.index for one in self.sounds} if has_sound else set())
        return tuple(one for one in self.film.streams if one.index not in kept)

    def items(self) -> Iterator[Frame | Sound]:
        """Frames with times that rise, and sound, as they come.

        Raises ChangingFilm at a frame of another size, format or range, TruncatedFilm behind the last frame
        when the film ends in the middle of one.
        """
        clock, watch = Clock(self.film), FactsWatch(self.film, refuses_changes=True)
        facts, number = FactsReader(self._stream.codec_context), 0
        for item in self._all():
            if isinstance(item, Sound):
                yield item
                continue
            frame = self._frame(number, item, clock, facts)
            assert frame.facts is not None
            watch.see(number, frame.time, frame.facts)
            yield frame
            number += 1
        trouble = self._trouble or self._trouble_at_end()
        if trouble is not None:
            raise trouble

    def _all(self) -> Iterator[av.VideoFrame | Sound]:
        first, self._first = self._first, []
        yield from first
        del first
        yield from self._items

    def _frame(self, number: int, picture: av.VideoFrame, clock: Clock, facts: FactsReader) -> Frame:
        stated = picture.duration or 0
        pts = clock.next(shown_at(self._container, picture), stated)
        time = FrameTime(pts, clock.last_duration(stated), self.film.time_base)
        return Frame(number, time, *read_planes(picture), facts.of(picture))

    def _probed(self) -> FilmInfo:
        for item in self._items:
            self._first.append(item)
            if isinstance(item, av.VideoFrame):
                color = color_tags(self._tags, stated_tags(self._stream), pixel_format(item.format.name))
                return film_info(self._path, self._container, self._stream, item, color, self._head)
            if len(self._first) > _MOST_BEFORE:
                break
        raise self._trouble or EmptyFilm(f"{self._path.name} holds no frame that can be decoded")

    def _decoded(self) -> Iterator[av.VideoFrame | Sound]:
        try:
            for packet in demuxed(self._container):
                if packet.size and packet.stream_index == self._stream.index:
                    yield from self._pictures(packet)
                elif packet.size and packet.stream.type == "audio":
                    yield Sound(packet)
            yield from self._pictures(None)
        except MediaError as error:
            self._trouble = error
        except FFmpegError:
            self._trouble = self._truncated()
        except OSError as error:
            self._trouble = MediaError(f"could not read {self._path.name}: {error.strerror or error}")

    def _pictures(self, packet: Packet[Any] | None) -> Iterator[av.VideoFrame]:
        if packet is not None:
            self._last_is_corrupt = packet.is_corrupt
            if packet.is_corrupt:
                return
            self._positions.append((packet.pos or 0, packet.size))
        try:
            pictures = self._stream.decode(packet)
        except FFmpegError as error:
            if self._count == 0:
                return  # broadcasts begin in the middle of a group of pictures
            what = f"{self._path.name} is damaged after frame {self._count - 1}"
            raise MediaError(what, _ADVICE) from error
        self._count += len(pictures)
        yield from pictures

    def _trouble_at_end(self) -> TcvcError | None:
        is_cut = self._last_is_corrupt or self._bytes_behind() > 0
        return self._truncated() if is_cut else None

    def _bytes_behind(self) -> int:
        """Of a y4m stream, which libav ends in silence, those behind its last complete frame."""
        if self._inlet is None or self._container.format.name != "yuv4mpegpipe" or not self._positions:
            return 0
        (first, size), (last, _) = self._positions[0], self._positions[-1]
        frame_bytes = last - first if last > first else size + len(b"FRAME\n")
        return self._inlet.bytes - (last + frame_bytes)

    def _truncated(self) -> TruncatedFilm:
        name = self._path.name
        return TruncatedFilm(f"{name} ends in the middle of a frame, after {self._count} frames", _ADVICE)


def _y4m_head(inlet: Inlet) -> bytes:
    """Nothing of other films, which may come slowly."""
    return inlet.peek(Y4M_HEAD_BYTES) if inlet.peek(len(Y4M)) == Y4M else b""


def _opened(inlet: Inlet) -> InputContainer:
    suffix = suffix_of(_head_of(inlet))
    try:
        container: InputContainer = av.open(
            inlet, "r", format=_DEMUXERS[suffix], buffer_size=2**15, **UNREADABLE_TAGS
        )
        return container
    except (FFmpegError, ValueError) as error:
        raise NotAFilm(f"what came through stdin begins as {suffix[1:]}, and is none") from error


def _head_of(inlet: Inlet) -> bytes:
    """As much as it takes to know it, no more: a film may come slowly."""
    head = inlet.peek(32)
    try:
        suffix_of(head)
    except NotAFilm:
        return inlet.peek(HEAD_BYTES)
    return head


def seconds_of(film: FilmInfo, item: Frame | Sound) -> Fraction | None:
    """When it is shown or heard, counted from the first frame; None where the film does not say."""
    if isinstance(item, Frame):
        return item.time.seconds - film.start_s
    packet = item.packet
    return None if packet.pts is None else packet.pts * packet.time_base - film.start_s
