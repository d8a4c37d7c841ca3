"""From a frame of the film and its small ab to a frame of the result: only the chroma planes are new."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import chroma_planes
from tcvc_cli.color.lab import rgb_from_lab
from tcvc_cli.color.lightness import lightness_from_luma, small_lightness
from tcvc_cli.color.siting import luma_at_chroma
from tcvc_cli.color.upsample import upsample_ab
from tcvc_cli.media.encode import luma_for_output
from tcvc_cli.media.planes import Frame
from tcvc_cli.records import FilmInfo, PixelFormat

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LitFrame:
    """A frame of the film and what the network sees of it: `lightness` (h, w) float32 L*."""

    frame: Frame
    lightness: Floats


@dataclass(frozen=True, slots=True)
class PaintedFrame:
    """A frame with the colours that the network gives it: `ab` (2, h, w) float32, CIE units."""

    frame: Frame
    ab: Floats


def light(film: FilmInfo, frame: Frame, size: tuple[int, int]) -> LitFrame:
    """`size` is (width, height) of the model's input in px."""
    small = small_lightness(
        frame.luma,
        bit_depth=film.pixel_format.bit_depth,
        full_range=film.color.full_range,
        width_px=size[0],
        height_px=size[1],
    )
    return LitFrame(frame, small)


def paint(film: FilmInfo, target: PixelFormat, painted: PaintedFrame, saturation: float) -> Frame:
    """The frame with Cb and Cr planes in the format `target`; its luma is the film's own."""
    frame = painted.frame
    luma = luma_for_output(frame.luma, film.pixel_format, target)
    guide = _lightness(film, luma_at_chroma(luma, pixel_format=target), target)
    ab = _at_size(painted.ab, guide)
    cb, cr = chroma_planes(luma, ab, pixel_format=target, color=film.color, saturation=saturation)
    return Frame(frame.number, frame.time, luma, cb, cr)


def paint_photograph(
    film: FilmInfo, painted: PaintedFrame, saturation: float
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """(H, W, 3) RGB, 8 bit, or 16 bit where the photograph has more than 8."""
    guide = _lightness(film, painted.frame.luma, film.pixel_format)
    ab = _at_size(painted.ab, guide) * np.float32(saturation)
    rgb = rgb_from_lab(np.dstack([guide, ab]), clip=True)
    if film.pixel_format.bit_depth > 8:
        return np.asarray(np.rint(rgb * 65535), np.uint16)
    return np.asarray(np.rint(rgb * 255), np.uint8)


def _lightness(
    film: FilmInfo, luma: NDArray[np.uint8] | NDArray[np.uint16], pixel_format: PixelFormat
) -> Floats:
    return lightness_from_luma(luma, bit_depth=pixel_format.bit_depth, full_range=film.color.full_range)


def _at_size(ab: Floats, guide: Floats) -> Floats:
    """(2, h, w) -> (H, W, 2), led by the film's lightness (H, W); ab that is as large is only shrunk."""
    if ab.shape[1] >= guide.shape[0] and ab.shape[2] >= guide.shape[1]:
        whole = np.ascontiguousarray(ab.transpose(1, 2, 0))
        return np.asarray(cv2.resize(whole, guide.shape[::-1], interpolation=cv2.INTER_AREA), np.float32)
    small = np.asarray(cv2.resize(guide, ab.shape[:0:-1], interpolation=cv2.INTER_AREA), np.float32)
    return upsample_ab(np.ascontiguousarray(ab.transpose(1, 2, 0)), small, guide)
