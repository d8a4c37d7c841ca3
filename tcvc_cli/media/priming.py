"""The samples that a coder of sound adds before its beginning and behind its end, which players leave out.

MP4 and QuickTime say it by an edit list, Matroska by a delay of the track and a mark on the last packet.
FFmpeg copies neither from one to the other.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any, Final

from av.audio.stream import AudioStream
from av.packet import Packet, PacketSideData, packet_sidedata_type_from_literal

from tcvc_cli.media.probe import open_film
from tcvc_cli.records import FilmInfo

_SKIP: Final = "skip_samples"
_LAYOUT = struct.Struct("<IIBB")  # samples at the start, at the end, and two reasons: AVPacketSideData
PADDED = ("aac", "mp3", "mp2", "opus", "ac3", "eac3")  # whose packets hold a fixed number of samples
_OWN_DELAY = ("opus",)  # it states its delay itself, and FFmpeg carries that


def lead_samples(film: FilmInfo, index: int) -> int:
    """How many samples of the first packet of sound lie before the beginning; 0 where none are told.

    Matroska's own delays are 0 here too: FFmpeg carries those from Matroska to Matroska.
    """
    if "matroska" in film.container:
        return 0
    with open_film(film.path) as source:
        stream = source.streams[index]
        if not isinstance(stream, AudioStream) or stream.codec_context.codec.canonical_name in _OWN_DELAY:
            return 0
        first = next((packet for packet in source.demux(stream) if packet.size), None)
        if first is None or first.pts is None or first.pts >= 0:
            return 0
        return left_out(first)[0]


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
        start, told = left_out(packet)
        too_many = told or self._behind_end(packet)
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
