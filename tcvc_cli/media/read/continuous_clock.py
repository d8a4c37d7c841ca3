"""One clock for all streams of a file in which several recordings stand one behind the other.

Each recording begins its clock anew, as in transport streams and DVD cells that were joined byte by byte.
Sound and picture stay as they were to each other only when all that belongs to one recording is moved by the
same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from av.packet import Packet

_BACK_S = Fraction(1, 10)  # decode times rise: by more than this no stream goes back on the same clock
_AHEAD_S = Fraction(1)  # by then every stream that goes on behind a joint has shown itself
_AHEAD_PACKETS = 4096


@dataclass(slots=True)
class _Recording:
    """`shift_s` is added to its times. `reach_s`: the time of its latest packet, and `ends_s`: when each of
    its streams is over so far, both by its own clock."""

    reach_s: Fraction
    shift_s: Fraction = Fraction(0)
    ends_s: dict[int, Fraction] = field(default_factory=dict)

    def take(self, index: int, at_s: Fraction, length_s: Fraction) -> None:
        self.reach_s = at_s
        self.ends_s[index] = max(at_s + length_s, self.ends_s.get(index, at_s))


class _Joint:
    """What comes where a clock goes back, until it is seen which packets belong to which recording."""

    def __init__(self, before: _Recording, first: Packet[Any]) -> None:
        self.before, self.first_s = before, decoded_s(first) or Fraction(0)
        self.after = _Recording(self.first_s)
        self.starts_s: dict[int, Fraction] = {}
        self.packets: list[tuple[Packet[Any], _Recording]] = []
        self._reach_s = before.reach_s

    def take(self, packet: Packet[Any]) -> None:
        at_s, index = decoded_s(packet), packet.stream_index
        recording = self.after if at_s is None or self._is_behind(index, at_s) else self.before
        self.packets.append((packet, recording))
        if at_s is not None:
            if recording is self.after:
                self.starts_s.setdefault(index, at_s)
            recording.take(index, at_s, length_s(packet))

    def _is_behind(self, index: int, at_s: Fraction) -> bool:
        if index in self.starts_s or at_s < self.before.ends_s.get(index, at_s) - _BACK_S:
            return True
        return abs(at_s - self.after.reach_s) < abs(at_s - self.before.reach_s)

    def is_over(self, packet: Packet[Any]) -> bool:
        """True where the next recording begins already."""
        at_s, end_s = decoded_s(packet), self.after.ends_s.get(packet.stream_index)
        return at_s is not None and end_s is not None and at_s < end_s - _BACK_S

    @property
    def is_settled(self) -> bool:
        """Every stream has gone over, or one has gone on for long."""
        is_long = self.after.reach_s > self.first_s + _AHEAD_S or len(self.packets) >= _AHEAD_PACKETS
        return is_long or self.is_refuted or self.before.ends_s.keys() <= self.starts_s.keys()

    @property
    def is_refuted(self) -> bool:
        """The clock of the recording before runs on: one stream stumbled, and nothing was joined."""
        return self.before.reach_s > self._reach_s + _AHEAD_S / 2

    def close(self) -> None:
        """Put the recording behind the one before it: no stream of it begins before the same stream there
        is over."""
        gaps = [self.before.ends_s.get(index, at_s) - at_s for index, at_s in self.starts_s.items()]
        self.after.shift_s = self.before.shift_s + max(gaps)


class ContinuousClock:
    """Moves the packets of each further recording behind the one before it. Where a clock jumps forward,
    nothing is moved."""

    def __init__(self) -> None:
        self._recordings: list[_Recording] = []
        self._own: dict[int, _Recording] = {}

    def steadied(self, packets: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
        """The packets in the same order, with their new times."""
        joint: _Joint | None = None
        for packet in packets:
            if joint is not None and joint.is_over(packet):
                yield from self._released(joint)
                joint = None
            if joint is None and self._goes_back(packet):
                joint = _Joint(self._recordings[-1], packet)
            if joint is None:
                yield self._moved(packet)
                continue
            joint.take(packet)
            if joint.is_settled:
                yield from self._released(joint)
                joint = None
        if joint is not None:
            yield from self._released(joint)

    def _goes_back(self, packet: Packet[Any]) -> bool:
        at_s, own = decoded_s(packet), self._own.get(packet.stream_index)
        if at_s is None or own is None or own is not self._recordings[-1]:
            return False
        return at_s < own.ends_s[packet.stream_index] - _BACK_S

    def _moved(self, packet: Packet[Any]) -> Packet[Any]:
        at_s, index = decoded_s(packet), packet.stream_index
        if at_s is None:
            own = self._own.get(index)
            return packet if own is None else shifted(packet, own.shift_s)
        own = self._own[index] = self._recording_of(index, at_s)
        own.take(index, at_s, length_s(packet))
        return shifted(packet, own.shift_s)

    def _recording_of(self, index: int, at_s: Fraction) -> _Recording:
        """That whose clock is nearest; a stream never goes back to one that it has left."""
        if not self._recordings:
            self._recordings.append(_Recording(at_s))
        own = self._own.get(index, self._recordings[0])
        left = self._recordings[self._recordings.index(own) :]
        return left[0] if len(left) == 1 else min(left, key=lambda one: abs(at_s - one.reach_s))

    def _released(self, joint: _Joint) -> Iterator[Packet[Any]]:
        if joint.is_refuted:
            for index in joint.starts_s:
                joint.before.ends_s[index] = joint.after.ends_s[index]
            joint.after = joint.before
        else:
            joint.close()
            self._recordings.append(joint.after)
        for packet, recording in joint.packets:
            own = joint.before if joint.is_refuted else recording
            self._own[packet.stream_index] = own
            yield shifted(packet, own.shift_s)


def decoded_s(packet: Packet[Any]) -> Fraction | None:
    """When a packet is decoded, or shown where it does not say; None where it has no time, or no bytes."""
    ticks = packet.pts if packet.dts is None else packet.dts
    return None if ticks is None or not packet.size else ticks * packet.time_base


def length_s(packet: Packet[Any]) -> Fraction:
    return (packet.duration or 0) * packet.time_base


def shifted(packet: Packet[Any], shift_s: Fraction) -> Packet[Any]:
    """The same packet, later by `shift_s`, to a whole tick."""
    if shift_s:
        ticks = round(shift_s / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts + ticks
        packet.dts = None if packet.dts is None else packet.dts + ticks
    return packet
