"""The timecodes that the result of a part has to state: the film's, moved to the part's first frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from tcvc_cli.media.inspect.description import Contents
from tcvc_cli.plan.timecode import clock_of

_TAG = "timecode"


def with_moved_timecodes(film: Contents, first_s: Fraction | None) -> Contents:
    """The film's description as that of the part that begins with the frame its clock shows at `first_s`.
    What is no timecode of the film's rate stays as it is."""
    if first_s is None:
        return film
    frames = round((first_s - film.film.start_s) * film.film.frame_rate)
    streams = tuple(replace(one, tags=_moved(one.tags, film, frames)) for one in film.streams)
    return replace(film, tags=_moved(film.tags, film, frames), streams=streams)


def _moved(tags: Mapping[str, str], film: Contents, frames: int) -> Mapping[str, str]:
    return {key: _code(value, film, frames) if key.lower() == _TAG else value for key, value in tags.items()}


def _code(text: str, film: Contents, frames: int) -> str:
    try:
        return str(clock_of(film.film.frame_rate, text).code(frames))
    except ValueError:
        return text
