"""From a frame in colour to a frame in other colours: the chroma planes that its grade asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.chroma import ab_from_planes, chroma_planes, rgb_from_planes
from tcvc_cli.color.grading import graded, vivid_ab
from tcvc_cli.color.lab import lab_from_rgb, rgb_from_lab
from tcvc_cli.color.lightness import lightness_from_luma
from tcvc_cli.color.matrix import chroma_codes, with_matrix
from tcvc_cli.color.siting import luma_at_chroma
from tcvc_cli.media.planes import Frame, Plane, pixel_format, planar_name
from tcvc_cli.media.write.encode import luma_for_output, output_format
from tcvc_cli.records import ColorTags, Encoding, FilmInfo, PixelFormat
from tcvc_cli.run.film.paint import Floats, own_chroma, woven
from tcvc_cli.run.grade.parts import Mix, Part


@dataclass(frozen=True, slots=True)
class Planes:
    """Of one moment: a frame, or a field of it, in the format of the result."""

    luma: Plane
    cb: Plane
    cr: Plane


def written_film(film: FilmInfo, luma_format: PixelFormat) -> FilmInfo:
    """The film in colour, as deep as the luma that it gets."""
    source, depth = film.pixel_format, luma_format.bit_depth
    if depth <= source.bit_depth:
        return film
    name = planar_name(bit_depth=depth, shift_x=source.chroma_shift_x, shift_y=source.chroma_shift_y)
    return replace(film, pixel_format=pixel_format(name))


def regrader_of(film: FilmInfo, luma_format: PixelFormat, encoding: Encoding) -> Regrader:
    """Raises what `output_format` does."""
    target = output_format(written_film(film, luma_format), encoding)
    return Regrader(film, luma_format, target, with_matrix(film.color, height_px=film.height_px))


@dataclass(frozen=True, slots=True)
class Regrader:
    """`film` is the film in colour, `luma_format` that of the luma that the result has, `target` that of the
    result's planes, `color` the film's with its matrix."""

    film: FilmInfo
    luma_format: PixelFormat
    target: PixelFormat
    color: ColorTags

    def frame(self, frame: Frame, luma: Plane, mix: Mix) -> Frame:
        """`frame` as its mix says; `luma`, code values of `luma_format`, stays as it is.

        Where the grade asks for the colour that is there, Cb and Cr stay too, bit for bit.
        """
        source, target = self.film.pixel_format, self.target
        own = Planes(
            luma_for_output(frame.luma, source, target),
            own_chroma(source, target, luma.shape, frame.cb),
            own_chroma(source, target, luma.shape, frame.cr),
        )
        kept = luma_for_output(luma, self.luma_format, target)
        cb, cr = (own.cb, own.cr) if mix.changes_nothing else self._chroma(own, kept, mix)
        return Frame(frame.number, frame.time, kept, cb, cr)

    def _chroma(self, own: Planes, kept: Plane, mix: Mix) -> tuple[Plane, Plane]:
        """Beside the luma `kept`; of an interlaced frame field by field, for they are two moments."""
        if self.film.fields == "none":
            return self._graded(own, kept, mix)
        target, rows = self.target, len(own.cb)
        fields = (self._graded(_field(own, row, target), _rows(kept, row), mix) for row in (0, 1))
        cb, cr = (woven(*planes)[:rows] for planes in zip(*fields, strict=True))
        return cb, cr

    def _graded(self, own: Planes, kept: Plane, mix: Mix) -> tuple[Plane, Plane]:
        target, color = self.target, self.color
        ab = ab_from_planes(own.luma, own.cb, own.cr, pixel_format=target, color=color)
        neutral, _ = chroma_codes(target, color)
        ab[(own.cb == neutral) & (own.cr == neutral)] = 0  # Lab's rounded white makes it a little more
        sites = luma_at_chroma(kept, pixel_format=target)
        lightness = lightness_from_luma(sites, bit_depth=target.bit_depth, full_range=color.full_range)
        wanted = _mixed(ab, lightness, mix)
        cb, cr = chroma_planes(kept, wanted, pixel_format=target, color=color)
        stays = (wanted == ab).all(axis=2)
        return np.where(stays, own.cb, cb), np.where(stays, own.cr, cr)


def _mixed(ab: Floats, lightness: Floats, mix: Mix) -> Floats:
    """What both parts leave as it is stays bit for bit."""
    one = _with(ab, lightness, mix.part)
    if mix.other is None:
        return one
    return one + np.float32(mix.share) * (_with(ab, lightness, mix.other) - one)


def _with(ab: Floats, lightness: Floats, part: Part) -> Floats:
    return graded(vivid_ab(ab, part.vivid), lightness, part.grade)


def _field(own: Planes, row: int, target: PixelFormat) -> Planes:
    """A field of which the frame has one row of chroma too few has its last one twice."""
    luma = _rows(own.luma, row)
    wanted = target.chroma_shape(*luma.shape)[0]
    rows = np.minimum(np.arange(row, row + 2 * wanted, 2), len(own.cb) - 1)
    return Planes(luma, own.cb[rows], own.cr[rows])


def _rows(plane: Plane, row: int) -> Plane:
    rows: NDArray[Any] = np.ascontiguousarray(plane[row::2])
    return rows


def graded_photograph(
    film: FilmInfo, frame: Frame, lightness: Floats | None, part: Part
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """(H, W, 3) RGB of the photograph `film`, 8 bit, or 16 bit where it has more than 8. `lightness` (H, W)
    float32, L* of the original, is the result's; None leaves the photograph its own."""
    assert frame.cb is not None
    assert frame.cr is not None
    color = with_matrix(film.color, height_px=film.height_px)
    rgb = rgb_from_planes(frame.luma, frame.cb, frame.cr, pixel_format=film.pixel_format, color=color)
    lab = lab_from_rgb(rgb)
    guide = np.ascontiguousarray(lab[..., 0]) if lightness is None else lightness
    neutral, _ = chroma_codes(film.pixel_format, color)
    ab = np.ascontiguousarray(lab[..., 1:])
    if ab.shape[:2] == frame.cb.shape:
        ab[(frame.cb == neutral) & (frame.cr == neutral)] = 0
    values = rgb_from_lab(np.dstack([guide, _with(ab, guide, part)]), clip=True)
    if film.pixel_format.bit_depth > 8:
        return np.asarray(np.rint(values * 65535), np.uint16)
    return np.asarray(np.rint(values * 255), np.uint8)
