"""Which packets are damaged: those that the container marks, and those of DV whose tape had dropouts."""

from __future__ import annotations

from typing import Any

from av.packet import Packet
from av.video.stream import VideoStream

from tcvc_cli.media.structure.integrity.dv_dropouts import has_dropouts
from tcvc_cli.records import DamagedPacket

_MOST_HELD = 10_000  # more come from files that mean harm


class DamageWatch:
    """Sees the packets of all streams in order; `film` is the stream whose pictures are wanted."""

    def __init__(self, film: VideoStream) -> None:
        self._film = film
        self._is_dv = film.codec_context.codec.canonical_name == "dvvideo"
        self._of_film: set[int] = set()
        self._beside: list[DamagedPacket] = []

    def see(self, packet: Packet[Any]) -> None:
        if packet.stream_index == self._film.index:
            if packet.pts is not None and self._is_damaged(packet):
                self._of_film.add(packet.pts)
        elif packet.is_corrupt and packet.size and len(self._beside) < _MOST_HELD:
            at_s = None if packet.pts is None else packet.pts * packet.time_base
            self._beside.append(DamagedPacket(packet.stream_index, at_s))

    def _is_damaged(self, packet: Packet[Any]) -> bool:
        is_known = len(self._of_film) < _MOST_HELD and packet.size > 0
        return is_known and (packet.is_corrupt or (self._is_dv and has_dropouts(bytes(packet))))

    def take(self, pts: int | None) -> bool:
        """Whether the packet with this time, that a picture came of, is damaged; it is asked for once."""
        if pts is None or pts not in self._of_film:
            return False
        self._of_film.discard(pts)
        return True

    def beside(self) -> tuple[DamagedPacket, ...]:
        """The damaged packets of other streams since it was asked before."""
        found, self._beside = tuple(self._beside), []
        return found
