"""One clock for all streams of a file in which several recordings stand one behind the other.

Each recording begins its clock anew, as in transport streams and DVD cells that were joined byte by byte.
Sound and picture stay as they were to each other only when all that belongs to one recording is moved by the
same time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from av.packet import Packet

_BACK_S = Fraction(1, 10)  # decode times rise: by more than this no stream goes back on the same clock
_AHEAD_S = Fraction(1)  # by then every stream that goes on behind a joint has shown itself
_AHEAD_PACKETS = 4096
_LONGEST_S = _BACK_S / 2  # of a packet, where nothing is known to be joined and lengths may be mere claims


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


class _Times:
    """What of a packet's times can be gone by. Not `is_often_joined`, of a format whose clock is not meant to
    begin anew: FFmpeg guesses when pictures are decoded there, so the clock is read from sound and from key
    frames alone, which are shown in their order; and no packet is taken for long."""

    def __init__(self, *, is_often_joined: bool) -> None:
        self._is_often_joined = is_often_joined

    def at_s(self, packet: Packet[Any]) -> Fraction | None:
        """Its place on the clock."""
        if self._is_often_joined or packet.stream.type != "video":
            return decoded_s(packet)
        return None if packet.pts is None or not packet.size else packet.pts * packet.time_base

    def tells(self, packet: Packet[Any]) -> bool:
        """Whether it shows that a clock begins anew."""
        is_key = packet.stream.type == "video" and packet.is_keyframe
        return self._is_often_joined or is_key or packet.stream.type == "audio"

    def counts(self, packet: Packet[Any]) -> bool:
        """Whether it shows how far a clock has come."""
        return self._is_often_joined or packet.stream.type in ("audio", "video")

    def length_s(self, packet: Packet[Any]) -> Fraction:
        stated_s = length_s(packet)
        return stated_s if self._is_often_joined else min(stated_s, _LONGEST_S)


class _Joint:
    """What comes where a clock goes back, until it is seen which packets belong to which recording."""

    def __init__(self, before: _Recording, first: Packet[Any], times: _Times) -> None:
        self.before, self.first_s, self._times = before, times.at_s(first) or Fraction(0), times
        self.after = _Recording(self.first_s)
        self.starts_s: dict[int, Fraction] = {}
        self.packets: list[tuple[Packet[Any], _Recording]] = []
        self._reach_s = before.reach_s

    def take(self, packet: Packet[Any]) -> None:
        at_s, index = self._times.at_s(packet), packet.stream_index
        is_after = at_s is None or self._is_after(packet, at_s)
        recording = self.after if is_after else self.before
        self.packets.append((packet, recording))
        if at_s is not None and self._times.counts(packet):
            if is_after:
                self.starts_s[index] = min(at_s, self.starts_s.get(index, at_s))
            recording.take(index, at_s, self._times.length_s(packet))

    def _is_after(self, packet: Packet[Any], at_s: Fraction) -> bool:
        index = packet.stream_index
        is_back = at_s < self.before.ends_s.get(index, at_s) - _BACK_S
        if index in self.starts_s or (is_back and self._times.tells(packet)):
            return True
        return abs(at_s - self.after.reach_s) < abs(at_s - self.before.reach_s)

    def is_over(self, packet: Packet[Any]) -> bool:
        """True where the next recording begins already."""
        at_s, end_s = self._times.at_s(packet), self.after.ends_s.get(packet.stream_index)
        if at_s is None or end_s is None or not self._times.tells(packet):
            return False
        return at_s < end_s - _BACK_S

    @property
    def is_settled(self) -> bool:
        """Every stream has gone over, or one has gone on for long."""
        is_long = self.after.reach_s > self.first_s + _AHEAD_S or len(self.packets) >= _AHEAD_PACKETS
        return is_long or self.is_refuted or self.before.ends_s.keys() <= self.starts_s.keys()

    @property
    def is_refuted(self) -> bool:
        """The clock of the recording before runs on: one stream stumbled, and nothing was joined."""
        return self.before.reach_s > self._reach_s + _AHEAD_S / 2

    def left_back_s(self, index: int) -> Fraction:
        """By how much the clock of one stream went back for good, while the others went on; 0 where it is
        with them again."""
        dropped_s = self.before.ends_s[index] - self.starts_s[index]
        behind_s = self.before.reach_s - self.after.ends_s[index]
        return dropped_s if behind_s > dropped_s / 2 else Fraction(0)

    def close(self) -> None:
        """Put the recording behind the one before it: no stream of it begins before the same stream there
        is over."""
        gaps = [self.before.ends_s.get(index, at_s) - at_s for index, at_s in self.starts_s.items()]
        self.after.shift_s = self.before.shift_s + max(gaps)


class ContinuousClock:
    """Moves the packets of each further recording behind the one before it. Where a clock jumps forward,
    nothing is moved. `is_often_joined`: the format expects its clock to begin anew."""

    def __init__(self, *, is_often_joined: bool = True) -> None:
        self._times = _Times(is_often_joined=is_often_joined)
        self._left_back_s: defaultdict[int, Fraction] = defaultdict(Fraction)
        self._recordings: list[_Recording] = []
        self._own: dict[int, _Recording] = {}

    def steadied(self, packets: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
        """The packets in the same order, with their new times."""
        joint: _Joint | None = None
        for packet in packets:
            shifted(packet, self._left_back_s[packet.stream_index])
            if joint is not None and joint.is_over(packet):
                yield from self._released(joint)
                joint = None
            if joint is None and self._goes_back(packet):
                joint = _Joint(self._recordings[-1], packet, self._times)
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
        at_s, own = self._times.at_s(packet), self._own.get(packet.stream_index)
        if at_s is None or own is None or not self._times.tells(packet) or own is not self._recordings[-1]:
            return False
        return at_s < own.ends_s.get(packet.stream_index, at_s) - _BACK_S

    def _moved(self, packet: Packet[Any]) -> Packet[Any]:
        at_s, index = self._times.at_s(packet), packet.stream_index
        if at_s is None:
            own = self._own.get(index)
            return packet if own is None else shifted(packet, own.shift_s)
        own = self._own[index] = self._recording_of(index, at_s)
        if self._times.counts(packet):
            own.take(index, at_s, self._times.length_s(packet))
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
            yield from self._refuted(joint)
            return
        joint.close()
        self._recordings.append(joint.after)
        for packet, own in joint.packets:
            self._own[packet.stream_index] = own
            yield shifted(packet, own.shift_s)

    def _refuted(self, joint: _Joint) -> Iterator[Packet[Any]]:
        """Nothing was joined. A stream whose own clock began anew goes on where it was."""
        left_s = {index: joint.left_back_s(index) for index in joint.starts_s}
        for index, back_s in left_s.items():
            joint.before.ends_s[index] = joint.after.ends_s[index] + back_s
            self._left_back_s[index] += back_s
        for packet, recording in joint.packets:
            index = packet.stream_index
            self._own[index] = joint.before
            back_s = left_s.get(index, Fraction(0)) if recording is joint.after else Fraction(0)
            yield shifted(packet, joint.before.shift_s + back_s)


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
