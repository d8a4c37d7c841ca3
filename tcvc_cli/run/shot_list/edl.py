"""Shots as an edit decision list after CMX 3600, in and out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tcvc_cli.errors import BadShotList
from tcvc_cli.plan.timecode import FilmClock
from tcvc_cli.records import Shot
from tcvc_cli.run.shot_list.edl_events import Event, Side, events_of, is_event, stretches_of
from tcvc_cli.run.shot_list.listing import ListedFilm, Reading, ShotList, Text
from tcvc_cli.run.shot_list.sides import Stretch, absolute, relative

_REEL_CHARACTERS: Final = 8
_HEAD: Final = re.compile(r"\s*(TITLE|FCM)\s*:", re.IGNORECASE)


class EdlList:
    """An EDL of the film's shots.

    Read: the record side of an EDL of the finished film is the film; in one of shots of a single source, the
    source side is. The first that covers the film counts: record, then source times as the film's own
    timecode, then each of them from its first frame on.
    """

    name = "edl"
    suffixes: tuple[str, ...] = (".edl",)

    def is_in(self, text: Text) -> bool:
        return any(_HEAD.match(line) or is_event(line) for line in text.lines[:100])

    def check(self, film: ListedFilm) -> None:
        film.clock()

    def read(self, text: Text, film: ListedFilm) -> ShotList:
        events, clock = events_of(text), film.clock()
        ways: tuple[tuple[Side, Callable[[Sequence[Stretch]], Reading]], ...] = (
            ("record", lambda found: absolute(found, clock)),
            ("source", lambda found: absolute(found, clock)),
            ("record", relative),
            ("source", relative),
        )
        readings = tuple(_reading(events, side, clock, as_read) for side, as_read in ways)
        wipes = sum(event.wipe > 0 for event in events)
        warnings = (f"{text.name}: {wipes} wipes count as cuts in their middle",) if wipes else ()
        return ShotList(readings, warnings)

    def write(self, shots: Sequence[Shot], film: ListedFilm) -> str:
        clock = film.clock()
        mode = "DROP FRAME" if clock.counting.is_drop else "NON-DROP FRAME"
        lines = [f"TITLE: {_one_line(film.name)}", f"FCM: {mode}", ""]
        for number, shot in enumerate(shots, 1):
            after = shots[number] if number < len(shots) else None
            lines += _event_lines(number, shot, after, film.name, clock)
        return "\n".join([*lines, ""])


def _reading(
    events: Sequence[Event], side: Side, clock: FilmClock, as_read: Callable[[Sequence[Stretch]], Reading]
) -> Reading:
    try:
        return as_read([_cut(*pair) for pair in _pairs(events, side, clock)])
    except BadShotList as error:
        return Reading(failure=error)


def _pairs(events: Sequence[Event], side: Side, clock: FilmClock) -> Iterator[tuple[Stretch, int, int]]:
    """Each stretch with the lengths of the wipes that it begins with and that come after it, in frames."""
    wipes = {event.where: event.wipe for event in events}
    found = stretches_of(events, side, clock.counting.nominal)
    for one, after in zip(found, (*found[1:], None), strict=True):
        is_next = after is not None and after.start == one.stop
        yield one, wipes[one.where], wipes[after.where] if after is not None and is_next else 0


def _cut(one: Stretch, wipe: int, wipe_after: int) -> Stretch:
    """A wipe is a cut in its middle: nothing in it is mixed."""
    return Stretch(one.where, one.start + wipe // 2, one.stop + wipe_after // 2, one.mixed)


def _event_lines(number: int, shot: Shot, after: Shot | None, name: str, clock: FilmClock) -> Iterator[str]:
    """A dissolve begins its event, after one without a frame that says what is dissolved."""
    start = shot.start if shot.dissolve is None else shot.dissolve.start
    stop = after.dissolve.start if after is not None and after.dissolve is not None else shot.stop
    if shot.dissolve is not None:
        yield _line(number, name, "C", start, start, clock)
        yield _line(number, name, f"D    {len(shot.dissolve):03}", start, stop, clock)
    else:
        yield _line(number, name, "C", start, stop, clock)
    yield f"* FROM CLIP NAME: {_one_line(name)}"
    if shot.dissolve is not None:
        yield f"* TO CLIP NAME: {_one_line(name)}"


def _line(number: int, name: str, transition: str, start: int, stop: int, clock: FilmClock) -> str:
    codes = f"{clock.code(start)} {clock.code(stop)}"
    return f"{number:03}  {_reel(name):<{_REEL_CHARACTERS}} V     {transition:<8} {codes} {codes}"


def _reel(name: str) -> str:
    """Eight capital letters and digits, as CMX 3600 has them."""
    letters = re.sub("[^A-Z0-9_]", "", name.rsplit(".", 1)[0].upper())
    return letters[:_REEL_CHARACTERS] or "AX"


def _one_line(name: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in name)
