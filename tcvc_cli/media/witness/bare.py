"""The packets of a film as FFmpeg hands them out when nothing is asked of it: no option but that it opens no
other file, no repaired clock, no priming, no index."""

from __future__ import annotations

import zlib
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from tcvc_cli.media.read.one_file import ONE_FILE_ALONE
from tcvc_cli.media.versions import UNREADABLE_TAGS

NO_TIME = -(1 << 63)
_BARE = 0x80  # AVFMT_NOTIMESTAMPS: coded pictures one after another, which have a rate and no times
_ADTS_HEAD = (7, 9)  # bytes without and with a checksum: ISO/IEC 13818-7, 6.2
_SHOWN = ("video", "audio", "subtitle")
_EMPTY_TEXT = b"\0\0"  # with which MP4 fills the pauses between subtitles
_BESIDE = Disposition.attached_pic | Disposition.timed_thumbnails


@dataclass(slots=True)
class BareTrack:
    """The packets of one stream in the order of the file, 28 bytes each: shown at `starts` and decoded at
    `decoded` (`NO_TIME` where the file does not say), for `lengths`, all in ticks of `tick_s` seconds; the
    CRC-32 of the payload (0 of pictures), and the number of the packet among all of the file. `hidden`: how
    many packets an edit list leaves out; they are not among the others. `is_guessed`: sound that begins
    late, of which FFmpeg did not know the length of a packet when it opened the file, so that times of single
    packets are guessed. `has_heads`: AAC that says in each packet what it is. `rate`: pictures a second as
    the stream's own header says it, None where it does not."""

    index: int
    kind: str
    codec: str
    is_beside: bool
    tick_s: Fraction
    rate: Fraction | None = None
    hidden: int = 0
    is_guessed: bool = False
    has_heads: bool = False
    starts: array[int] = field(default_factory=lambda: array("q"))
    decoded: array[int] = field(default_factory=lambda: array("q"))
    lengths: array[int] = field(default_factory=lambda: array("q"))
    checksums: array[int] = field(default_factory=lambda: array("I"))
    numbers: array[int] = field(default_factory=lambda: array("I"))

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class BareFilm:
    """Every stream by its index. `is_bare`: a row of coded pictures without a container. `stated_s`: how long
    the file says that it is, from 0 on, None where it does not."""

    tracks: dict[int, BareTrack]
    is_bare: bool
    stated_s: Fraction | None = None

    @property
    def end_s(self) -> Fraction:
        """When the last packet of what is seen or heard is over."""
        ends = (
            (start + length) * track.tick_s
            for track in self.tracks.values()
            for start, length in zip(track.starts, track.lengths, strict=True)
            if start != NO_TIME and not track.is_beside and track.kind in _SHOWN
        )
        return max(ends, default=Fraction(0))


def bare_film(path: Path, demuxer: str) -> BareFilm:
    """Read all packets of the file once, by FFmpeg's `demuxer`; up to the first that cannot be read. Raises
    FileNotFoundError and what PyAV raises where it cannot be opened."""
    forced = demuxer if demuxer == "mjpeg" else None  # else FFmpeg sees a photograph
    with av.open(f"file:{path}", "r", forced, options=dict(ONE_FILE_ALONE), **UNREADABLE_TAGS) as container:
        tracks: dict[int, BareTrack] = {}
        number = 0
        with suppress(FFmpegError, IndexError):  # IndexError: a stream that begins in the middle
            for number, packet in enumerate(container.demux()):
                if packet.size:
                    _take(tracks, packet, number)
        _see_rates(container, tracks)
        stated_s = None if container.duration is None else Fraction(container.duration, av.time_base)
        return BareFilm(tracks, bool(container.format.flags & _BARE), stated_s)


def _take(tracks: dict[int, BareTrack], packet: Packet[Any], number: int) -> None:
    track = tracks.get(packet.stream_index)
    if track is None:
        track = tracks[packet.stream_index] = _track(packet.stream, packet.time_base)
    payload = memoryview(packet)
    if track.has_heads and not _has_head(payload):
        return  # AAC that has lost its beginning on the way, which nobody can carry
    if packet.is_discard or (track.kind == "subtitle" and payload == _EMPTY_TEXT):
        track.hidden += packet.is_discard
        return
    track.starts.append(NO_TIME if packet.pts is None else packet.pts)
    track.decoded.append(NO_TIME if packet.dts is None else packet.dts)
    track.lengths.append(packet.duration or 0)
    track.checksums.append(0 if track.kind == "video" else zlib.crc32(payload[_head(track, payload) :]))
    track.numbers.append(number)


def _track(stream: Stream, tick_s: Fraction) -> BareTrack:
    context = stream.codec_context
    codec = "" if context is None else context.name
    track = BareTrack(stream.index, stream.type, codec, bool(stream.disposition & _BESIDE), tick_s)
    track.has_heads = codec == "aac" and not context.extradata
    track.is_guessed = isinstance(stream, AudioStream) and not (context is not None and stream.rate)
    return track


def _head(track: BareTrack, payload: memoryview) -> int:
    """The bytes of a transport header of AAC, which are no payload."""
    return _ADTS_HEAD[not payload[1] & 1] if track.codec == "aac" and _has_head(payload) else 0


def _has_head(payload: memoryview) -> bool:
    """Twelve ones, layer 0, one of 13 sampling rates, and the length of a frame with room for its head."""
    if len(payload) < _ADTS_HEAD[0] or payload[0] != 0xFF or payload[1] & 0xF6 != 0xF0:
        return False
    length = int.from_bytes(payload[3:6], "big") >> 5 & 0x1FFF
    return payload[2] >> 2 & 15 < 13 and length >= _ADTS_HEAD[0]


def _see_rates(container: InputContainer, tracks: dict[int, BareTrack]) -> None:
    for stream in container.streams:
        if isinstance(stream, VideoStream) and stream.index in tracks and stream.codec_context is not None:
            tracks[stream.index].rate = stream.codec_context.framerate or stream.guessed_rate or None
