"""Times for frames, from whatever times the file gives them."""

from __future__ import annotations

from tcvc_cli.records import FilmInfo


class Clock:
    """Repairs presentation times: a missing one is one frame later, one that does not rise is put
    right behind its predecessor, and a clock that jumps back (two recordings in one file) goes on
    where it was, so that no frame is lost."""

    def __init__(self, film: FilmInfo) -> None:
        self._step = max(1, round(1 / (film.frame_rate * film.time_base)))
        self._last: int | None = None
        self._moved = 0

    def next(self, pts: int | None) -> int:
        """The repaired time of the next frame, in ticks of the film's time base."""
        if self._last is None:
            self._last = 0 if pts is None else pts
            return self._last
        moved = self._last + self._step if pts is None else pts + self._moved
        if pts is not None and moved < self._last - 10 * self._step:
            moved = self._last + self._step
            self._moved = moved - pts
        self._last = max(moved, self._last + 1)
        return self._last

    def last_duration(self, duration: int) -> int:
        """How long the last frame lasts: what it says itself, else as long as frames usually do."""
        return duration if duration > 0 else self._step
