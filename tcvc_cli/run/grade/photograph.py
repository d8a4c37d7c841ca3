"""A photograph in colour, graded: a film of one frame, written as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tcvc_cli.color.lightness import lightness_from_luma
from tcvc_cli.files import MayReplace
from tcvc_cli.media.carry.photograph_extras import lost_extras
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.scans.read import scan_facts
from tcvc_cli.media.structure.computed_mark import has_mark
from tcvc_cli.media.write.photograph import write_photograph
from tcvc_cli.records import CarriedStream, FilmInfo
from tcvc_cli.run.film.paint import Floats
from tcvc_cli.run.grade.original import Original, luma_of_each_frame
from tcvc_cli.run.grade.parts import Part
from tcvc_cli.run.grade.regrade import graded_photograph


def grade_photograph(
    film: FilmInfo,
    original: Original | None,
    part: Part,
    output: Path,
    may_replace: MayReplace,
    xmp: bytes | None,
    on_complete: Callable[[Path], None] | None = None,
) -> None:
    """Write `output`, with the packet `xmp`; it says that its colours were computed where that one does."""
    (frame,) = read_frames(film, 0, 1)
    picture = graded_photograph(film, frame, _lightness(film, original, frame), part)
    is_computed = has_mark(film.path)
    write_photograph(
        picture,
        output,
        on_complete=on_complete,
        may_replace=may_replace,
        is_computed=is_computed,
        xmp=xmp,
        facts=scan_facts(film.path),
    )


def carried_of_photograph(film: FilmInfo, xmp: bytes | None) -> tuple[CarriedStream, ...]:
    """The picture, with what its file holds beside it and the result does not."""
    return (CarriedStream(film.streams[film.video_index], "graded", lost_extras(film, xmp)),)


def _lightness(film: FilmInfo, original: Original | None, frame: Frame) -> Floats | None:
    if original is None:
        return None
    ((_, luma),) = luma_of_each_frame(original, film, iter([frame]))
    found = original.film
    return lightness_from_luma(
        luma, bit_depth=found.pixel_format.bit_depth, full_range=found.color.full_range
    )
