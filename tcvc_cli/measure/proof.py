"""Proof that only colour was added: luma and times of every frame, and the packets of carried streams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

import numpy as np

from tcvc_cli.media.decode import read_frames
from tcvc_cli.media.encode import luma_for_output
from tcvc_cli.media.packets import packet_hashes
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.probe import probe
from tcvc_cli.records import FilmInfo, StreamInfo


@dataclass(frozen=True, slots=True)
class LumaProof:
    """Both films have `original_frames` and `result_frames`; the frames of the shorter are compared.

    `first_difference` is the number of the first frame whose luma differs, None when all are equal bit
    for bit; `differing_frames` how many there are; `largest_difference` in code values of the result.
    """

    original_frames: int
    result_frames: int
    differing_frames: int
    first_difference: int | None
    largest_difference: int

    @property
    def holds(self) -> bool:
        return self.original_frames == self.result_frames and self.differing_frames == 0


@dataclass(frozen=True, slots=True)
class TimesProof:
    """`largest_shift_s`: by how much the presentation of a frame moved at most. `tick_s`: the coarser of
    the two films' time bases; a container with coarse ticks can hold a time no better than to half of it."""

    largest_shift_s: Fraction
    tick_s: Fraction

    @property
    def holds(self) -> bool:
        return self.largest_shift_s <= self.tick_s / 2


@dataclass(frozen=True, slots=True)
class StreamProof:
    """One stream of the original that is not the picture, and its counterpart, None where it has none.

    `is_equal`: as many packets, and their payloads equal bit for bit, in order.
    """

    original: StreamInfo
    result: StreamInfo | None
    is_equal: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """`holds` is True when luma, times and every stream are what they were."""

    luma: LumaProof
    times: TimesProof
    streams: tuple[StreamProof, ...]

    @property
    def holds(self) -> bool:
        return self.luma.holds and self.times.holds and all(stream.is_equal for stream in self.streams)


def compare(original: Path, result: Path) -> Proof:
    """Read both films whole and compare them; memory does not grow with their length.

    Raises InputError and MediaError as `probe` and `read_frames` do. A result of another size has no equal
    frame.
    """
    before, after = probe(original), probe(result)
    luma, times = _Luma(before, after), _Times()
    for one, other in zip_longest(read_frames(before), read_frames(after)):
        luma.add(one, other)
        if one is not None and other is not None:
            times.add(one, other)
    return Proof(luma.proof(), times.proof(before, after), tuple(_stream_proofs(before, after)))


class _Luma:
    def __init__(self, before: FilmInfo, after: FilmInfo) -> None:
        self._formats = before.pixel_format, after.pixel_format
        self._before = self._after = self._differing = self._largest = 0
        self._first: int | None = None

    def add(self, one: Frame | None, other: Frame | None) -> None:
        self._before += one is not None
        self._after += other is not None
        if one is not None and other is not None:
            self._compare(one, other)

    def _compare(self, one: Frame, other: Frame) -> None:
        expected = luma_for_output(one.luma, *self._formats)
        if np.array_equal(expected, other.luma):
            return
        self._differing += 1
        self._first = one.number if self._first is None else self._first
        largest = (1 << self._formats[1].bit_depth) - 1
        if expected.shape == other.luma.shape:
            largest = int(np.abs(expected.astype(np.int32) - other.luma).max())
        self._largest = max(self._largest, largest)

    def proof(self) -> LumaProof:
        return LumaProof(self._before, self._after, self._differing, self._first, self._largest)


class _Times:
    def __init__(self) -> None:
        self._largest = Fraction(0)

    def add(self, one: Frame, other: Frame) -> None:
        self._largest = max(self._largest, abs(one.time.seconds - other.time.seconds))

    def proof(self, before: FilmInfo, after: FilmInfo) -> TimesProof:
        return TimesProof(self._largest, max(before.time_base, after.time_base))


def _stream_proofs(before: FilmInfo, after: FilmInfo) -> Iterator[StreamProof]:
    originals = [stream for stream in before.streams if stream.index != before.video_index]
    results = [stream for stream in after.streams if stream.index != after.video_index]
    counterparts = _counterparts(originals, results)
    for stream in originals:
        counterpart = counterparts.get(stream.index)
        yield StreamProof(stream, counterpart, _is_equal(before, stream, after, counterpart))


def _counterparts(originals: list[StreamInfo], results: list[StreamInfo]) -> dict[int, StreamInfo]:
    """By index of the original, in order: the likest are paired first, then those that lost a tag or were
    converted."""
    found: dict[int, StreamInfo] = {}
    left = list(results)
    for alike in (3, 2, 1):
        for stream in originals:
            same = [one for one in left if _traits(one)[:alike] == _traits(stream)[:alike]]
            if same and stream.index not in found:
                found[stream.index] = same[0]
                left.remove(same[0])
    return found


def _traits(stream: StreamInfo) -> tuple[str | None, ...]:
    return stream.kind, stream.codec, stream.language


def _is_equal(before: FilmInfo, stream: StreamInfo, after: FilmInfo, other: StreamInfo | None) -> bool:
    if other is None:
        return False
    payloads = (
        [digest for _, _, digest in packet_hashes(film.path, index)]
        for film, index in ((before, stream.index), (after, other.index))
    )
    return next(payloads) == next(payloads)
