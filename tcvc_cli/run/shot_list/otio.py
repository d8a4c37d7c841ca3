"""Shots as a timeline of OpenTimelineIO, in and out, with the package `opentimelineio`.

Written: one video track of clips of the film, dissolves as transitions, the film's timecode as the start of
the timeline and of the media. Read: the first video track.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import ModuleType
from typing import Any

from tcvc_cli.errors import BadShotList, UsageError
from tcvc_cli.records import Shot
from tcvc_cli.run.shot_list.listing import MOST_FRAMES, ListedFilm, ShotList, Text
from tcvc_cli.run.shot_list.sides import Stretch, absolute, relative

_NEAR = Fraction(1, 100)  # of a frame: rates are floating-point numbers there


@dataclass(frozen=True, slots=True)
class _Child:
    """A clip of the track by both clocks, in frames of the film: where it lies, and of what it is."""

    where: str
    start: int
    stop: int
    source_start: int
    mixed: int
    mixed_before: int


class OtioList:
    """An OTIO timeline of the film's shots; which side is the film's is decided as for an EDL."""

    name = "otio"
    suffixes: tuple[str, ...] = (".otio",)

    def is_in(self, text: Text) -> bool:
        return any(line.lstrip().startswith("{") for line in text.lines[:1])

    def check(self, film: ListedFilm) -> None:
        _package()
        film.clock()

    def read(self, text: Text, film: ListedFilm) -> ShotList:
        otio, clock = _package(), film.clock()
        timeline, track = _track(otio, text)
        children = _guarded(lambda: tuple(_children(otio, text.name, track, film.frame_rate)), text.name)
        begins = timeline.global_start_time
        first = 0 if begins is None else _frames(begins, film.frame_rate, f"{text.name}: global_start_time")
        record = [Stretch(one.where, one.start, one.stop, one.mixed, one.mixed_before) for one in children]
        source = [
            replace(one, start=child.source_start, stop=child.source_start + child.stop - child.start)
            for one, child in zip(record, children, strict=True)
        ]
        placed = [replace(one, start=one.start + first, stop=one.stop + first) for one in record]
        readings = (absolute(placed, clock), absolute(source, clock), relative(record, 0), relative(source))
        return ShotList(readings)

    def write(self, shots: Sequence[Shot], film: ListedFilm) -> str:
        otio, clock = _package(), film.clock()
        rate = float(film.frame_rate)
        name = film.name.encode("utf-8", "backslashreplace").decode()  # no text of OTIO holds anything else

        def span(start: int, frames: int) -> Any:
            times = (otio.opentime.RationalTime(one, rate) for one in (start, frames))
            return otio.opentime.TimeRange(*times)

        count = max(film.frame_count, shots[-1].stop)
        track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
        for number, shot in enumerate(shots, 1):
            if shot.dissolve is not None:
                track.append(_transition(otio, shot, rate))
            media = otio.schema.ExternalReference(name, span(clock.first, count))
            place = span(clock.first + shot.start, len(shot))
            track.append(otio.schema.Clip(f"shot {number}", media, place))
        begins = otio.opentime.RationalTime(clock.first + shots[0].start, rate)
        timeline = otio.schema.Timeline(name, global_start_time=begins)
        timeline.tracks.append(track)
        return str(otio.adapters.write_to_string(timeline, "otio_json")) + "\n"


def _package() -> ModuleType:
    try:
        import opentimelineio
    except ImportError as error:
        message = "lists of OpenTimelineIO need the package opentimelineio"
        raise UsageError(message, "Install it: pip install opentimelineio.") from error
    package: ModuleType = opentimelineio
    return package


def _transition(otio: ModuleType, shot: Shot, rate: float) -> Any:
    assert shot.dissolve is not None
    times = (shot.start - shot.dissolve.start, shot.dissolve.stop - shot.start)
    offsets = (otio.opentime.RationalTime(one, rate) for one in times)
    return otio.schema.Transition("dissolve", otio.schema.TransitionTypes.SMPTE_Dissolve, *offsets)


def _track(otio: ModuleType, text: Text) -> tuple[Any, Any]:
    """The timeline and its first video track."""
    content = "\n".join(text.lines)
    timeline = _guarded(lambda: otio.adapters.read_from_string(content, "otio_json"), text.name)
    if isinstance(timeline, otio.schema.SerializableCollection):
        timeline = next((one for one in timeline if isinstance(one, otio.schema.Timeline)), None)
    if not isinstance(timeline, otio.schema.Timeline):
        raise BadShotList(f"{text.name}: holds no timeline of OpenTimelineIO")
    tracks = timeline.video_tracks()
    if not tracks:
        raise BadShotList(f"{text.name}: the timeline has no video track")
    return timeline, tracks[0]


def _guarded(read: Callable[[], Any], name: str) -> Any:
    """Whatever the package finds wrong. Raises BadShotList."""
    try:
        return read()
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        why = " ".join(str(error).split())[:120]
        raise BadShotList(f"{name}: is no timeline that can be read ({why})") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "opentimelineio":
            raise
        why = " ".join(str(error).split())[:120]
        raise BadShotList(f"{name}: is no timeline that can be read ({why})") from error


def _children(otio: ModuleType, name: str, track: Any, rate: Fraction) -> Iterator[_Child]:
    """Clips, and whatever else shows a picture; a gap shows none."""
    at, transition = 0, None
    for number, child in enumerate(track, 1):
        where = f"{name}, {_kind(child)} {number}"
        if isinstance(child, otio.schema.Transition):
            transition = child
            continue
        place = child.trimmed_range()
        frames = _frames(place.duration, rate, where)
        if not isinstance(child, otio.schema.Gap):
            before, after = _mixed(otio, transition, rate, where)
            source = _frames(place.start_time, rate, where)
            yield _Child(where, at, at + frames, source, after, before)
        at, transition = at + frames, None


def _kind(child: Any) -> str:
    return str(type(child).__name__).lower()


def _mixed(otio: ModuleType, transition: Any, rate: Fraction, where: str) -> tuple[int, int]:
    """Frames before and behind the cut; none where it is no dissolve."""
    if transition is None or transition.transition_type != otio.schema.TransitionTypes.SMPTE_Dissolve:
        return 0, 0
    before, after = (_frames(one, rate, where) for one in (transition.in_offset, transition.out_offset))
    return before, after


def _frames(time: Any, rate: Fraction, where: str) -> int:
    """A time in frames of the film. Raises BadShotList for what is no whole number of them."""
    if not (math.isfinite(time.value) and math.isfinite(time.rate) and time.rate > 0):
        raise BadShotList(f"{where}: its time is no number")
    given, film = Fraction(time.value), rate
    frames = (
        given
        if abs(Fraction(time.rate) / film - 1) < Fraction(1, 2500)
        else given * film / Fraction(time.rate)
    )
    whole = round(frames)
    if abs(frames - whole) > _NEAR:
        shown = f"{float(frames):.2f} frames of {float(rate):.3f} a second"
        raise BadShotList(f"{where}: {shown} were counted, which is no whole number")
    if not 0 <= whole <= MOST_FRAMES:
        raise BadShotList(f"{where}: frame {whole} is no frame of a film")
    return whole
