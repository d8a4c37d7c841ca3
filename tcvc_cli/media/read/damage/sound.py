"""Where sound is interrupted: each packet lasts until the next, unless some are not there."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from av.packet import Packet

from tcvc_cli.records import DamagedPacket

_ROUNDED_S: Final = Fraction(1, 250)  # some containers count in milliseconds, of begin and of length


class SoundWatch:
    """Sees the packets of all streams of sound in their order. Where recordings are joined sound pauses for a
    packet; `is_often_joined`: that is usual in this format."""

    def __init__(self, *, is_often_joined: bool) -> None:
        self._least = Fraction(2) if is_often_joined else Fraction(3, 4)  # in packets
        self._ends_s: dict[int, Fraction] = {}
        self._counts: dict[int, int] = {}

    def see(self, packet: Packet[Any]) -> DamagedPacket | None:
        """The gap before this packet, if there is one."""
        if packet.pts is None or not packet.duration or not packet.size:
            return None
        index, begins_s = packet.stream_index, packet.pts * packet.time_base
        lasts_s = packet.duration * packet.time_base
        before_s = self._ends_s.get(index)
        self._ends_s[index] = begins_s + lasts_s
        self._counts[index] = self._counts.get(index, 0) + 1
        if before_s is None:
            return None
        gap_s = begins_s - before_s
        is_gap = gap_s > max(_ROUNDED_S, lasts_s * self._least)
        return DamagedPacket(index, before_s, "gap", gap_s, self._counts[index]) if is_gap else None
