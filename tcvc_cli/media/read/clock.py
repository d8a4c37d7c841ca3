"""Times for frames and packets, from whatever times the file gives them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tcvc_cli.records import FilmInfo

_LEAST_S = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class ClockState:
    """What a clock knows between two frames, in ticks: the time of the one before, None before the first;
    when that one is over; by how much later times are given than the file says them."""

    last: int | None = None
    over: int = 0
    moved: int = 0


class Clock:
    """Repairs presentation times of frames: a missing one comes when the frame before it is over, or when the
    film begins; one that does not rise is put right behind its predecessor, as near as Matroska can tell them
    apart, and where the clock jumps back it goes on where it was, so that no frame is lost."""

    def __init__(self, film: FilmInfo, state: ClockState = ClockState()) -> None:
        self._step = max(1, round(1 / (film.frame_rate * film.time_base)))
        self._least = max(1, min(round(_LEAST_S / film.time_base), self._step // 4))
        self._last, self._over, self._moved = state.last, state.over, state.moved
        if self._last is None:
            self._over = round(film.start_s / film.time_base)

    @property
    def state(self) -> ClockState:
        """From which another clock goes on as this one would."""
        return ClockState(self._last, self._over, self._moved)

    def next(self, pts: int | None, duration: int = 0) -> int:
        """The repaired time of the next frame, in ticks of the film's time base. `duration` as the frame
        says it, 0 where it does not."""
        now = self._over if pts is None else pts + self._moved
        if self._last is not None:
            if pts is not None and now < self._last - 10 * self._step:
                now = self._last + self._step
                self._moved = now - pts
            now = now if now > self._last else self._last + self._least
        is_one_field = 2 * duration <= self._step
        self._last, self._over = now, now + (self._step if is_one_field else duration)
        return now

    def last_duration(self, duration: int) -> int:
        """How long the last frame lasts: what it says itself, else as long as frames usually do."""
        return duration if duration > 0 else self._step
