"""The contact sheet: a row for each shot, a column for each colouring, on a dark ground."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tcvc_cli.color.grade import Grade
from tcvc_cli.color.grading import graded
from tcvc_cli.color.lab import rgb_from_lab
from tcvc_cli.color.lightness import small_lightness
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.contact_sheets import (
    EDGE_PX,
    GAP_PX,
    GROUND,
    LINE_PX,
    QUIET,
    SMALL_PX,
    TEXT,
    TEXT_PX,
    Tint,
    font,
    write,
    write_lines,
)
from tcvc_cli.run.events import ENSEMBLE, Coloring, ColoringJudged, ShotPalettes
from tcvc_cli.run.film.paint import at_size
from tcvc_cli.run.options.declaration import flags_of
from tcvc_cli.run.options.film import flag_of
from tcvc_cli.run.palettes.coloring import ColoredExcerpt
from tcvc_cli.run.settings.options import SettingsChange
from tcvc_cli.settings.film.clock import clock_time

Bytes = NDArray[np.uint8]
PICTURE_PX: Final = 240  # the longer side of each picture
_LEAST_PX = 16
_BORDER_PX = 3
_LABEL_PX = 120
_HEAD_LINES, _CAPTION_LINES, _FOOT_LINES = 2, 2, 2
_SATURATED: Final[Tint] = (255, 190, 80)
_STEADY: Final[Tint] = (120, 200, 255)
_FLAGS = flags_of(SettingsChange)
_FOOT: Final = (
    "Framed: what holds now.   To choose: tcvc settings FILM "
    f"{_FLAGS['shots']} NUMBER {_FLAGS['palette']} 0, 1, 2 ...",
    "The ensemble, two samplings of the own choice, is for complete films: tcvc colorize FILM "
    + flag_of("is_ensemble"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """`pictures` are (h, w, 3) uint8 RGB of one size, in the order of the colourings of `about`."""

    about: ShotPalettes
    pictures: tuple[Bytes, ...]


def row_of(film: FilmInfo, about: ShotPalettes, excerpt: ColoredExcerpt, grade: Grade) -> Row:
    """The shown frame in each colouring, with the grade of its shot."""
    size = picture_size(film)
    luma = excerpt.shown.frame.luma
    lightness = small_lightness(
        luma,
        bit_depth=film.pixel_format.bit_depth,
        full_range=film.color.full_range,
        width_px=size[0],
        height_px=size[1],
    )
    pictures = []
    for _, ab in excerpt.colorings:
        colors = graded(at_size(ab[excerpt.place], lightness), lightness, grade)
        rgb = rgb_from_lab(np.dstack([lightness, colors]), clip=True)
        pictures.append(np.rint(rgb * 255).astype(np.uint8))
    return Row(about, tuple(pictures))


def picture_size(film: FilmInfo) -> tuple[int, int]:
    """(width, height) px, as a player shapes the picture."""
    width, height = film.width_px * film.sample_aspect, Fraction(film.height_px)
    longer = max(width, height)
    wide, high = (max(_LEAST_PX, round(PICTURE_PX * side / longer)) for side in (width, height))
    return wide, high


def sheet_of(rows: Sequence[Row]) -> Bytes:
    """(H, W, 3) uint8 RGB."""
    high, wide = rows[0].pictures[0].shape[:2]
    column_px = max(wide, PICTURE_PX) + GAP_PX
    row_px = high + _CAPTION_LINES * LINE_PX + GAP_PX
    columns = rows[0].about.colorings
    top = EDGE_PX + _HEAD_LINES * LINE_PX
    size = (
        2 * EDGE_PX + _LABEL_PX + len(columns) * column_px,
        top + len(rows) * row_px + _FOOT_LINES * LINE_PX + EDGE_PX,
    )
    sheet = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(sheet)
    left = EDGE_PX + _LABEL_PX
    for place, column in enumerate(columns):
        write(draw, (left + place * column_px, EDGE_PX), title_of(column.coloring), TEXT)
    for index, row in enumerate(rows):
        y = top + index * row_px
        write_lines(draw, (EDGE_PX, y), _label(row.about))
        for place, (column, picture) in enumerate(zip(row.about.colorings, row.pictures, strict=True)):
            x = left + place * column_px
            if column.coloring == row.about.palette:
                corner = (
                    x - _BORDER_PX,
                    y - _BORDER_PX,
                    x + wide + _BORDER_PX - 1,
                    y + high + _BORDER_PX - 1,
                )
                draw.rectangle(corner, outline=TEXT, width=_BORDER_PX - 1)
            sheet.paste(Image.fromarray(picture), (x, y))
            _caption(draw, (x, y + high + 4), column, row.about)
    write_lines(draw, (left, top + len(rows) * row_px), [(line, QUIET) for line in _FOOT])
    return np.asarray(sheet)


def title_of(coloring: Coloring) -> str:
    if coloring == ENSEMBLE:
        return "ensemble"
    return f"palette {coloring}" if coloring else "own choice (palette 0)"


def _label(about: ShotPalettes) -> Iterator[tuple[str, Tint]]:
    yield f"shot {about.shot}", TEXT
    yield clock_time(about.starts_s), TEXT
    yield f"frame {about.frame}", QUIET


def _caption(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], column: ColoringJudged, about: ShotPalettes
) -> None:
    steady = "" if column.flicker is None else f"   flicker {column.flicker:.4f}"
    write(draw, at, f"chroma {column.chroma:.1f}{steady}", QUIET, SMALL_PX)
    x, y = at
    praises = (("most saturated", about.most_saturated, _SATURATED), ("steadiest", about.steadiest, _STEADY))
    for words, of, tint in praises:
        if column.coloring == of:
            write(draw, (x, y + LINE_PX - 2), words, tint)
            x += round(draw.textlength(words, font(TEXT_PX))) + GAP_PX
