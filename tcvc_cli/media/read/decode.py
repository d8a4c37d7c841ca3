"""The frames of a film, one after another, none lost and none invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.media.planes import Frame, Plane, read_luma, read_planes
from tcvc_cli.media.read.orientation import UPRIGHT, turn_of, turned
from tcvc_cli.media.read.pictures import pictures_from_start
from tcvc_cli.media.read.seeking import pictures_between
from tcvc_cli.media.read.seen.frame_index import FrameIndex
from tcvc_cli.media.read.seen.held_luma import held_frames, holding
from tcvc_cli.records import DamagedPacket, FilmInfo, FrameFacts, FrameTime

Small = NDArray[np.uint8]


def read_frames(
    film: FilmInfo,
    start: int = 0,
    stop: int | None = None,
    *,
    index: FrameIndex | None = None,
    has_chroma: bool = True,
) -> Iterator[Frame]:
    """Frames `[start, stop)` of the film with their exact planes, to the end when `stop` is None. Without
    `has_chroma` only luma is given: of a short film, what an earlier reading holds of it.

    Decoding begins at a key frame near `start` where a reading from the first frame has come by these
    frames: in this process, or in the one whose `frame_index(film, start, stop)` is the `index` given. Each
    frame is then compared with what that reading saw. Where one differs, and where there was no such
    reading, decoding begins at the first frame of the film, and the log says why.

    Raises TruncatedFilm when the end is reached and the film promised more, EmptyFilm when there was
    no frame at all, MediaError when a frame in the middle cannot be decoded.
    """
    held = None if has_chroma else held_frames(film, start, stop)
    if held is not None:
        yield from held
        return
    turn = turn_of(film.path) if film.is_photograph else UPRIGHT
    for picture in pictures_between(film, start, stop, index):
        decoded = picture.decoded
        planes = read_planes(decoded) if has_chroma else (read_luma(decoded), None, None)
        luma, cb, cr = (None if one is None else turned(one, turn) for one in planes)
        assert luma is not None
        yield Frame(picture.number, picture.time, luma, cb, cr, picture.facts)


def read_small_luma(film: FilmInfo, long_side_px: int = 128) -> Iterator[tuple[FrameTime, Small]]:
    """Every frame's luma, averaged down to `long_side_px`, as (h, w) uint8 code values.

    Deeper films are brought to 8 bit by dropping the low bits. Raises as `read_frames` does.
    """
    for frame in read_small_frames(film, None, long_side_px):
        yield frame.time, frame.luma


@dataclass(frozen=True, slots=True)
class SmallFrame:
    """A frame averaged down, as uint8 code values: `luma` (h, w), and `in_cells` luma, cb and cr; None where
    nobody asked, or the frame is grey. `damaged_beside` as a `Picture` has it."""

    time: FrameTime
    luma: Small
    in_cells: tuple[Small, Small, Small] | None
    facts: FrameFacts
    damaged_beside: tuple[DamagedPacket, ...] = ()


def read_small_frames(
    film: FilmInfo, cells: tuple[int, int] | None, long_side_px: int = 128, *, is_held: bool = False
) -> Iterator[SmallFrame]:
    """As `read_small_luma`, and beside it the planes averaged to `cells` (columns, rows). Where it `is_held`,
    the luma of a short film stays for `read_frames`."""
    size = small_size(film, long_side_px)
    with holding(film) if is_held else nullcontext(_forget) as hold:
        yield from _small_frames(film, cells, size, hold)


def _forget(_: Frame) -> None:
    return None


def _small_frames(
    film: FilmInfo, cells: tuple[int, int] | None, size: tuple[int, int], hold: Callable[[Frame], None]
) -> Iterator[SmallFrame]:
    for picture in pictures_from_start(film):
        drop_bits = picture.facts.pixel_format.bit_depth - 8
        decoded = picture.decoded
        luma, cb, cr = (read_luma(decoded), None, None) if cells is None else read_planes(decoded)
        in_cells = None
        if cells is not None and cb is not None and cr is not None:
            in_cells = (
                averaged(luma, cells, drop_bits),
                averaged(cb, cells, drop_bits),
                averaged(cr, cells, drop_bits),
            )
        small = averaged(luma, size, drop_bits)
        hold(Frame(picture.number, picture.time, luma, None, None, picture.facts))
        yield SmallFrame(picture.time, small, in_cells, picture.facts, picture.damaged_beside)


def small_size(film: FilmInfo, long_side_px: int = 128) -> tuple[int, int]:
    """(width, height) of the film averaged down to `long_side_px`; never larger than it is."""
    scale = min(1.0, long_side_px / max(film.size_px))
    return max(1, round(film.width_px * scale)), max(1, round(film.height_px * scale))


def averaged(plane: Plane, size: tuple[int, int], drop_bits: int) -> Small:
    """A plane averaged to `size` (width, height), without its `drop_bits` low bits."""
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return np.right_shift(small, drop_bits).astype(np.uint8)
