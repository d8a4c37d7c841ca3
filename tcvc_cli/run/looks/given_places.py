"""Points and strokes of one frame as places of the model's input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.errors import BadReference
from tcvc_cli.model.memory.points import GivenPlaces
from tcvc_cli.run.looks.pointed_frames import PointedFrame
from tcvc_cli.settings.film.decisions import Point
from tcvc_cli.settings.picture_luma import WHOLE
from tcvc_cli.settings.pictures import read_picture
from tcvc_cli.settings.placing import placed

_PAINTED = 0.5  # opacity from which on a place has been painted


def given_places(pointed: PointedFrame, size_px: tuple[int, int]) -> GivenPlaces:
    """`size_px` is (width, height) of the model's input. What comes later in the settings lies over what
    comes earlier, points over strokes. Raises BadReference for a stroke that paints nothing, and what
    `read_picture` raises."""
    width, height = size_px
    ab = np.zeros((height, width, 2), np.float32)
    is_given = np.zeros((height, width), bool)
    for stroke in pointed.strokes:
        colors, _, opacity = placed(read_picture(stroke.file), WHOLE, size_px)
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
