"""Frames made small before their colours are computed, which then costs next to nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.lightness import small_lightness
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.measure.pictures import Shown, show, shown_rgb
from tcvc_cli.media.planes import Frame, Plane
from tcvc_cli.records import FilmInfo

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Size = tuple[int, int]  # (width, height) px


@dataclass(frozen=True, slots=True)
class Source:
    """A film that small pictures are made of."""

    film: FilmInfo

    @property
    def _as_small(self) -> FilmInfo:
        """Its frames with all planes of one size; the matrix is that of the film's own size."""
        film = self.film
        whole = replace(film.pixel_format, chroma_shift_x=0, chroma_shift_y=0)
        color = with_matrix(film.color, height_px=film.height_px)
        return replace(film, pixel_format=whole, color=color)

    def shown(self, frame: Frame, size: Size) -> Shown:
        """As a player shows it at `size`. Raises as `show` does."""
        return show(self._as_small, _small(frame, size))

    def picture(self, frame: Frame, size: Size) -> Bytes:
        """(h, w, 3) uint8 sRGB. Raises as `show` does."""
        rgb = shown_rgb(self._as_small, _small(frame, size))
        return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)

    def lightness(self, frame: Frame, size: Size) -> Floats:
        """(h, w) float32 L* of its luma alone."""
        return small_lightness(
            frame.luma,
            bit_depth=self.film.pixel_format.bit_depth,
            full_range=self.film.color.full_range,
            width_px=size[0],
            height_px=size[1],
        )


def _small(frame: Frame, size: Size) -> Frame:
    luma = _sized(frame.luma, size)
    cb, cr = (None if plane is None else _sized(plane, size) for plane in (frame.cb, frame.cr))
    return replace(frame, luma=luma, cb=cb, cr=cr)


def _sized(plane: Plane, size: Size) -> Plane:
    is_smaller = size[0] <= plane.shape[1] and size[1] <= plane.shape[0]
    how = cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    sized: Any = cv2.resize(plane, size, interpolation=how)
    return cast(Plane, sized)
