"""The events of an edit decision list after CMX 3600, as text.

    TITLE: film
    FCM: NON-DROP FRAME
    001  FILM     V     C        01:00:00:00 01:00:02:00 01:00:00:00 01:00:02:00
    002  FILM     V     D    016 01:00:02:00 01:00:05:10 01:00:02:00 01:00:05:10
    * FROM CLIP NAME: film.mov

Number, reel, channels, transition with its length in frames, source in and out, record in and out; an out is
the first frame behind the event. Read by ourselves: the adapter of OpenTimelineIO has no line numbers in its
errors, and would make a list for a shell need another package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tcvc_cli.errors import BadShotList
from tcvc_cli.plan.timecode import Counting, Timecode, read_timecode
from tcvc_cli.run.shot_list.listing import Text
from tcvc_cli.run.shot_list.sides import Stretch

Side = Literal["source", "record"]
_CODE: Final = re.compile(r"\d{2}[:;.,]\d{2}[:;.,]\d{2}[:;.,]\d{2,3}", re.ASCII)
_NUMBERED: Final = re.compile(r"\s*\d{1,8}\s", re.ASCII)
_MODE: Final = re.compile(r"\s*FCM\s*:\s*(NON[- ]?)?DROP", re.IGNORECASE)
_PICTURE: Final = re.compile(r"B|(A+\d*/?)?V1?(/?A+\d*)?|VA+\d*", re.IGNORECASE | re.ASCII)
_WIPE: Final = re.compile(r"W\d{0,3}", re.IGNORECASE | re.ASCII)
_KEY: Final = re.compile(r"K[BO]?", re.IGNORECASE)
_CODES: Final = 4
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Event:
    """`dissolve` is its length in frames, 0 for a cut. `codes` are source in and out, record in and out."""

    where: str
    dissolve: int
    wipe: int
    codes: tuple[Timecode, Timecode, Timecode, Timecode]


def is_event(line: str) -> bool:
    """Whether a line looks like the picture or the sound of an event."""
    return _NUMBERED.match(line) is not None and len(_CODE.findall(line)) >= _CODES


def events_of(text: Text) -> tuple[Event, ...]:
    """Of the picture; comments, effects and sound count for nothing. Raises BadShotList."""
    found = tuple(_events(text))
    if not found:
        raise BadShotList(f"{text.name}: holds no event of an EDL")
    return found


def _events(text: Text) -> Iterator[Event]:
    is_drop = False
    for number, line in enumerate(text.lines, 1):
        if mode := _MODE.match(line):
            is_drop = mode[1] is None
        elif _NUMBERED.match(line):
            event = _event(line, text.where(number), is_drop=is_drop)
            if event is not None:
                yield event


def _event(line: str, where: str, *, is_drop: bool) -> Event | None:
    """None for one without picture."""
    *words, first, second, third, fourth = line.split() if is_event(line) else (line, *[""] * _CODES)
    if not _CODE.fullmatch(fourth) or len(words) < 4:
        raise BadShotList(f"{where}: an event was expected, with four timecodes, not '{_shown(line)}'")
    length = int(words.pop()) if _is_length(words) else 0
    kind, channels = words[-1].upper(), words[-2]
    if not _PICTURE.fullmatch(channels):
        return None
    codes = tuple(_code(one, where, is_drop=is_drop) for one in (first, second, third, fourth))
    assert len(codes) == _CODES
    if _KEY.fullmatch(kind):
        raise BadShotList(f"{where}: a key lies over another picture and is no shot of its own")
    is_wipe = _WIPE.fullmatch(kind) is not None
    if kind not in ("C", "D") and not is_wipe:
        raise BadShotList(f"{where}: a transition C, D or W was expected, not '{_shown(kind)}'")
    if kind != "C" and not length:
        raise BadShotList(f"{where}: the transition {_shown(kind)} has no length")
    return Event(where, length if kind == "D" else 0, length if is_wipe else 0, codes)


def _is_length(words: Sequence[str]) -> bool:
    return len(words) > 4 and words[-1].isascii() and words[-1].isdigit() and len(words[-1]) < 7


def _shown(line: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in line.strip()[:_SHOWN])


def _code(written: str, where: str, *, is_drop: bool) -> Timecode:
    clock, frames = written.rsplit(written[8], 1)
    mark = ";" if is_drop or written[8] != ":" else ":"
    try:
        return read_timecode(re.sub("[;.,]", ":", clock) + mark + frames)
    except ValueError as error:
        raise BadShotList(f"{where}: {error}") from error


def stretches_of(events: Sequence[Event], side: Side, nominal: int) -> tuple[Stretch, ...]:
    """By the timecodes of one side, in a film of `nominal` frames a second. Events without a frame, which
    stand before a dissolve, are left out. Raises BadShotList."""
    found = (_stretch(event, side, nominal) for event in events)
    return tuple(one for one in found if one is not None)


def _stretch(event: Event, side: Side, nominal: int) -> Stretch | None:
    code_in, code_out = event.codes[2:] if side == "record" else event.codes[:2]
    try:
        start, stop = (Counting(nominal, code.is_drop).frame(code) for code in (code_in, code_out))
        day_frames = Counting(nominal, code_in.is_drop).day_frames
    except ValueError as error:
        raise BadShotList(f"{event.where}: {error}") from error
    if stop == start:
        return None
    if stop < start and start - stop < day_frames // 2:
        raise BadShotList(f"{event.where}: the {side} ends at {code_out}, before its start {code_in}")
    stop += day_frames if stop < start else 0
    if max(event.dissolve, event.wipe) > stop - start:
        raise BadShotList(f"{event.where}: the transition is longer than the event, {stop - start} frames")
    return Stretch(event.where, start, stop, event.dissolve)
