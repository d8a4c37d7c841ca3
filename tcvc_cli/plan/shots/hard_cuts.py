"""Is there a hard cut right before this frame?"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from tcvc_cli.plan.shots.fades import is_low
from tcvc_cli.plan.shots.history import History

_NEARBY_FRAMES = 8
_WORTH_A_LOOK = 0.75  # of what is usual nearby
_UNLIKE = 0.6  # of what is usual
_LEAST_USUAL = 0.2  # below, all is grain
_JUMP = 0.5  # of the contrast nearby: what a fade never leaves in one step


def hard_cut(history: History, frame: int, longest_flash_frames: int) -> float | None:
    """How strongly the frame begins a new shot, in [0, 1]; None when it does not.

    It does when no frame just before is like any frame just after, though frames on one side are like
    each other. Looking `longest_flash_frames` ahead and back is what tells a cut from a flash, whose two
    sides match; measuring against what is usual nearby is what tells it from grain and wild motion.
    """
    nearby = [
        history.step(other)
        for other in (*history.before(frame, _NEARBY_FRAMES), *history.since(frame + 1, _NEARBY_FRAMES))
        if other > 0
    ]
    usual = median(nearby) if nearby else 1.0
    if frame == 0 or history.step(frame) > _WORTH_A_LOOK * usual or not _may_be_cut(history, frame):
        return None
    usual = min(usual, (_side(history, frame, -1) + _side(history, frame, 1)) / 2)
    if usual < _LEAST_USUAL:
        return None
    best = 0.0
    for before, after in _across(history, frame, longest_flash_frames):
        best = max(best, history.alike(before, after) / usual)
        if best > _UNLIKE:
            return None
    return 1 - best


def _may_be_cut(history: History, frame: int) -> bool:
    """False inside a fade or in black; a cut to or from black must be a jump."""
    low_before, low_after = is_low(history, frame - 1), is_low(history, frame)
    if low_before and low_after:
        return False
    if low_after:
        return history[frame - 1].contrast > _JUMP * history.contrast(history.before(frame, _NEARBY_FRAMES))
    if low_before:
        return history[frame].contrast > _JUMP * history.contrast(history.since(frame, _NEARBY_FRAMES))
    return True


def _side(history: History, frame: int, direction: int) -> float:
    """How alike frames are on one side of the boundary before `frame`."""
    nearest = frame if direction > 0 else frame - 1
    others = [nearest + direction * step for step in (1, 2)]
    there = [other for other in others if history.start <= other < history.stop]
    if history[nearest].is_blank or not there:
        return 1.0
    return max(history.alike(min(nearest, other), max(nearest, other)) for other in there)


def _across(history: History, frame: int, reach: int) -> Iterator[tuple[int, int]]:
    """Pairs of a frame before the boundary and one after: (last, any), (any, first), and one of each."""
    last = frame - 1
    yield last, frame
    for step in range(1, reach + 1):
        if frame + step < history.stop:
            yield last, frame + step
        if last - step >= history.start:
            yield last - step, frame
    if last > history.start and frame + 1 < history.stop:
        yield last - 1, frame + 1
