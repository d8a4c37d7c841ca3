"""Pictures of a film in colour, perhaps a worse copy of the one at hand, of another length and rate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tcvc_cli.color.chroma import rgb_from_planes
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.errors import BadReference
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import FilmInfo
from tcvc_cli.settings.pictures import ReferencePicture, is_colored

MOST_PICTURES = 400  # of one film
_APART_S = 0.5


def pictures_of_film(path: Path, most: int = MOST_PICTURES) -> Iterator[tuple[int, ReferencePicture]]:
    """Its frame numbers and pictures, two for each second, or `most` evenly. Raises BadReference for a film
    without colour, and whatever is wrong with the file. What is black and white in it is left out."""
    film = probe(path)
    step = max(1, round(_APART_S * film.frame_rate), -(-film.frame_count // most))
    is_in_color = False
    for frame in () if film.pixel_format.is_grey else read_frames(film):
        picture = _picture(film, frame) if frame.number % step == 0 else None
        if picture is not None and is_colored(picture):
            is_in_color = True
            yield frame.number, picture
    if not is_in_color:
        raise BadReference(f"{path.name} has no colour in it", "Give a copy of the film in colour.")


def picture_at(path: Path, number: int) -> ReferencePicture:
    """One frame of a film in colour."""
    film = probe(path)
    frame = next(read_frames(film, number, number + 1), None)
    if frame is None:
        raise BadReference(f"{path.name} has no frame {number} any more")
    return _picture(film, frame)


def _picture(film: FilmInfo, frame: Frame) -> ReferencePicture:
    assert frame.cb is not None
    assert frame.cr is not None
    color = with_matrix(film.color, height_px=film.height_px)
    rgb = rgb_from_planes(frame.luma, frame.cb, frame.cr, pixel_format=film.pixel_format, color=color)
    opacity = np.ones(rgb.shape[:2], np.float32)
    return ReferencePicture(np.clip(rgb, 0, 1).astype(np.float32), opacity, ())
