"""Cuts that hide in black: one shot fades out, the next fades in."""

from __future__ import annotations

from tcvc_cli.plan.shots.history import REACH_FRAMES, History
from tcvc_cli.plan.shots.similarity import Similarity
from tcvc_cli.plan.shots.structure import Structure

_LOW = 0.2  # of the contrast on either side
_NEAR_FRAMES = 8
_SAME_PICTURE = 0.6


def is_low(history: History, frame: int) -> bool:
    """Nothing to see, or next to nothing: on the way to black, or between two pictures."""
    here = history[frame]
    if here.is_blank:
        return True
    before = history.contrast(history.before(frame, REACH_FRAMES))
    after = history.contrast(history.since(frame + 1, REACH_FRAMES))
    if here.contrast < _LOW * min(before, after):
        return True
    return here.contrast < _LOW * max(before, after) and _is_near_blank(history, frame)


def _is_near_blank(history: History, frame: int) -> bool:
    near = (*history.before(frame, _NEAR_FRAMES), *history.since(frame, _NEAR_FRAMES))
    return any(history[other].is_blank for other in near)


class FadeJudge:
    """Asked about each frame in turn; finds the dark between two pictures."""

    def __init__(self) -> None:
        self._similarity = Similarity()
        self._low_since: int | None = None
        self._before: tuple[Structure, ...] = ()

    def dark_before(self, history: History, frame: int) -> range | None:
        """The dark stretch that ended right before `frame`, if the pictures on its two sides differ.

        None too for a stretch at the very beginning or end of the film.
        """
        if is_low(history, frame):
            if self._low_since is None:
                self._low_since = frame
                self._before = _witnesses(history, history.before(frame, REACH_FRAMES))
            return None
        since, self._low_since = self._low_since, None
        if since is None or not self._before or self._is_same(history, frame):
            return None
        return range(since, frame)

    def _is_same(self, history: History, frame: int) -> bool:
        after = _witnesses(history, history.since(frame, REACH_FRAMES))
        pairs = ((one, other) for one in self._before for other in after)
        return any(self._similarity.of(one, other) > _SAME_PICTURE for one, other in pairs)


def _witnesses(history: History, frames: range) -> tuple[Structure, ...]:
    """The frame of most contrast, and the one that is nearest to the dark."""
    if not frames:
        return ()
    brightest = max(frames, key=lambda frame: history[frame].contrast)
    nearest = min(frames[0], frames[-1], key=lambda frame: history[frame].contrast)
    return history[brightest], history[nearest]
