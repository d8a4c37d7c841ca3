"""The shots of a list, checked against the frames of the film, or of the part of it that is coloured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tcvc_cli.errors import BadShotList
from tcvc_cli.plan.takes import with_room
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.run.shot_list.listing import Entry, Reading


@dataclass(frozen=True, slots=True)
class Span:
    """Frames `[start, stop)` of the film: all of it, or `is_part`, and then the film may have more."""

    start: int
    stop: int
    is_part: bool = False

    def __len__(self) -> int:
        return self.stop - self.start


def fitted(name: str, readings: Sequence[Reading], span: Span) -> tuple[Shot, ...]:
    """The shots of the first reading that covers the span without gap or overlap.

    A list of the whole film is cut to a part; one that is as long as the part and begins at 0 counts its own
    frames. Raises BadShotList of the reading that comes nearest; `name` is that of the file.
    """
    nearest: tuple[int, BadShotList] | None = None
    for reading in readings:
        try:
            return _fitted(name, reading, span)
        except BadShotList as error:
            off = _off(reading, span)
            nearest = (off, error) if nearest is None or off < nearest[0] else nearest
    raise nearest[1] if nearest else BadShotList(f"{name}: holds no shot")


def _off(reading: Reading, span: Span) -> int:
    """How many frames lie between its ends and those of the span; only to choose an error by."""
    if not reading.entries:
        return 2**63
    start, stop = reading.entries[0].shot.start, reading.entries[-1].shot.stop
    return abs(start - span.start) + abs(stop - span.stop)


def _fitted(name: str, reading: Reading, span: Span) -> tuple[Shot, ...]:
    if reading.failure is not None:
        raise reading.failure
    shots = _following(reading.entries, span)
    if not shots:
        raise BadShotList(f"{name}: holds no shot")
    start, stop = shots[0].start, shots[-1].stop
    if not span.is_part:
        if stop != span.stop:
            raise BadShotList(f"{name}: the last shot ends at frame {stop}, the film at {span.stop}")
        return shots
    if start == 0 and stop == len(span):
        return tuple(_moved(shot, span.start) for shot in shots)
    if start <= span.start and stop >= span.stop:
        return _clipped(shots, span)
    raise BadShotList(_neither(name, start, stop, span))


def _neither(name: str, start: int, stop: int, span: Span) -> str:
    return (
        f"{name}: the shots are frames {start} to {stop}; the part is frames {span.start} to {span.stop} of"
        f" the film, so a list that covers these was expected, or one of its own frames, 0 to {len(span)}"
    )


def _following(entries: Sequence[Entry], span: Span) -> tuple[Shot, ...]:
    shots: list[Shot] = []
    for entry in entries:
        expected = shots[-1].stop if shots else _first(entry, span)
        _check_next(entry, expected)
        shots.append(entry.shot)
        _check_dissolve(shots, entry.where)
    return tuple(shots)


def _first(entry: Entry, span: Span) -> int:
    """A list of a part may begin anywhere up to it."""
    return entry.shot.start if span.is_part and entry.shot.start <= span.start else 0


def _check_next(entry: Entry, expected_start: int) -> None:
    shot, where = entry.shot, entry.where
    if shot.stop <= shot.start:
        raise BadShotList(f"{where}: the shot ends at frame {shot.stop}, not after its start {shot.start}")
    if shot.start != expected_start:
        fault = "leaves a gap" if shot.start > expected_start else "overlaps the shot before it"
        raise BadShotList(
            f"{where}: the shot starts at frame {shot.start} and {fault}; expected {expected_start}"
        )


def _check_dissolve(shots: Sequence[Shot], where: str) -> None:
    """Of the last of the shots; it must be one that can be kept as it is."""
    mixed = shots[-1].dissolve
    if mixed is None:
        return
    words = f"{where}: the dissolve of frames {mixed.start} to {mixed.stop}"
    if len(shots) == 1:
        raise BadShotList(f"{words} has no shot before it")
    if not mixed.start <= shots[-1].start <= mixed.stop or mixed.start == mixed.stop:
        raise BadShotList(f"{words} is not where the shot starts, at frame {shots[-1].start}")
    if with_room(shots)[-1] != shots[-1]:
        raise BadShotList(f"{words} reaches too far into the shot before it or this one")


def _clipped(shots: Sequence[Shot], span: Span) -> tuple[Shot, ...]:
    """What of a dissolve lies outside of the part is cut off with it."""
    inside = (shot for shot in shots if shot.stop > span.start and shot.start < span.stop)
    return with_room(
        replace(shot, start=max(shot.start, span.start), stop=min(shot.stop, span.stop)) for shot in inside
    )


def _moved(shot: Shot, frames: int) -> Shot:
    mixed = shot.dissolve
    dissolve = None if mixed is None else Dissolve(mixed.start + frames, mixed.stop + frames)
    return replace(shot, start=shot.start + frames, stop=shot.stop + frames, dissolve=dissolve)
