"""The chroma that overlays keep in a frame that is coloured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.overlays import CELLS
from tcvc_cli.records import Overlay

Plane = NDArray[Any]
Planes = tuple[Plane, Plane]
_GREY: Final = 5.0  # code values of 8 bit from the grey around
_COLORED: Final = 12.0
_EVERY: Final = 8  # samples


def with_overlays(new: Planes, own: Planes, overlays: Sequence[Overlay], *, bit_depth: int) -> Planes:
    """`new` Cb and Cr (h, w), with those of the film, `own` (h, w), inside the overlays: all where one is
    whole, else what differs from the grey that most of the frame has. Both are of `bit_depth` bit."""
    cb, cr = (plane.copy() for plane in new)
    grey = [float(np.median(plane[::_EVERY, ::_EVERY])) for plane in own]
    for overlay in overlays:
        place = _place(overlay, cb.shape)
        chroma = np.dstack(
            [plane[place].astype(np.float32) - one for plane, one in zip(own, grey, strict=True)]
        )
        share = _share(np.asarray(chroma / (1 << (bit_depth - 8)), np.float32), overlay)
        for plane, source in ((cb, own[0]), (cr, own[1])):
            mixed = plane[place] + share * (source[place].astype(np.float32) - plane[place])
            plane[place] = np.rint(mixed).astype(plane.dtype)
    return cb, cr


def _place(overlay: Overlay, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Its samples in a plane of this shape."""
    rows = slice(overlay.top * shape[0] // CELLS[1], -(-overlay.bottom * shape[0] // CELLS[1]))
    return rows, slice(overlay.left * shape[1] // CELLS[0], -(-overlay.right * shape[1] // CELLS[0]))


def _share(from_grey: NDArray[np.float32], overlay: Overlay) -> NDArray[np.float32]:
    """How much of each sample is the film's, which is so far (h, w, 2) from grey."""
    if overlay.is_whole or not from_grey.size:
        return np.ones(from_grey.shape[:2], np.float32)
    share = np.clip((np.hypot(*np.moveaxis(from_grey, 2, 0)) - _GREY) / (_COLORED - _GREY), 0, 1)
    return np.asarray(np.maximum(share, cv2.GaussianBlur(share, (3, 3), 0)), np.float32)
