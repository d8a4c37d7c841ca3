"""The timecode of the first frame of a part, in place of the film's."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from fractions import Fraction

from tcvc_cli.media.timecode.stated import TAG
from tcvc_cli.plan.timecode import moved_code
from tcvc_cli.records import FilmInfo


def frames_before(film: FilmInfo, first_s: Fraction | None) -> int:
    """How many frames of the film come before the one that its clock shows at `first_s`; none without."""
    return 0 if first_s is None else round((first_s - film.start_s) * film.frame_rate)


def move_timecodes(film: FilmInfo, every: Iterable[MutableMapping[str, str]], frames: int) -> None:
    """In all tags of a result whose first frame is frame `frames` of the film. Where only the film's pictures
    say a timecode, the first of `every`, those of the file, say it for the result."""
    first, *others = every
    has_any = False
    for tags in (first, *others):
        for key in [key for key in tags if key.lower() == TAG]:
            has_any = True
            tags[key] = moved_code(film.frame_rate, tags[key], frames) or tags[key]
    if not has_any and film.timecode is not None:
        first[TAG] = moved_code(film.frame_rate, film.timecode, frames) or film.timecode
