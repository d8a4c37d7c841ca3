"""Streams of the film that go into the result as they are: headers first, then packet by packet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Discard, Disposition, Stream
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream

from tcvc_cli.media.carry.joining import DecodeClock
from tcvc_cli.media.carry.matroska.header import reserve
from tcvc_cli.media.carry.sound import SoundConverter
from tcvc_cli.media.carry.subtitles import SubtitleConverter
from tcvc_cli.media.excerpt import Excerpt
from tcvc_cli.media.read.probe import demuxed, may_be_joined
from tcvc_cli.media.structure.adts import has_adts, is_torn
from tcvc_cli.media.structure.languages import for_quicktime
from tcvc_cli.media.structure.priming import NO_LEAD, PADDED, Hidden, Lead, Tail

if TYPE_CHECKING:
    from av.container.core import Chapter

# Tags that describe the old file, not the film; the muxer writes its own.
_STREAM_OWN = ("encoder", "duration", "vendor_id")
_HEADER: Final = "new_extradata"
_USUAL_DEPTH = 2  # by which pictures are reordered; one that was not seen yet does not say
_STATISTICS = ("bps", "number_of_frames", "number_of_bytes", "_statistics")


def _add_copy(result: OutputContainer, stream: Stream) -> Stream:
    """A stream of `result` that takes the packets of `stream` as they are."""
    if isinstance(stream, AttachmentStream):
        name = stream.metadata.get("filename", f"attachment-{stream.index}")
        return result.add_attachment(name, stream.mimetype or "application/octet-stream", stream.data)
    copy = result.add_stream_from_template(stream, opaque=True)
    if isinstance(copy, AudioStream) and copy.layout.name.endswith(" channels"):
        copy.codec_context.layout = f"{copy.layout.nb_channels}c"  # MP4 wants speakers, take the usual ones
    return copy


def _add_cover(result: OutputContainer, stream: Stream, picture: bytes) -> Stream:
    """Matroska holds an attached picture as an attachment; players know it by its name."""
    codec = stream.codec_context.codec.canonical_name
    kind = "jpeg" if codec == "mjpeg" else codec
    name = stream.metadata.get("filename", f"cover.{'jpg' if kind == 'jpeg' else kind}")
    return result.add_attachment(name, stream.metadata.get("mimetype", f"image/{kind}"), picture)


def is_of_the_file(tag: str) -> bool:
    """True for tags that describe how a stream was stored."""
    return tag.lower().startswith(_STREAM_OWN + _STATISTICS)


def copy_tags(stream: Stream, copy: Stream, *, is_same_coding: bool = True) -> None:
    """Language, title, dispositions and whatever else the stream is tagged with. Statistics go only
    with the same packets."""
    gone = _STREAM_OWN if is_same_coding else _STREAM_OWN + _STATISTICS
    copy.metadata.update({k: v for k, v in stream.metadata.items() if not k.lower().startswith(gone)})
    if copy.container.format.name == "mov" and "language" in copy.metadata:
        copy.metadata["language"] = for_quicktime(copy.metadata["language"])
    if "name" in stream.metadata:  # how QuickTime calls a track's title
        copy.metadata.setdefault("title", stream.metadata["name"])
    copy.disposition = stream.disposition


def kept_chapters(source: InputContainer, excerpt: Excerpt) -> list[Chapter]:
    """The film's chapters, cut and moved as the film is."""
    chapters: list[Chapter] = []
    for chapter in source.chapters():
        tick = chapter["time_base"] or Fraction(1, 1000)
        start_s, end_s = chapter["start"] * tick, chapter["end"] * tick
        first_s = start_s if excerpt.first_s is None else max(start_s, excerpt.first_s)
        last_s = end_s if excerpt.end_s is None else min(end_s, excerpt.end_s)
        if first_s < last_s or excerpt.is_complete_film:
            start, end = round((first_s - excerpt.shift_s) / tick), round((last_s - excerpt.shift_s) / tick)
            chapters.append({**chapter, "start": start, "end": end})
    return chapters


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """A chapter of a result: from `start_s` to `stop_s` of its own time, with a name."""

    start_s: Fraction
    stop_s: Fraction
    title: str


def chapters_of(marks: Sequence[ChapterMark], tick_s: Fraction) -> list[Chapter]:
    """In whole ticks."""
    return [
        {
            "id": number,
            "start": round(mark.start_s / tick_s),
            "end": round(mark.stop_s / tick_s),
            "time_base": tick_s,
            "metadata": {"title": mark.title},
        }
        for number, mark in enumerate(marks, 1)
    ]


class Copier:
    """Adds the film's `streams` (by index) to `result`, and yields their packets."""

    def __init__(self, source: InputContainer, result: OutputContainer, excerpt: Excerpt) -> None:
        self._source, self._result, self._excerpt = source, result, excerpt
        self._copies: dict[int, Stream] = {}
        self._last_pts: dict[int, int] = {}
        self._last_dts: dict[int, int] = {}
        self._stumbles: Counter[int] = Counter()
        self._torn: dict[int, int] = {}
        self._decoding: dict[int, DecodeClock] = {}  # of pictures whose decode times FFmpeg guesses
        self._recoded: Counter[int] = Counter()
        self._tails: dict[int, Tail] = {}
        self._hidden: dict[int, Hidden] = {}
        self._delays_s: dict[int, Fraction] = {}
        self._converters: dict[int, SubtitleConverter | SoundConverter] = {}
        self._given: set[int] = set()

    def add(self, index: int, lead: Lead = NO_LEAD) -> Fraction:
        """Take stream `index` along as it is. Sound with a lead is put later by its length, which is returned
        in seconds, and its track's name gets a reserved place."""
        stream = self._source.streams[index]
        copy = self._copies[index] = _add_copy(self._result, stream)
        copy_tags(stream, copy)
        if isinstance(stream, VideoStream) and "matroska" in self._source.format.name:
            depth = stream.codec_context.reorder_depth if stream.codec_context is not None else 0
            self._decoding[index] = DecodeClock(max(_USUAL_DEPTH, depth))
        if not isinstance(stream, AudioStream) or stream.codec_context is None:
            return Fraction(0)
        if has_adts(stream):
            self._torn[index] = 0
        if stream.codec_context.codec.canonical_name in PADDED:
            self._tails[index] = Tail(stream)
        self._hidden[index] = Hidden(lead.skipped_packets)
        if not lead.samples or self._excerpt.first_s is not None:
            return Fraction(0)
        copy.metadata["title"] = reserve(copy.metadata.get("title"))
        self._delays_s[index] = Fraction(lead.samples, stream.rate)
        return self._delays_s[index]

    def add_cover(self, index: int, picture: bytes) -> None:
        """Take the attached picture of stream `index` along as an attachment."""
        stream = self._source.streams[index]
        cover = _add_cover(self._result, stream, picture)
        cover.metadata.update(stream.metadata)

    def add_subtitle(self, index: int, codec: str) -> None:
        """Take stream `index` along, its text rewritten to the subtitle codec `codec`."""
        stream = self._source.streams[index]
        assert isinstance(stream, SubtitleStream)
        self._add_rewritten(stream, SubtitleConverter(stream, self._result, codec))

    def add_samples(self, index: int) -> None:
        """Take the sound of stream `index` along as the samples that it decodes to."""
        stream = self._source.streams[index]
        assert isinstance(stream, AudioStream)
        self._add_rewritten(stream, SoundConverter(stream, self._result))

    def _add_rewritten(self, stream: Stream, converter: SubtitleConverter | SoundConverter) -> None:
        copy_tags(stream, converter.stream, is_same_coding=False)
        self._converters[stream.index] = converter
        self._copies[stream.index] = converter.stream

    def _fill_in_duration(self, packet: Packet[Any]) -> None:
        """Sound without durations: as long as the packet before it, or MP4 would lose the last one."""
        if packet.stream.type != "audio" or packet.pts is None:
            return
        before = self._last_pts.get(packet.stream.index)
        self._last_pts[packet.stream.index] = packet.pts
        if not packet.duration and before is not None:
            packet.duration = max(0, packet.pts - before)

    def packets(self) -> Iterator[Packet[Any]]:
        """The packets of the added streams in the film's order, cut, moved and given to the result."""
        if not self._copies:
            return
        if not may_be_joined(self._source):
            for stream in self._source.streams:
                if stream.index not in self._copies:
                    stream.discard = Discard.all
        for packet in demuxed(self._source):
            index = packet.stream.index
            if packet.size and index in self._copies and self._is_kept(packet):
                packet = self._without_header(packet)
                self._fill_in_duration(packet)
                self._trim_sound(packet)
                yield from self._addressed(self._converted(packet), index)
        for index, converter in self._converters.items():
            yield from self._addressed(converter.convert(None), index)

    def _is_kept(self, packet: Packet[Any]) -> bool:
        hidden = self._hidden.get(packet.stream_index)
        if hidden is not None and hidden.hides(packet):
            return False
        if packet.stream_index in self._torn and is_torn(memoryview(packet)):
            self._torn[packet.stream_index] += 1
            return False
        return not _is_pause(packet) and _cut_packet(packet, self._excerpt)

    def _without_header(self, packet: Packet[Any]) -> Packet[Any]:
        """Joined FLV tells again, before a packet, how its stream is coded. FFmpeg writes that over what it
        has put into a file's header already, which breaks Matroska's."""
        if not packet.has_sidedata(_HEADER):
            return packet
        told = bytes(packet.get_sidedata(_HEADER))
        index, context = packet.stream_index, packet.stream.codec_context
        if context is not None and told.rstrip(b"\0") != (context.extradata or b"").rstrip(b"\0"):
            self._recoded[index] += 1
        return without_side_data(packet)

    def _trim_sound(self, packet: Packet[Any]) -> None:
        tail, delay_s = self._tails.get(packet.stream_index), self._delays_s.get(packet.stream_index)
        if tail is not None and self._excerpt.first_s is None:
            tail.mark(packet)
        if delay_s is not None and packet.pts is not None:
            ticks = round(delay_s / packet.time_base)
            packet.pts += ticks
            packet.dts = packet.pts

    def _converted(self, packet: Packet[Any]) -> Iterable[Packet[Any]]:
        converter = self._converters.get(packet.stream.index)
        return (packet,) if converter is None else converter.convert(packet)

    def _addressed(self, packets: Iterable[Packet[Any]], index: int) -> Iterator[Packet[Any]]:
        for packet in packets:
            self._keep_order(packet, index)
            packet.stream = self._copies[index]
            self._given.add(index)
            yield packet

    def _keep_order(self, packet: Packet[Any], index: int) -> None:
        """No container holds packets whose decode times go back."""
        if (clock := self._decoding.get(index)) is not None and packet.pts is not None:
            packet.dts = clock.next(packet.pts, packet.duration or 1)
        if packet.dts is None:
            return
        if packet.dts < self._last_dts.get(index, packet.dts):
            self._stumbles[index] += 1
            packet.dts = self._last_dts[index]
            packet.pts = None if packet.pts is None else max(packet.pts, packet.dts)
        self._last_dts[index] = packet.dts

    def has_no_track(self, index: int) -> bool:
        """Whether stream `index` was added in vain: QuickTime's muxer leaves out a track without a packet."""
        return (
            self._result.format.name in ("mov", "mp4") and index in self._copies and index not in self._given
        )

    def lost(self, index: int) -> tuple[str, ...]:
        """What the packets of stream `index` lost, for people; complete when all were given out."""
        stumbles, hidden = self._stumbles[index], self._hidden.get(index)
        lost = [f"{stumbles} times that went back"] if stumbles else []
        if self._recoded[index]:
            lost.append("how it is coded changes in mid-stream, and the header says only the first way")
        if torn := self._torn.get(index):
            lost.append("1 torn packet" if torn == 1 else f"{torn} torn packets")
        if hidden is not None and hidden.hidden_s:
            lost.append(f"{float(hidden.hidden_s):.3f} s of sound that its edit list hides")
        return tuple(lost)


def without_side_data(packet: Packet[Any]) -> Packet[Any]:
    """The same packet, and nothing that is said beside it."""
    copy: Packet[Any] = Packet(bytes(packet))
    copy.stream, copy.time_base = packet.stream, packet.time_base
    copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
    copy.is_keyframe = packet.is_keyframe
    return copy


def _is_pause(packet: Packet[Any]) -> bool:
    """MP4 fills the time between two subtitles with empty ones; its muxer makes its own."""
    return packet.size == 2 and bytes(packet) == b"\0\0" and packet.stream.name == "mov_text"


def _cut_packet(packet: Packet[Any], excerpt: Excerpt) -> bool:
    """Move the packet with the excerpt; False when it lies outside. A subtitle that is on at an end is
    shortened to it; attached pictures have no time and always stay.

    The proof works this out for itself, by `Excerpt.moment`, so that a fault here does not excuse itself."""
    if excerpt.is_complete_film or packet.stream.disposition & Disposition.attached_pic:
        return True
    if packet.pts is None:
        return False
    tick = packet.time_base
    start = packet.pts - round(excerpt.shift_s / tick)
    end = start + (packet.duration or 0)
    if packet.stream.type == "subtitle":
        start, end = _within(start, end, excerpt, tick)
        packet.duration, packet.dts = end - start, start
    elif packet.dts is not None:
        packet.dts += start - packet.pts
    packet.pts = start
    is_before_end = excerpt.end_s is None or start * tick < excerpt.end_s - excerpt.shift_s
    is_long_enough = packet.stream.type != "subtitle" or end > start
    # Without a start, what lies before 0 is the priming of sound, and stays.
    is_after_start = start >= 0 or excerpt.first_s is None
    return is_after_start and is_before_end and is_long_enough


def _within(start: int, end: int, excerpt: Excerpt, tick: Fraction) -> tuple[int, int]:
    last = end if excerpt.end_s is None else round((excerpt.end_s - excerpt.shift_s) / tick)
    return (start if excerpt.first_s is None else max(0, start)), min(end, last)
