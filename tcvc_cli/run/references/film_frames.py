"""Single frames of a film, by number or by time."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from tcvc_cli.errors import MediaError
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.records import FilmInfo

_MOST_GUESSES = 24


class FilmFrames:
    """A `FilmLuma` of frames `[0, stop)`."""

    def __init__(self, film: FilmInfo, stop: int) -> None:
        self._film, self._stop = film, stop

    @property
    def stem(self) -> str:
        return self._film.path.stem

    @property
    def frames(self) -> int:
        return self._stop

    def luma_of(self, frame: int) -> NDArray[Any]:
        """(h, w) code values, as the film has them."""
        return self.at(frame).luma

    def at(self, number: int) -> Frame:
        """Its luma alone. MediaError where the film has no such frame."""
        frame = next(read_frames(self._film, number, number + 1, has_chroma=False), None)
        if frame is None:
            raise MediaError(f"the film ended before frame {number}")
        return frame

    def frame_at(self, time_s: Fraction) -> int | None:
        """Which is shown at a time from the start; None after the end."""
        guess, low, high = int(time_s * self._film.frame_rate), 0, self._stop - 1
        for _ in range(_MOST_GUESSES):
            guess = min(max(guess, low), high)
            begin_s, end_s = self._shown(guess)
            if begin_s <= time_s < end_s:
                return guess
            if time_s < begin_s:
                high = guess - 1
            else:
                low = guess + 1
            if low > high:
                return None
            step = int((time_s - begin_s) * self._film.frame_rate)
            guess = guess + step if low <= guess + step <= high else (low + high) // 2
        return None

    def _shown(self, number: int) -> tuple[Fraction, Fraction]:
        time = self.at(number).time
        begin_s = time.seconds - self._film.start_s
        return begin_s, begin_s + time.duration * time.time_base
