"""Whose luma a graded film has: the black-and-white film's, where it is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.errors import InputError
from tcvc_cli.media.planes import Frame, Plane
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import FilmInfo, PixelFormat
from tcvc_cli.run.grade.request import GradeRequest
from tcvc_cli.run.grade.sidecar import Stated
from tcvc_cli.run.options.declaration import flags_of
from tcvc_cli.run.provenance.sidecar import is_named

_APART_CODES = 16.0  # of 8 bits, mean over a frame: two codings of one picture are far closer
_EVERY = 8  # of the pixels that are compared, each way
_ADVICE = "Name the film that it was made of with {original}."


@dataclass(frozen=True, slots=True)
class Original:
    """`first_frame` is the number in `film` of the graded film's first."""

    film: FilmInfo
    first_frame: int


@dataclass(frozen=True, slots=True)
class Found:
    """`original` is None where the film in colour keeps its own luma; `warning` says why, where that may be
    news."""

    original: Original | None
    warning: str | None = None


def find_original(request: GradeRequest, film: FilmInfo, stated: Stated | None) -> Found:
    """The film that the user names, or the one beside `film` that its sidecar names by its hash.

    Raises InputError when the user names one of another size or range, and what `probe` does.
    """
    first = stated.first_frame if stated is not None else 0
    if request.original is not None:
        original = probe(request.original)
        if difference := _difference(original, film):
            raise InputError(f"{original.path.name} {difference} {film.path.name}", _ADVICE)
        return Found(Original(original, first))
    if stated is None:
        return Found(None)
    path = film.path.with_name(stated.source.file)
    if not path.is_file():
        return Found(None, f"{_made_of(film, path)} is not beside it: {_own_luma()}")
    if not is_named(path, stated.source):
        return Found(None, f"{_made_of(film, path)} has changed since: {_own_luma()}")
    original = probe(path)
    if difference := _difference(original, film):
        return Found(None, f"{path.name} {difference} {film.path.name}: {_own_luma()}")
    return Found(Original(original, first))


def luma_of_each_frame(
    original: Original, film: FilmInfo, frames: Iterator[Frame]
) -> Iterator[tuple[Frame, Plane]]:
    """Each of the `frames` of the film in colour, with the luma that the original has there.

    Raises InputError where that is another picture, or where the original has ended.
    """
    names = original.film.path.name, film.path.name
    others = read_frames(original.film, original.first_frame)
    for frame in frames:
        other = next(others, None)
        if other is None:
            raise InputError(f"{names[0]} ends before frame {frame.number} of {names[1]}", _ADVICE)
        if not is_same_picture(original.film, other, film, frame):
            message = f"frame {other.number} of {names[0]} is another picture than frame {frame.number} of"
            raise InputError(f"{message} {names[1]}", _ADVICE)
        yield frame, other.luma


def is_same_picture(one: FilmInfo, frame: Frame, other: FilmInfo, other_frame: Frame) -> bool:
    """By luma, whose depth may differ: a coding changes it by far less than a mistake."""
    if frame.luma.shape != other_frame.luma.shape:
        return False
    pairs = ((one, frame), (other, other_frame))
    small, theirs = (_codes(film.pixel_format, frame.luma[::_EVERY, ::_EVERY]) for film, frame in pairs)
    return bool(np.abs(small - theirs).mean() <= _APART_CODES)


def _codes(pixel_format: PixelFormat, luma: Plane) -> NDArray[np.float32]:
    """Code values of 8 bits."""
    return luma.astype(np.float32) * np.float32(1 / (1 << pixel_format.bit_depth - 8))


def _difference(original: FilmInfo, film: FilmInfo) -> str | None:
    if original.size_px != film.size_px:
        return "has another size than"
    if original.color.full_range != film.color.full_range:
        return "has another range of code values than"
    return None


def _made_of(film: FilmInfo, path: Path) -> str:
    return f"{path.name}, which {film.path.name} was made of,"


def _own_luma() -> str:
    return f"its own luma is kept; {flags_of(GradeRequest)['original']} says where the other film is"
