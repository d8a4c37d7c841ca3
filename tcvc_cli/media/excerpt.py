"""The part of a film that a result holds, and where its packets and chapters are then."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from av.packet import Packet
from av.stream import Disposition


@dataclass(frozen=True, slots=True)
class Moment:
    """When a packet is shown, None where it has no time, and for how long, in seconds."""

    start_s: Fraction | None
    length_s: Fraction


@dataclass(frozen=True, slots=True)
class Excerpt:
    """From `first_s`, the time of the first frame that is kept, which becomes 0, up to before `end_s`; both
    in seconds of film time. None: from the beginning, with every time as it was, and up to the end."""

    first_s: Fraction | None = None
    end_s: Fraction | None = None

    @property
    def is_complete_film(self) -> bool:
        return self.first_s is None and self.end_s is None

    @property
    def shift_s(self) -> Fraction:
        """By how much everything is earlier."""
        return self.first_s or Fraction(0)

    def moment(self, packet: Packet[Any]) -> Moment | None:
        """Where `packet` is in the excerpt, None where it is not. Times move by whole ticks; a subtitle that
        is on at an end is shortened to it; attached pictures are in every excerpt."""
        length_s = (packet.duration or 0) * packet.time_base
        if packet.pts is None:
            is_kept = self.is_complete_film or bool(packet.stream.disposition & Disposition.attached_pic)
            return Moment(None, length_s) if is_kept else None
        start_s = packet.pts * packet.time_base
        return self.span(start_s, length_s, packet.time_base, is_shortened=packet.stream.type == "subtitle")

    def span(
        self, start_s: Fraction, length_s: Fraction, tick_s: Fraction, *, is_shortened: bool
    ) -> Moment | None:
        """The same of a stretch of film time, in ticks of `tick_s`."""
        if self.is_complete_film:
            return Moment(start_s, length_s)
        start_s -= round(self.shift_s / tick_s) * tick_s
        stop_s = start_s + length_s
        last_s = None if self.end_s is None else self.end_s - self.shift_s
        if is_shortened:
            start_s = start_s if self.first_s is None else max(start_s, Fraction(0))
            stop_s = stop_s if last_s is None else min(stop_s, round(last_s / tick_s) * tick_s)
        is_inside = (self.first_s is None or start_s >= 0) and (last_s is None or start_s < last_s)
        if not is_inside or (is_shortened and stop_s <= start_s):
            return None
        return Moment(start_s, stop_s - start_s)


COMPLETE_FILM = Excerpt()
