"""From a frame of the film and its small ab to a frame of the result: only the chroma planes are new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import chroma_by_rows
from tcvc_cli.color.grade import Grade
from tcvc_cli.color.grading import graded
from tcvc_cli.color.lab import rgb_from_lab
from tcvc_cli.color.lightness import lightness_from_luma, small_lightness
from tcvc_cli.color.matrix import matrix_of, with_matrix
from tcvc_cli.color.overlay_chroma import with_overlays
from tcvc_cli.color.siting import Siting, luma_at_chroma, spread_chroma
from tcvc_cli.color.upsample import upsampled_by_rows
from tcvc_cli.media.planes import Frame, Plane
from tcvc_cli.media.write.encode import luma_for_output
from tcvc_cli.records import FilmInfo, Overlay, PixelFormat

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LitFrame:
    """A frame of the film and what the network sees of it: `lightness` (h, w) float32 L*."""

    frame: Frame
    lightness: Floats


@dataclass(frozen=True, slots=True)
class PaintedFrame:
    """A frame with the colours that the network gives it: `ab` (2, h, w) float32, CIE units; None where it
    keeps its own, as its `overlays` do in any case."""

    frame: Frame
    ab: Floats | None
    overlays: tuple[Overlay, ...] = ()


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


def paint(film: FilmInfo, target: PixelFormat, painted: PaintedFrame, grade: Grade) -> Frame:
    """The frame with Cb and Cr planes in the format `target`; its luma is the film's own.

    The two fields of an interlaced frame are painted each for itself, for they are two moments.
    """
    frame = painted.frame
    luma = luma_for_output(frame.luma, film.pixel_format, target)
    if painted.ab is None:
        cb, cr = _own_planes(film, target, frame, luma)
    elif film.order_in(frame.facts) == "none":
        cb, cr = _chroma(film, target, luma, painted.ab, grade)
    else:
        top, bottom = (_chroma(film, target, luma[row::2], painted.ab, grade) for row in (0, 1))
        rows, _ = target.chroma_shape(*luma.shape)
        cb, cr = (woven(*planes)[:rows] for planes in zip(top, bottom, strict=True))
    if painted.ab is not None and painted.overlays and frame.cb is not None:
        own = _own_planes(film, target, frame, luma)
        cb, cr = with_overlays((cb, cr), own, painted.overlays, bit_depth=target.bit_depth)
    return Frame(frame.number, frame.time, luma, cb, cr, frame.facts)


def _chroma(
    film: FilmInfo, target: PixelFormat, luma: Plane, ab: Floats, grade: Grade
) -> tuple[Plane, Plane]:
    """Cb and Cr beside this luma, which is a frame's or a field's."""
    rows: NDArray[Any] = np.ascontiguousarray(luma)
    siting: Siting = "centre" if film.siting == "center" else "left"
    codes = luma_at_chroma(rows, pixel_format=target, siting=siting)
    guide = _lightness(film, codes, target)
    colors = _at_size_by_rows(ab, guide)
    color = with_matrix(film.color, height_px=film.height_px)
    return chroma_by_rows(
        codes,
        lambda part: graded(colors(part), guide[part], grade),
        pixel_format=target,
        color=color,
        matrix=matrix_of(color, height_px=film.height_px),
    )


def woven(top: Plane, bottom: Plane) -> Plane:
    """The rows of two fields in turn."""
    frame = np.empty((len(top) + len(bottom), top.shape[1]), top.dtype)
    frame[0::2], frame[1::2] = top, bottom
    return frame


def _own_planes(film: FilmInfo, target: PixelFormat, frame: Frame, luma: Plane) -> tuple[Plane, Plane]:
    """Cb and Cr of the film beside its luma."""
    cb, cr = (own_chroma(film.pixel_format, target, luma.shape, plane) for plane in (frame.cb, frame.cr))
    return cb, cr


def own_chroma(source: PixelFormat, target: PixelFormat, size: tuple[int, int], plane: Plane | None) -> Plane:
    """A chroma plane of the film in the format `target`: sample by sample where the subsampling is the
    same, else resampled; neutral where the film has none. `size` is (H, W) of the luma."""
    if plane is None:
        neutral = np.full(target.chroma_shape(*size), 1 << (target.bit_depth - 1))
        return neutral.astype(np.uint8) if target.bit_depth <= 8 else neutral.astype(np.uint16)
    shift_x = min(source.chroma_shift_x, target.chroma_shift_x)
    shift_y = min(source.chroma_shift_y, target.chroma_shift_y)
    both = replace(source, chroma_shift_x=shift_x, chroma_shift_y=shift_y)
    finest = both.chroma_shape(*size)  # what both formats can be made from
    if plane.shape != finest:
        up, width, height = _relative(source, shift_x, shift_y), finest[1], finest[0]
        floats = plane.astype(np.float32)[..., None]
        spread = spread_chroma(floats, pixel_format=up, width_px=width, height_px=height)
        samples: NDArray[Any] = np.rint(spread.reshape(finest)).astype(plane.dtype)
        plane = samples
    result: Plane = luma_at_chroma(plane, pixel_format=_relative(target, shift_x, shift_y))
    return luma_for_output(result, source, target)


def _relative(picture: PixelFormat, shift_x: int, shift_y: int) -> PixelFormat:
    """The subsampling that is left when every plane has been halved so often."""
    left_x, left_y = picture.chroma_shift_x - shift_x, picture.chroma_shift_y - shift_y
    return replace(picture, chroma_shift_x=left_x, chroma_shift_y=left_y)


def paint_photograph(
    film: FilmInfo, painted: PaintedFrame, grade: Grade
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """(H, W, 3) RGB, 8 bit, or 16 bit where the photograph has more than 8."""
    assert painted.ab is not None
    guide = _lightness(film, painted.frame.luma, film.pixel_format)
    ab = graded(at_size(painted.ab, guide), guide, grade)
    rgb = rgb_from_lab(np.dstack([guide, ab]), clip=True)
    if film.pixel_format.bit_depth > 8:
        return np.asarray(np.rint(rgb * 65535), np.uint16)
    return np.asarray(np.rint(rgb * 255), np.uint8)


def _lightness(
    film: FilmInfo, luma: NDArray[np.uint8] | NDArray[np.uint16], pixel_format: PixelFormat
) -> Floats:
    return lightness_from_luma(luma, bit_depth=pixel_format.bit_depth, full_range=film.color.full_range)


def at_size(ab: Floats, guide: Floats) -> Floats:
    """(2, h, w) -> (H, W, 2), led by the film's lightness (H, W); ab that is as large is only shrunk."""
    return _at_size_by_rows(ab, guide)(slice(None))


def _at_size_by_rows(ab: Floats, guide: Floats) -> Callable[[slice], Floats]:
    """`at_size` for a few rows at a time."""
    whole = np.asarray(cv2.merge([ab[0], ab[1]]), np.float32)
    if ab.shape[1] >= guide.shape[0] and ab.shape[2] >= guide.shape[1]:
        shrunk = np.asarray(cv2.resize(whole, guide.shape[::-1], interpolation=cv2.INTER_AREA), np.float32)
        return lambda rows: shrunk[rows]
    small = np.asarray(cv2.resize(guide, ab.shape[:0:-1], interpolation=cv2.INTER_AREA), np.float32)
    return upsampled_by_rows(whole, small, guide)
