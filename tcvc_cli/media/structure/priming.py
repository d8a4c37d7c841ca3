"""The samples that a coder of sound adds before its beginning and behind its end, which players leave out.

MP4 and QuickTime say it by an edit list, Matroska by a delay of the track and a mark on the last packet.
FFmpeg copies neither from one to the other.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from av.audio.stream import AudioStream
from av.packet import Packet, PacketSideData, packet_sidedata_type_from_literal

from tcvc_cli.media.read.probe import demuxed, open_film
from tcvc_cli.records import FilmInfo

_SKIP: Final = "skip_samples"
_LAYOUT = struct.Struct("<IIBB")  # samples at the start, at the end, and two reasons: AVPacketSideData
PADDED = ("aac", "mp3", "mp2", "opus", "ac3", "eac3")  # whose packets hold a fixed number of samples
_NEEDED_PACKETS = {"aac": 1, "ac3": 1, "eac3": 1, "mp2": 1, "mp3": 2}  # to decode the one behind them
_OWN_DELAY = ("opus",)  # it states its delay itself, and FFmpeg carries that


@dataclass(frozen=True, slots=True)
class Lead:
    """What lies before the beginning of sound: `samples` that are decoded and not heard. `skipped_packets`
    come before those and are not needed to decode what is heard; a container that states a delay leaves them
    out, or players that know of no delay would show the picture far too early."""

    samples: int = 0
    skipped_packets: int = 0


NO_LEAD = Lead()


def lead_of(film: FilmInfo, index: int) -> Lead:
    """What MP4's and QuickTime's edit lists hide before the beginning of sound, and what coders add there.

    Matroska's own delays are no lead here: FFmpeg carries those from Matroska to Matroska.
    """
    if "matroska" in film.container:
        return NO_LEAD
    with open_film(film.path) as source:
        stream = source.streams[index]
        if not isinstance(stream, AudioStream) or stream.codec_context is None:
            return NO_LEAD
        codec = stream.codec_context.codec.canonical_name
        kept, skipped = _first_needed(demuxed(source, stream), _NEEDED_PACKETS.get(codec, 0))
        if codec in _OWN_DELAY or not kept or kept[0].pts is None or kept[0].pts >= 0:
            return Lead(0, skipped)
        early_s = -kept[0].pts * kept[0].time_base
        return Lead(round(early_s * stream.rate) if skipped else left_out(kept[0])[0], skipped)


def _first_needed(packets: Iterable[Packet[Any]], before: int) -> tuple[list[Packet[Any]], int]:
    """The first packet that is not hidden, behind as many hidden ones as are needed `before` it; and how many
    there are before those."""
    hidden: deque[Packet[Any]] = deque(maxlen=before)
    skipped = 0
    for packet in packets:
        if packet.size and not packet.is_discard:
            return [*hidden, packet], skipped - len(hidden)
        if packet.size:
            hidden.append(packet)
            skipped += 1
    return [], skipped


class Hidden:
    """Knows which packets of one stream of sound an edit list hides: the first `skipped`, and every one
    before a further piece of a film that was cut together. Those cannot lie before the beginning.
    `hidden_s`: how long they are so far."""

    def __init__(self, skipped: int) -> None:
        self._left = skipped
        self._has_begun = False
        self.hidden_s = Fraction(0)

    def hides(self, packet: Packet[Any]) -> bool:
        """To be asked of each packet, in order."""
        self._has_begun |= not packet.is_discard
        self._left -= 1
        is_hidden = packet.is_discard and (self._left >= 0 or self._has_begun)
        self.hidden_s += (packet.duration or 0) * packet.time_base if is_hidden else 0
        return is_hidden


class Tail:
    """Knows the end of one stream of sound, and what lies behind it."""

    def __init__(self, stream: AudioStream) -> None:
        self._rate = stream.rate
        self._usual = stream.codec_context.frame_size  # samples of a packet; 0 where they differ
        is_edited = "mp4" in stream.container.format.name and stream.duration is not None
        # Only edit lists say where sound ends; other containers count what is stored.
        self._end = (stream.start_time or 0) + (stream.duration or 0) if is_edited else None

    def mark(self, packet: Packet[Any]) -> None:
        """Shorten a packet that reaches behind the end, and say how many samples that leaves out."""
        if packet.duration:
            self._usual = max(self._usual, round(packet.duration * packet.time_base * self._rate))
        start, stated = left_out(packet)
        too_many = stated or self._behind_end(packet)
        # Edit lists count in milliseconds as a rule: what is less may be no more than their rounding.
        if not self._rate < 1000 * too_many < 1000 * self._usual:
            return
        kind = packet_sidedata_type_from_literal(_SKIP)
        data = PacketSideData(kind, _LAYOUT.size)  # type: ignore[call-arg]  # the stubs leave it out
        data.update(_LAYOUT.pack(start, too_many, 0, 0))
        packet.set_sidedata(data)
        kept_s = Fraction(self._usual - too_many, self._rate)
        packet.duration = round(kept_s / packet.time_base)

    def _behind_end(self, packet: Packet[Any]) -> int:
        if self._end is None or packet.pts is None:
            return 0
        left_s = (self._end - packet.pts) * packet.time_base
        return self._usual - round(left_s * self._rate)


def left_out(packet: Packet[Any]) -> tuple[int, int]:
    """How many decoded samples of the packet players leave out at its start and at its end."""
    if not packet.has_sidedata(_SKIP):
        return 0, 0
    start, end, _, _ = _LAYOUT.unpack(bytes(packet.get_sidedata(_SKIP))[: _LAYOUT.size])
    return start, end
