"""Films as the pictures that a player shows, and as what is measured of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import rgb_from_planes
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.color.lightness import lightness_from_luma, signal_from_codes
from tcvc_cli.errors import InputError
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.records import FilmInfo


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame: `rgb` (H, W, 3) float32 sRGB in [0, 1]; `lab` the same in CIE Lab; `lightness` (H, W)
    float32, L* of the film's luma alone, which is not that of `lab` where there is colour."""

    rgb: NDArray[np.float32]
    lab: NDArray[np.float32]
    lightness: NDArray[np.float32]

    @property
    def ab(self) -> NDArray[np.float32]:
        return self.lab[..., 1:]


def show(film: FilmInfo, frame: Frame) -> Shown:
    """The frame as a player shows it. Raises InputError for a matrix that is not of the Y'CbCr kind."""
    rgb = shown_rgb(film, frame)
    depth, full_range = film.pixel_format.bit_depth, film.color.full_range
    lightness = lightness_from_luma(frame.luma, bit_depth=depth, full_range=full_range)
    return Shown(rgb, lab_from_rgb(rgb), lightness)


def show_both(result: FilmInfo, reference: FilmInfo) -> Iterator[tuple[Shown, Shown]]:
    """Frame by frame, each with its counterpart.

    Raises InputError when the films differ in size or in number of frames, and as `read_frames` does.
    """
    if result.size_px != reference.size_px:
        sizes = " and ".join(f"{film.width_px}x{film.height_px}" for film in (result, reference))
        raise InputError(f"the films are {sizes} px", "Compare films of the same size.")
    pairs = zip_longest(read_frames(result), read_frames(reference))
    for number, (ours, theirs) in enumerate(pairs):
        if ours is None or theirs is None:
            shorter = result if ours is None else reference
            raise InputError(
                f"{shorter.path.name} ends after {number} frames, the other film does not",
                "Compare films with the same frames.",
            )
        yield show(result, ours), show(reference, theirs)


def shown_rgb(film: FilmInfo, frame: Frame) -> NDArray[np.float32]:
    """`Shown.rgb` alone, which costs half. Raises as `show` does."""
    if frame.cb is None or frame.cr is None:
        signal = signal_from_codes(
            frame.luma.astype(np.float32),
            bit_depth=film.pixel_format.bit_depth,
            full_range=film.color.full_range,
        )
        return np.repeat(signal[..., None], 3, axis=-1)
    return rgb_from_planes(frame.luma, frame.cb, frame.cr, pixel_format=film.pixel_format, color=film.color)
