"""A frame of any film as RGB of a given size, upright; and two of them in one picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tcvc_cli.color.chroma import rgb_from_planes
from tcvc_cli.color.lightness import signal_from_codes
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.media.planes import Frame, Plane
from tcvc_cli.records import FilmInfo, PixelFormat
from tcvc_cli.review.compare.request import Layout
from tcvc_cli.review.frames import quarter_turns, upright
from tcvc_cli.run.contact_sheets import GAP_PX, GROUND, TEXT, font, shortened, width_px, write

Floats = NDArray[np.float32]
LEAST_PX: Final = 16
PERIOD_S: Final = 8  # of the line to and fro
_REACH: Final = 0.42  # of the width, how far the line goes from the middle
_LINE_PX: Final = 2
_LINE: Final = np.float32(0.92)
_LABEL_OPACITY: Final = np.float32(0.7)
_LABEL_SHARE, _LEAST_LABEL_PX = 28, 12  # letters are a 28th of the height


def shape_of(film: FilmInfo, first: Frame) -> tuple[Fraction, Fraction]:
    """(width, height) of the film as a player shapes and turns it, in px of its own."""
    width, height = film.width_px * film.sample_aspect, Fraction(film.height_px)
    return (height, width) if quarter_turns(first) % 2 else (width, height)


def picture_size(
    shape: tuple[Fraction, Fraction], room_px: tuple[int, int], layout: Layout
) -> tuple[int, int]:
    """(width, height) px, both even, of each film's picture, so that what is made of them fits into the
    room; never larger than the film's longer side asks for."""
    across = 2 if layout == "side-by-side" else 1
    width, height = shape
    scale = min(Fraction(1), room_px[0] / (across * width), room_px[1] / height)
    wide, high = (max(LEAST_PX, 2 * math.floor(side * scale / 2)) for side in (width, height))
    return wide, high


def rgb_of(film: FilmInfo, frame: Frame, size_px: tuple[int, int]) -> Floats:
    """(h, w, 3) float32 sRGB in [0, 1] of `size_px` (width, height), by the film's own matrix and range.
    Raises InputError for a matrix that is not of the Y'CbCr kind."""
    facts, turns = frame.facts, quarter_turns(frame)
    size = size_px[::-1] if turns % 2 else size_px
    layout = film.pixel_format if facts is None else facts.pixel_format
    color = with_matrix(film.color, height_px=film.height_px)
    height, width = frame.luma.shape
    if frame.cb is None or frame.cr is None:
        codes = _scaled(frame.luma, size).astype(np.float32)
        signal = signal_from_codes(codes, bit_depth=layout.bit_depth, full_range=color.full_range)
        rgb = np.repeat(signal[..., None], 3, axis=-1)
    elif size[0] <= width and size[1] <= height:
        luma, cb, cr = _smaller(frame.luma, frame.cb, frame.cr, size, layout)
        full = _without_subsampling(layout)
        rgb = rgb_from_planes(luma, cb, cr, pixel_format=full, color=color)
    else:
        planes = frame.luma, frame.cb, frame.cr
        rgb = _scaled(rgb_from_planes(*planes, pixel_format=layout, color=color), size)
    return np.asarray(upright(np.clip(rgb, 0, 1), frame), np.float32)


def _smaller(
    luma: Plane, cb: Plane, cr: Plane, size_px: tuple[int, int], layout: PixelFormat
) -> tuple[Plane, Plane, Plane]:
    """All three of one size, which is much less work than to enlarge chroma first."""
    step = 1 << layout.chroma_shift_x
    late_px = (step - 1) / 2 * size_px[0] / luma.shape[1]  # chroma stands at the left of what it covers
    moved = np.array([[1, 0, -late_px], [0, 1, 0]])
    planes = [_scaled(one, size_px) for one in (cb, cr)]
    if late_px:
        planes = [cv2.warpAffine(one, moved, size_px, borderMode=cv2.BORDER_REPLICATE) for one in planes]
    return _scaled(luma, size_px), planes[0], planes[1]


def _without_subsampling(layout: PixelFormat) -> PixelFormat:
    return replace(layout, chroma_shift_x=0, chroma_shift_y=0)


def _scaled(picture: NDArray[Any], size_px: tuple[int, int]) -> NDArray[Any]:
    is_smaller = size_px[0] * size_px[1] < picture.shape[0] * picture.shape[1]
    method = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size_px, interpolation=method), picture.dtype)


@dataclass(frozen=True, slots=True)
class Composer:
    """Two pictures of `size_px` (width, height) in one. `labels` are (h, w, 4) float32 in [0, 1]: RGB and how
    much of it is seen, for the left and the right picture; None where there is no label."""

    layout: Layout
    size_px: tuple[int, int]
    labels: tuple[Floats | None, Floats | None] = (None, None)

    @property
    def whole_px(self) -> tuple[int, int]:
        """(width, height) of what `picture` gives."""
        wide, high = self.size_px
        return (2 * wide if self.layout == "side-by-side" else wide), high

    def line_at(self, seconds: float) -> int:
        """The column from which on the second film is seen; `seconds` are those since the first frame."""
        wide = self.size_px[0]
        away = math.sin(2 * math.pi * seconds / PERIOD_S) * _REACH if self.layout == "wipe" else 0
        return round(wide * (0.5 + away))

    def picture(self, left: Floats, right: Floats, seconds: float) -> Floats:
        """(H, W, 3) float32 sRGB of two (h, w, 3), which get their labels."""
        first, second = self.labels
        is_beside = self.layout == "side-by-side"
        if first is not None:
            _lay(left, first, GAP_PX)
        if second is not None:
            _lay(right, second, GAP_PX if is_beside else self.size_px[0] - GAP_PX - second.shape[1])
        if is_beside:
            return np.concatenate([left, right], axis=1)
        line = self.line_at(seconds)
        whole = np.concatenate([left[:, :line], right[:, line:]], axis=1)
        whole[:, line - _LINE_PX // 2 : line + _LINE_PX // 2] = _LINE
        return whole


def with_labels(composer: Composer, words: tuple[str, ...]) -> Composer:
    """The first for the left picture, the second, if there is one, for the right one."""
    drawn = [_label(one, composer.size_px) if one else None for one in words]
    first, second = [*drawn, None, None][:2]
    return replace(composer, labels=(first, second))


def _label(words: str, size_px: tuple[int, int]) -> Floats | None:
    """None where the picture has no room for it."""
    wide, high = size_px
    letters_px = max(_LEAST_LABEL_PX, high // _LABEL_SHARE)
    room = wide // 2 - 2 * GAP_PX
    pad = letters_px // 2
    if room < 4 * letters_px or high < 4 * letters_px:
        return None
    short = shortened(words, room - 2 * pad, letters_px)
    size = width_px(short, letters_px) + 2 * pad, _line_px(letters_px) + pad
    image = Image.new("RGB", size, GROUND)
    write(ImageDraw.Draw(image), (pad, pad // 2), short, TEXT, letters_px)
    rgb = np.asarray(image, np.float32) / np.float32(255)
    seen = np.maximum(_LABEL_OPACITY, rgb.max(axis=2, keepdims=True))
    return np.dstack([rgb, seen])


def _line_px(letters_px: int) -> int:
    """As high as letters with a tail and with an accent."""
    return math.ceil(font(letters_px).getbbox("Åg")[3])


def _lay(picture: Floats, label: Floats, x: int) -> None:
    high, wide = label.shape[:2]
    place = picture[picture.shape[0] - GAP_PX - high : picture.shape[0] - GAP_PX, x : x + wide]
    place += label[..., 3:] * (label[..., :3] - place)
