"""Shots by the numbers of a clock that need not be the film's: absolute, or counted from their first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tcvc_cli.plan.timecode import FilmClock
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.run.shot_list.listing import Entry, Reading


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames `[start, stop)` since midnight by some clock. The first `mixed` of them, and as many as
    `mixed_before` in front of it, are mixed of the stretch before and this one."""

    where: str
    start: int
    stop: int
    mixed: int = 0
    mixed_before: int = 0


def absolute(stretches: Sequence[Stretch], clock: FilmClock) -> Reading:
    """By the film's own timecode."""
    return _reading(stretches, clock.first, clock.counting.day_frames)


def relative(stretches: Sequence[Stretch], first: int | None = None) -> Reading:
    """From frame `first`, or from the first frame that is there."""
    begins = min((one.start for one in stretches), default=0) if first is None else first
    return _reading(stretches, begins, None)


def _reading(stretches: Sequence[Stretch], first: int, day_frames: int | None) -> Reading:
    found = list(_entries(stretches, first, day_frames))
    found.sort(key=lambda entry: entry.shot.start)
    return Reading(tuple(_meeting(found)))


def _entries(stretches: Sequence[Stretch], first: int, day_frames: int | None) -> Iterator[Entry]:
    for one in stretches:
        start = one.start - first
        if day_frames is not None:
            start %= day_frames
        stop = start + one.stop - one.start
        dissolve = None
        if one.mixed or one.mixed_before:
            dissolve = Dissolve(start - one.mixed_before, start + one.mixed)
        yield Entry(one.where, Shot(start, stop, dissolve=dissolve))


def _meeting(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Where a dissolve lies behind the cut, as in an EDL, both shots meet in its middle. What the first shot
    comes out of is no shot."""
    following = (*entries[1:], None)
    for number, (entry, after) in enumerate(zip(entries, following, strict=True)):
        entry = entry if number else replace(entry, shot=replace(entry.shot, dissolve=None))
        start, stop = _middle(entry.shot), entry.shot.stop
        if after is not None and after.shot.start == stop:
            stop = _middle(after.shot)
        yield Entry(entry.where, Shot(start, stop, dissolve=entry.shot.dissolve))


def _middle(shot: Shot) -> int:
    mixed = shot.dissolve
    return shot.start if mixed is None or mixed.start < shot.start else mixed.start + len(mixed) // 2
