"""Whether a result that is in colour, and whose original is not, says that its colours were computed."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tcvc_cli.color.chroma import ab_from_planes
from tcvc_cli.color.detection import CELLS, SMALL_FORMAT, Small, has_color
from tcvc_cli.measure.proof.checks import Check, judged
from tcvc_cli.media.inspect.computed_tag import has_computed_tag
from tcvc_cli.media.planes import Frame, Plane
from tcvc_cli.media.structure.computed_mark import has_mark
from tcvc_cli.records import COMPUTED, ColorTags, FilmInfo

_EVERY: Final = 8  # frames
_BT_601: Final = 6  # by any matrix a colour is one


class ColorsWatch:
    """Sees pairs of frames, until one of them has colours in the result alone."""

    def __init__(self) -> None:
        self.has_new_colors = False

    def see(self, one: Frame | None, other: Frame | None) -> None:
        if self.has_new_colors or one is None or other is None or one.number % _EVERY:
            return
        self.has_new_colors = not _is_in_color(one) and _is_in_color(other)


def check_of_mark(result: FilmInfo) -> Check:
    """Films in their tags, photographs where each kind has a place for words."""
    has = has_mark if result.is_photograph else has_computed_tag
    return judged(
        "mark", [] if has(result.path) else ["does not say that its colours were computed"], COMPUTED
    )


def _is_in_color(frame: Frame) -> bool:
    if frame.cb is None or frame.cr is None:
        return False
    bits = 8 if frame.facts is None else frame.facts.pixel_format.bit_depth
    luma, cb, cr = (_small(plane, bits) for plane in (frame.luma, frame.cb, frame.cr))
    tags = ColorTags(2, 2, _BT_601, full_range=False)
    cells = ab_from_planes(luma, cb, cr, pixel_format=SMALL_FORMAT, color=tags)
    return has_color(cells.reshape(-1, 2))


def _small(plane: Plane, bits: int) -> Small:
    """Averaged to `CELLS`, 8 bit."""
    means = cv2.resize(plane.astype(np.float32), CELLS, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(np.round(means / 2 ** (bits - 8)), 0, 255), np.uint8)
