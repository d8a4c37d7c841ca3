"""The contact sheet as a picture: pairs in a grid, before at the left and after at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tcvc_cli.run.contact_sheets import (
    EDGE_PX,
    GAP_PX,
    GROUND,
    LINE_PX,
    QUIET,
    SMALL_PX,
    TEXT,
    TEXT_PX,
    shortened,
    width_px,
    write,
)

Bytes = NDArray[np.uint8]
MOST_SHOTS: Final = 60  # of one sheet
_SEAM_PX = 2  # between before and after
_HEAD_PX = 2 * LINE_PX + GAP_PX
_CAPTION_PX = LINE_PX + 4
_LEAST_WIDTH_PX = 480
_SHAPE: Final = 1.4  # width by height that a sheet comes near to
_PICTURE_PX: Final = ((4, 480), (12, 320), (MOST_SHOTS, 240))  # for up to so many shots, the longer side


@dataclass(frozen=True, slots=True)
class Cell:
    """Of one shot: its number from 1, when it starts, as a person reads it, and what is to be noted of it.
    `pictures` are (h, w, 3) uint8 RGB of one size: before, and after where there is a result."""

    number: int
    starts: str
    note: str
    pictures: tuple[Bytes, ...]


def picture_px(shots: int) -> int:
    """The longer side of each picture on a sheet of so many shots."""
    return next(px for most, px in _PICTURE_PX if shots <= most)


def columns_for(cells: int, wide_px: int, high_px: int) -> int:
    """How many cells of this size stand side by side, so that the sheet is about as wide as a page."""

    def away(columns: int) -> float:
        rows = -(-cells // columns)
        shape = (columns * (wide_px + GAP_PX)) / (rows * (high_px + _CAPTION_PX + GAP_PX) + _HEAD_PX)
        return abs(log(shape / _SHAPE))

    return min(range(1, cells + 1), key=away)


def sheet_of(title: str, legend: str, cells: Sequence[Cell], *, cells_of_first: int | None = None) -> Bytes:
    """(H, W, 3) uint8 RGB. `title` is the film's name, whatever is in it; `legend` says what is where. A
    last sheet of fewer shots has the columns of one of `cells_of_first`."""
    high, picture_wide = cells[0].pictures[0].shape[:2]
    count = len(cells[0].pictures)
    wide = count * picture_wide + (count - 1) * _SEAM_PX
    columns = columns_for(cells_of_first or len(cells), wide, high)
    rows = -(-len(cells) // columns)
    column_px, row_px = wide + GAP_PX, high + _CAPTION_PX + GAP_PX
    width = max(_LEAST_WIDTH_PX, 2 * EDGE_PX + columns * column_px - GAP_PX)
    sheet = Image.new("RGB", (width, 2 * EDGE_PX + _HEAD_PX + rows * row_px - GAP_PX), GROUND)
    draw = ImageDraw.Draw(sheet)
    room = width - 2 * EDGE_PX
    write(draw, (EDGE_PX, EDGE_PX), shortened(title, room), TEXT)
    write(draw, (EDGE_PX, EDGE_PX + LINE_PX), shortened(legend, room, SMALL_PX), QUIET, SMALL_PX)
    for place, cell in enumerate(cells):
        row, column = divmod(place, columns)
        x, y = EDGE_PX + column * column_px, EDGE_PX + _HEAD_PX + row * row_px
        for index, picture in enumerate(cell.pictures):
            sheet.paste(Image.fromarray(picture), (x + index * (picture_wide + _SEAM_PX), y))
        _caption(draw, (x, y + high + 4), cell, wide)
    return np.asarray(sheet)


def _caption(draw: ImageDraw.ImageDraw, at: tuple[int, int], cell: Cell, wide_px: int) -> None:
    """Number, time and note in one line; what a narrow picture has no room for is left out, last first."""
    x, y = at
    parts = (
        (str(cell.number), TEXT, TEXT_PX),
        (cell.starts, QUIET, SMALL_PX),
        (cell.note, QUIET, SMALL_PX),
    )
    for words, tint, size_px in parts:
        wide = width_px(words, size_px)
        if x + wide > at[0] + wide_px:
            return
        write(draw, (x, y + (TEXT_PX - size_px)), words, tint, size_px)
        x += wide + GAP_PX
