"""Points and strokes of one frame as places of the model's input."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.errors import BadReference
from tcvc_cli.model.memory.points import GivenPlaces
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.looks.pointed_frames import PointedFrame
from tcvc_cli.run.resume.vouching.stamps import refuse_another
from tcvc_cli.settings.film.decisions import Point
from tcvc_cli.settings.picture_luma import WHOLE
from tcvc_cli.settings.pictures import ReferencePicture, read_picture
from tcvc_cli.settings.placing import placed

_ASPECT = Fraction(2, 100)  # what rounding to whole pixels may change
_PAINTED = 0.5  # opacity from which on a place has been painted


def given_places(pointed: PointedFrame, film: FilmInfo, size_px: tuple[int, int]) -> GivenPlaces:
    """`size_px` is (width, height) of the model's input. What comes later in the settings lies over what
    comes earlier, points over strokes. Raises BadReference for a stroke that paints nothing or has another
    shape than the film's frames, and what `read_picture` raises."""
    width, height = size_px
    ab = np.zeros((height, width, 2), np.float32)
    is_given = np.zeros((height, width), bool)
    for stroke in pointed.strokes:
        refuse_another(stroke.file, stroke.sha256)
        picture = read_picture(stroke.file)
        _refuse_shape(stroke.file.name, picture, film)
        colors, _, opacity = placed(picture, WHOLE, size_px)
        painted = opacity >= _PAINTED
        if not painted.any() or painted.all():
            what = "nothing" if not painted.any() else "all"
            message = (
                f"{stroke.file.name} paints {what} of the frame; strokes are painted on transparent ground"
            )
            raise BadReference(message, "Save it as a PNG with transparency, or give it as a reference.")
        ab[painted], is_given[painted] = colors[painted], True
    for point in pointed.points:
        disc = _disc(point, size_px)
        ab[disc], is_given[disc] = ab_of(point), True
    return GivenPlaces(ab, is_given, len(pointed.points) + len(pointed.strokes))


def _refuse_shape(name: str, picture: ReferencePicture, film: FilmInfo) -> None:
    height, width = picture.opacity.shape
    frame = Fraction(*film.size_px)
    shapes = (frame, frame * (film.sample_aspect or 1))  # as it is stored, and as it is shown
    if all(abs(Fraction(width, height) / one - 1) > _ASPECT for one in shapes):
        sizes = f"{width}x{height} px, the film {film.width_px}x{film.height_px} px"
        raise BadReference(
            f"{name} has another shape than the film: {sizes}", "Paint on a frame of the film."
        )


def ab_of(point: Point) -> NDArray[np.float32]:
    """(2,) CIE a*, b*."""
    if point.color is None:
        return np.zeros(2, np.float32)
    rgb = np.array([[point.color]], np.float32) / 255
    return np.asarray(lab_from_rgb(rgb)[0, 0, 1:], np.float32)


def _disc(point: Point, size_px: tuple[int, int]) -> NDArray[np.bool_]:
    """(height, width); at least the pixel that the point lies in."""
    width, height = size_px
    x, y = (min(int(share * side), side - 1) for share, side in ((point.x, width), (point.y, height)))
    rows, columns = np.ogrid[:height, :width]
    inside: NDArray[np.bool_] = (rows - y) ** 2 + (columns - x) ** 2 <= (point.radius * height) ** 2
    inside[y, x] = True
    return inside
