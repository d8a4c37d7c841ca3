"""The packets of two files, stream by stream, side by side: payloads, times, priming and padding."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from tcvc_cli.media.excerpt import COMPLETE_FILM, Excerpt
from tcvc_cli.media.inspect.packets import PacketPrint, packet_prints


@dataclass(frozen=True, slots=True)
class PacketProof:
    """`first_difference` is the number of the first packet, from 0, whose payload is another or that one
    file alone has; None when all are equal. Times are compared up to there: `largest_shift_s` is the
    shift, result minus original, that is largest without its sign, `shifted_packet` the number of that
    packet. `largest_length_shift_s`: of durations. `left_out_shift`: by how many samples priming or padding
    is another at most, without its sign. `is_bared`: in one file alone the packets have ADTS headers."""

    original_packets: int = 0
    result_packets: int = 0
    first_difference: int | None = None
    largest_shift_s: Fraction = Fraction(0)
    shifted_packet: int = 0
    largest_length_shift_s: Fraction = Fraction(0)
    left_out_shift: int = 0
    is_bared: bool = False

    @property
    def is_equal(self) -> bool:
        """As many packets, and every payload bit for bit."""
        return self.first_difference is None


def compare_packets(
    before: Path,
    after: Path,
    pairs: Mapping[int, int],
    excerpt: Excerpt = COMPLETE_FILM,
    skipped: Mapping[int, int] = MappingProxyType({}),
) -> dict[int, PacketProof]:
    """One proof for each stream of `before` in `pairs`, which names its counterpart in `after`.

    `after` holds `excerpt` of `before`, without the first `skipped` packets of its streams. Both files are
    read once, side by side; memory grows only with how differently they are interleaved. Raises as
    `packet_prints` does.
    """
    meters = {index: _Meter() for index in pairs}
    back = {there: here for here, there in pairs.items()}
    for side, index, packet in _side_by_side((before, after), pairs, excerpt, skipped):
        meters[index if side == 0 else back[index]].add(side, packet)
    return {index: meter.proof() for index, meter in meters.items()}


def _side_by_side(
    files: tuple[Path, Path], pairs: Mapping[int, int], excerpt: Excerpt, skipped: Mapping[int, int]
) -> Iterator[tuple[int, int, PacketPrint]]:
    """(0 for before or 1 for after, stream, packet), from whichever file is behind in time."""
    walks = [
        packet_prints(files[0], pairs.keys(), excerpt, skipped),
        packet_prints(files[1], tuple(pairs.values())),
    ]
    reached: list[Fraction | None] = [Fraction(-1), Fraction(-1)]
    while any(time is not None for time in reached):
        side = min((at for at in (0, 1) if reached[at] is not None), key=lambda at: reached[at] or 0)
        found = next(walks[side], None)
        if found is None:
            reached[side] = None
        else:
            index, packet = found
            reached[side] = max(reached[side] or Fraction(-1), packet.start_s or Fraction(-1))
            yield side, index, packet


class _Meter:
    def __init__(self) -> None:
        self._waiting: tuple[deque[PacketPrint], deque[PacketPrint]] = deque(), deque()
        self._counts, self._compared = [0, 0], 0
        self._first: int | None = None
        self._shift_s = self._length_shift_s = Fraction(0)
        self._shifted = self._left_out_shift = 0
        self._is_bared = False

    def add(self, side: int, packet: PacketPrint) -> None:
        self._counts[side] += 1
        self._waiting[side].append(packet)
        if all(self._waiting):
            one, other = (queue.popleft() for queue in self._waiting)
            if self._first is None:
                self._compare(one, other)
            self._compared += 1

    def _compare(self, one: PacketPrint, other: PacketPrint) -> None:
        if one.payload_sha256 != other.payload_sha256:
            self._first = self._compared
            return
        if one.start_s is not None and other.start_s is not None:
            shift_s = other.start_s - one.start_s
            if abs(shift_s) > abs(self._shift_s):
                self._shift_s, self._shifted = shift_s, self._compared
        self._length_shift_s = max(self._length_shift_s, abs(other.length_s - one.length_s))
        self._is_bared |= one.has_adts != other.has_adts
        left_out = zip(one.left_out, other.left_out, strict=True)
        self._left_out_shift = max(self._left_out_shift, *(abs(a - b) for a, b in left_out))

    def proof(self) -> PacketProof:
        first = self._first
        if first is None and self._counts[0] != self._counts[1]:
            first = self._compared
        return PacketProof(
            original_packets=self._counts[0],
            result_packets=self._counts[1],
            first_difference=first,
            largest_shift_s=self._shift_s,
            shifted_packet=self._shifted,
            largest_length_shift_s=self._length_shift_s,
            left_out_shift=self._left_out_shift,
            is_bared=self._is_bared,
        )
