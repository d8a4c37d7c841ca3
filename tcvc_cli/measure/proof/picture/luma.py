"""The luma and the times of two films, frame by frame: bit for bit, or how near."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from tcvc_cli.measure.fidelity import plane_ssim, psnr_of
from tcvc_cli.measure.proof.checks import FLOOR_DB
from tcvc_cli.measure.proof.picture.places import closeness, is_off
from tcvc_cli.media.planes import Frame, Plane
from tcvc_cli.media.write.encode import luma_for_output
from tcvc_cli.records import FilmInfo

# Codecs that give back what they were given. A result in one of them has no excuse.
LOSSLESS = frozenset(("ffv1", "ffvhuff", "huffyuv", "utvideo", "magicyuv", "rawvideo", "v210", "png", "tiff"))
_OUT_OF_PLACE = 2.0  # times nearer to the frame before or after than to its own
_SSIM_LEAST_PX = 11


@dataclass(frozen=True, slots=True)
class LumaProof:
    """Both films have `original_frames` and `result_frames`; the frames of the shorter are compared.

    `is_lossless`: the result's codec gives back what it was given, so that only bit for bit will do.
    `first_difference` is the number of the first frame whose luma differs, None when all are equal bit
    for bit; `differing_frames` how many there are; `largest_difference` in code values of the result.
    PSNR in dB of the worst frame, and the mean over frames that differ, None when none does; SSIM of the
    worst, and the mean over all, None for pictures under 11 px. `misplaced_frames` are clearly nearer to
    the original's frame before or after than to their own; `first_misplaced` is the number of the first.
    `altered_frames` are near as a whole, and another picture all the same, in one place or by a little
    everywhere; `first_altered` is the number of the first, `alteration` how it is another.
    `mean_off`: by how many levels of 8 bit the frames of a lossy film are brighter, on average.
    """

    codec: str
    is_lossless: bool
    original_frames: int
    result_frames: int
    differing_frames: int
    first_difference: int | None
    largest_difference: int
    least_psnr_db: float | None
    mean_psnr_db: float | None
    least_ssim: float | None
    mean_ssim: float | None
    misplaced_frames: int
    first_misplaced: int | None
    floor_db: float
    altered_frames: int = 0
    first_altered: int | None = None
    alteration: str | None = None
    mean_off: float = 0.0

    @property
    def is_equal(self) -> bool:
        """As many frames, and each bit for bit."""
        return self.original_frames == self.result_frames and self.differing_frames == 0

    @property
    def holds(self) -> bool:
        """Bit for bit, or, for a lossy codec, every frame in its place, unaltered, and above the floor."""
        if self.is_lossless or self.is_equal or self.original_frames != self.result_frames:
            return self.is_equal
        is_near = self.least_psnr_db is not None and self.least_psnr_db >= self.floor_db
        is_placed = self.misplaced_frames == 0 and self.altered_frames == 0
        return is_near and is_placed and not self.is_off

    @property
    def is_off(self) -> bool:
        """All frames are brighter or darker by a little."""
        return is_off(self.mean_off, self.floor_db)


@dataclass(frozen=True, slots=True)
class TimesProof:
    """`largest_shift_s`: by how much the presentation of a frame moved at most. `first_shift_s`: the first
    frame's, signed, later is more. `tick_s`: the coarser of the two films' time bases; a container with
    coarse ticks can hold a time no better than to half of it. `last_shortened_s`: by how much less long the
    last frame is shown; it may be held for long."""

    largest_shift_s: Fraction
    first_shift_s: Fraction
    tick_s: Fraction
    last_shortened_s: Fraction = Fraction(0)

    @property
    def holds(self) -> bool:
        return self.largest_shift_s <= self.tick_s / 2 and self.is_last_held

    @property
    def is_last_held(self) -> bool:
        """The last frame is shown for as long as it was; both its ends are rounded."""
        return self.last_shortened_s <= self.tick_s


class LumaMeter:
    """Takes the frames of both films, pair by pair; None where a film has no more."""

    def __init__(self, before: FilmInfo, after: FilmInfo, floor_db: float = FLOOR_DB) -> None:
        self._formats, self._floor_db = (before.pixel_format, after.pixel_format), floor_db
        self._codec = after.streams[after.video_index].codec
        self._peak = (1 << after.pixel_format.bit_depth) - 1
        self._before = self._after = self._differing = self._largest = 0
        self._first: int | None = None
        self._worst_square = self._psnr_sum = self._ssim_sum = 0.0
        self._least_ssim, self._has_ssim = 1.0, True
        self._misplaced = 0
        self._first_misplaced: int | None = None
        self._last_misplaced = -1
        self._altered, self._off_sum = 0, 0.0
        self._is_photograph = after.is_photograph
        self._first_altered: tuple[int, str] | None = None
        self._last: tuple[Plane, Plane, float] | None = None

    def add(self, one: Frame | None, other: Frame | None) -> None:
        self._before += one is not None
        self._after += other is not None
        if one is not None and other is not None:
            self._compare(one.number, self._expected(one, other), other.luma)

    def _expected(self, one: Frame, other: Frame) -> Plane:
        luma, (source, target) = one.luma, self._formats
        source = source if one.facts is None else one.facts.pixel_format
        target = target if other.facts is None else other.facts.pixel_format
        lost_bits = source.bit_depth - target.bit_depth
        if lost_bits > 0:
            kept: Plane = np.right_shift(luma, lost_bits)
            return kept if target.bit_depth > 8 else kept.astype(np.uint8)
        return luma_for_output(luma, source, target)

    def _compare(self, number: int, expected: Plane, luma: Plane) -> None:
        if expected.shape != luma.shape:
            self._see(number, self._peak, float(self._peak) ** 2, 0.0)
            return
        square = _mean_square(expected, luma)
        self._look_around(number, expected, luma, square)
        if square > 0:
            self._look_closer(number, expected, luma)
            largest = int(cv2.norm(expected, luma, cv2.NORM_INF))
            self._see(number, largest, square, self._similarity(expected, luma))

    def _look_closer(self, number: int, expected: Plane, luma: Plane) -> None:
        if self.is_lossless:
            return
        mean_off, words = closeness(expected, luma, self._formats[1].bit_depth, self._floor_db)
        self._off_sum += 0.0 if self._is_photograph else mean_off
        if words is not None:
            self._altered += 1
            self._first_altered = self._first_altered or (number, words)

    def _see(self, number: int, largest: int, square: float, similarity: float | None) -> None:
        self._differing += 1
        self._first = number if self._first is None else self._first
        self._largest = max(self._largest, largest)
        self._worst_square = max(self._worst_square, square)
        self._psnr_sum += psnr_of(square, peak=float(self._peak))
        self._has_ssim &= similarity is not None
        self._ssim_sum += similarity or 0.0
        self._least_ssim = min(self._least_ssim, similarity or 0.0)

    def _similarity(self, expected: Plane, luma: Plane) -> float | None:
        if min(luma.shape) < _SSIM_LEAST_PX:
            return None
        return plane_ssim(luma, expected, peak=float(self._peak))

    def _look_around(self, number: int, expected: Plane, luma: Plane, square: float) -> None:
        """Is this frame the one before, or was the frame before this one?"""
        if self._last is not None and self._last[0].shape == luma.shape:
            expected_before, luma_before, square_before = self._last
            if square_before > _OUT_OF_PLACE * _mean_square(expected, luma_before):
                self._misplace(number - 1)
            if square > _OUT_OF_PLACE * _mean_square(expected_before, luma):
                self._misplace(number)
        self._last = expected, luma, square

    def _misplace(self, number: int) -> None:
        self._misplaced += number > self._last_misplaced
        self._last_misplaced = max(number, self._last_misplaced)
        self._first_misplaced = number if self._first_misplaced is None else self._first_misplaced

    @property
    def is_lossless(self) -> bool:
        """The result gives back what it was given."""
        return self._codec in LOSSLESS and not self._formats[1].is_rgb

    def proof(self) -> LumaProof:
        frames, differing = min(self._before, self._after), self._differing
        mean_ssim = (self._ssim_sum + frames - differing) / max(1, frames)
        return LumaProof(
            codec=self._codec,
            is_lossless=self.is_lossless,
            original_frames=self._before,
            result_frames=self._after,
            differing_frames=differing,
            first_difference=self._first,
            largest_difference=self._largest,
            least_psnr_db=psnr_of(self._worst_square, peak=float(self._peak)) if differing else None,
            mean_psnr_db=self._psnr_sum / differing if differing else None,
            least_ssim=self._least_ssim if self._has_ssim else None,
            mean_ssim=mean_ssim if self._has_ssim else None,
            misplaced_frames=self._misplaced,
            first_misplaced=self._first_misplaced,
            floor_db=self._floor_db,
            mean_off=self._off_sum / max(1, frames),
            altered_frames=self._altered,
            first_altered=None if self._first_altered is None else self._first_altered[0],
            alteration=None if self._first_altered is None else self._first_altered[1],
        )


class TimesMeter:
    """Takes the frames of both films, pair by pair. `is_moved`: the first frame is shown at 0 on purpose."""

    def __init__(self, *, is_moved: bool = False) -> None:
        self._is_moved, self.start_s = is_moved, Fraction(0)
        self._largest = self._last_shortened_s = Fraction(0)
        self._first: Fraction | None = None

    def add(self, one: Frame, other: Frame) -> None:
        if self._first is None and self._is_moved:
            self.start_s = one.time.seconds
        shift = other.time.seconds - one.time.seconds + self.start_s
        self._first = shift if self._first is None else self._first
        self._largest = max(self._largest, abs(shift))
        lengths_s = (frame.time.duration * frame.time.time_base for frame in (one, other))
        self._last_shortened_s = max(Fraction(0), next(lengths_s) - next(lengths_s))

    def proof(self, before: FilmInfo, after: FilmInfo) -> TimesProof:
        tick = max(before.time_base, after.time_base)
        return TimesProof(self._largest, self._first or Fraction(0), tick, self._last_shortened_s)


def _mean_square(one: Plane, other: Plane) -> float:
    return float(cv2.norm(one, other, cv2.NORM_L2SQR)) / one.size
