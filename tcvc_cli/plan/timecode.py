"""SMPTE timecode in whole numbers: frames since midnight, and how they are written.

After SMPTE ST 12-1:2014. Timecode numbers frames: `nominal` of them are called a second, 30 where a film has
30000/1001. Drop frame keeps such numbers near the clock: the first two of each minute (four at 60, ST 12-1
and ST 12-3) are left out, but not of each tenth minute. At midnight it begins again at zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_WRITTEN: Final = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})([:;])(\d{2,3})", re.ASCII)
_TOLERANCE: Final = Fraction(1, 2500)  # 30 and 30000/1001 are 1/1000 apart
_MOST_NOMINAL: Final = 240
_DROPPED_OF: Final = 30  # two numbers a minute for each 30 frames a second
_ROUNDING_S: Final = Fraction(
    1, 1000
)  # how far a container may have moved a frame: Matroska's and FLV's tick


@dataclass(frozen=True, slots=True)
class Counting:
    """How frames are numbered: `nominal` a second, `is_drop` with the gaps of drop frame.

    Raises ValueError for a rate that has no drop frame.
    """

    nominal: int
    is_drop: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.nominal <= _MOST_NOMINAL:
            raise ValueError(f"timecode of {self.nominal} frames a second")
        if self.is_drop and self.nominal % _DROPPED_OF:
            raise ValueError(f"{self.nominal} frames a second have no drop frame; 29.97 and 59.94 have")

    @property
    def dropped(self) -> int:
        """Numbers that are left out in nine of ten minutes."""
        return 2 * self.nominal // _DROPPED_OF if self.is_drop else 0

    @property
    def day_frames(self) -> int:
        """Frames from midnight to midnight."""
        return 24 * 6 * self._ten_minutes

    @property
    def _ten_minutes(self) -> int:
        return 600 * self.nominal - 9 * self.dropped

    def frame(self, code: Timecode) -> int:
        """The number of the frame since midnight. Raises ValueError for a timecode that no frame has."""
        if code.frames >= self.nominal:
            raise ValueError(f"{code} has frame {code.frames}, and a second has {self.nominal}")
        minutes = 60 * code.hours + code.minutes
        if code.seconds == 0 and minutes % 10 and code.frames < self.dropped:
            raise ValueError(f"{code} does not exist: drop frame leaves this number out")
        counted = (60 * minutes + code.seconds) * self.nominal + code.frames
        return counted - self.dropped * (minutes - minutes // 10)

    def code(self, frame: int) -> Timecode:
        """Of the frame with this number; the day begins again at midnight."""
        tens, rest = divmod(frame % self.day_frames, self._ten_minutes)
        minute = 60 * self.nominal
        later = max(0, rest - minute) // (minute - self.dropped) + 1 if rest >= minute else 0
        counted = tens * 10 * minute + rest + self.dropped * later
        seconds, frames = divmod(counted, self.nominal)
        return Timecode(seconds // 3600, seconds // 60 % 60, seconds % 60, frames, self.is_drop)


@dataclass(frozen=True, slots=True)
class Timecode:
    """A timecode as it is written, `01:02:03:04`, or `01:02:03;04` where it `is_drop`. Raises ValueError for
    a time that no clock shows; whether a film has such a frame, `Counting` knows."""

    hours: int
    minutes: int
    seconds: int
    frames: int
    is_drop: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.hours < 24 and 0 <= self.minutes < 60 and 0 <= self.seconds < 60):
            raise ValueError(f"{self} is no time of a day")

    def __str__(self) -> str:
        mark = ";" if self.is_drop else ":"
        return f"{self.hours:02}:{self.minutes:02}:{self.seconds:02}{mark}{self.frames:02}"


def is_timecode(text: str) -> bool:
    """Whether `text` is written like one, whatever its numbers are."""
    return _WRITTEN.fullmatch(text.strip()) is not None


def read_timecode(text: str) -> Timecode:
    """`HH:MM:SS:FF`; with `;` before the frames it is drop frame. Raises ValueError."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:20]!r} is no timecode; write 01:02:03:04, or 01:02:03;04 for drop frame")
    hours, minutes, seconds, frames = (int(found[group]) for group in (1, 2, 3, 5))
    return Timecode(hours, minutes, seconds, frames, is_drop=found[4] != ":")


def nominal_of(frame_rate: Fraction) -> int:
    """How many frames timecode calls a second. Raises ValueError for a rate that is near no whole number, nor
    near 1000/1001 of one, as the average rate of a film whose frames last differently long."""
    for slowed in (Fraction(1), Fraction(1000, 1001)):
        nominal = round(frame_rate / slowed)
        if 1 <= nominal <= _MOST_NOMINAL and abs(frame_rate / (nominal * slowed) - 1) < _TOLERANCE:
            return nominal
    raise ValueError(
        f"timecode needs a constant rate, and the film has {float(frame_rate):.3f} frames a second"
    )


def is_steady(frame_rate: Fraction) -> bool:
    """Whether timecode has a number for it."""
    try:
        nominal_of(frame_rate)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class FilmClock:
    """The timecodes of a film: that of its first frame is number `first` in `counting`. `frame_rate` is the
    film's own, in frames a second. `is_stated`: the film says so; else it is counted from 00:00:00:00."""

    frame_rate: Fraction
    counting: Counting
    first: int = 0
    is_stated: bool = False

    def code(self, frame: int) -> Timecode:
        """Of a frame of the film, counted from 0."""
        return self.counting.code(self.first + frame)

    def frame(self, code: Timecode) -> int:
        """Of the film, from 0, and beyond its end where it has none such. Raises ValueError for a code that
        no frame can have, and for drop frame where the film counts otherwise. With `:` it is read as the film
        counts."""
        if code.is_drop and not self.counting.is_drop:
            raise ValueError(
                f"{code} is drop frame, and the film counts without: {self.code(0)} is its first"
            )
        written = Timecode(code.hours, code.minutes, code.seconds, code.frames, self.counting.is_drop)
        return (self.counting.frame(written) - self.first) % self.counting.day_frames

    def begins_s(self, frame: int) -> Fraction:
        """When the frame is shown, in seconds from the first one; early enough for a time that its container
        has rounded, and too late for the frame before it."""
        margin_s = min(_ROUNDING_S, 1 / (4 * self.frame_rate))
        return max(Fraction(0), frame / self.frame_rate - margin_s)


def clock_of(frame_rate: Fraction, stated: str | None = None, *, may_drop: bool = False) -> FilmClock:
    """The clock of a film whose first frame has the timecode `stated`, or 00:00:00:00 where it says none;
    then it counts in drop frame where it `may_drop` and its rate has one. Raises ValueError."""
    nominal = nominal_of(frame_rate)
    if stated is None:
        return FilmClock(frame_rate, Counting(nominal, is_drop=may_drop))
    code = read_timecode(stated)
    counting = Counting(nominal, code.is_drop)
    return FilmClock(frame_rate, counting, counting.frame(code), is_stated=True)


def moved_code(frame_rate: Fraction, text: str, frames: int) -> str | None:
    """The timecode `frames` after the one in `text`; None where there is no telling."""
    try:
        return str(clock_of(frame_rate, text).code(frames))
    except ValueError:
        return None
