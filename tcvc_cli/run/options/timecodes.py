"""The part of a film that timecodes name, in seconds from its first frame."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

from tcvc_cli.errors import UsageError
from tcvc_cli.plan.timecode import FilmClock, Timecode, clock_of
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.options.film import Options, Part, flag_of, refuse_backwards
from tcvc_cli.run.options.values import FilmMoment


def placed(options: Options, film: FilmInfo) -> Options:
    """With seconds in place of timecodes, which are counted from the film's own, or from 00:00:00:00 at its
    first frame where it has none. Raises UsageError for one that the film does not have."""
    return replace(
        options,
        start_s=_seconds(options.start_s, "start_s", film),
        end_s=_seconds(options.end_s, "end_s", film),
    )


def part_of(start: FilmMoment | None, end: FilmMoment | None, film: FilmInfo) -> Part:
    """The part that somebody names. Raises UsageError as `placed` does, and for one that ends before it
    begins."""
    part = Part(_seconds(start, "start_s", film), _seconds(end, "end_s", film))
    if part.end_s is not None:
        refuse_backwards(part.start_s or Fraction(0), part.end_s)
    return part


def _seconds(
    moment: Fraction | Timecode | None, name: Literal["start_s", "end_s"], film: FilmInfo
) -> Fraction | None:
    if not isinstance(moment, Timecode):
        return moment
    try:
        clock = clock_of(film.frame_rate, film.timecode, may_drop=moment.is_drop)
        frame = clock.frame(moment)
    except ValueError as error:
        raise UsageError(
            f"{flag_of(name)}: {error}", "Give seconds, or HH:MM:SS.mmm.", option=name
        ) from error
    if not (frame < film.frame_count if name == "start_s" else 0 < frame <= film.frame_count):
        message = (
            f"{flag_of(name)} {moment} lies outside of {film.path.name}: {extent(clock, film.frame_count)}"
        )
        raise UsageError(message, "Give one of these, or seconds.", option=name)
    return clock.begins_s(frame)


def extent(clock: FilmClock, frame_count: int) -> str:
    """Which timecodes a film has, for a person."""
    whose = (
        "its timecode goes"
        if clock.is_stated
        else "it has no timecode, and counted from its first frame goes"
    )
    return f"{whose} from {clock.code(0)} to {clock.code(frame_count - 1)}"
