"""Frames as small pictures, shaped as a player shapes them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.measure.pictures import show
from tcvc_cli.media.planes import Frame
from tcvc_cli.records import FilmInfo

Bytes = NDArray[np.uint8]
LEAST_PX: Final = 16


def picture_size(film: FilmInfo, longer_side_px: int) -> tuple[int, int]:
    """(width, height) px of a picture in the shape of the film, both even; never larger than the film."""
    width, height = film.width_px * film.sample_aspect, Fraction(film.height_px)
    scale = min(Fraction(1), Fraction(longer_side_px) / max(width, height))
    wide, high = (max(LEAST_PX, 2 * round(side * scale / 2)) for side in (width, height))
    return wide, high


def picture_of(film: FilmInfo, frame: Frame, size_px: tuple[int, int]) -> Bytes:
    """(h, w, 3) uint8 RGB of `size_px` (width, height). Raises as `show` does."""
    rgb = cv2.resize(show(film, frame).rgb, size_px, interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)
