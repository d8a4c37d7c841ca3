"""Which frames of a film may be the one that a picture shows: every frame is seen once, small.

Both are brought to grids of about 150 cells, finest and coarsest detail taken away, and compared by
normalised correlation: the middle of the picture with windows of the frame (it may show a part), and windows
of the picture with the frame (it may show more). Tone does not count; a mirrored picture is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.settings.picture_luma import WHOLE, Box, Gray, PictureLuma

Array = NDArray[np.float32]
Grid = tuple[int, int]  # columns, rows

MOST_PEAKS = 8
_CELLS = 150
_LEAST_CELLS = 5  # in a row or column
_PARTS = (1.0, 0.85, 0.7, 0.58, 0.48)  # of the frame, that the picture shows
_MORE = (0.85, 0.72, 0.6)  # of the picture, that the frame shows
_MORE_PLACES = 3  # in a row and in a column, of each size
_COARSE_SIGMA_CELLS = 2.0
_FLAT = 1.5  # code values, standard deviation: less is nothing to compare
_LEAST_SCORE = 0.4
_SAME_MOMENT_FRAMES = 12
_SAME_SCENE = 5.0  # code values, mean difference of two frames of a still scene
_ONE_THREAD = 2**18  # multiplications
_NEARLY = 0.002  # not better than what came before, in a still scene


@dataclass(frozen=True, slots=True)
class Peak:
    """A frame that is more like the picture than its neighbours. `box`: where in the frame the complete
    picture lies, as fractions of the frame; `small`: that frame's luma."""

    frame: int
    score: float
    box: Box
    small: Gray


class LumaMatcher:
    """Sees the frames of one film, in order; keeps the best few for each picture, whatever its length."""

    def __init__(self, pictures: Sequence[PictureLuma]) -> None:
        self._pictures = tuple(pictures)
        self._searches: tuple[_Search, ...] = ()
        self._peaks: list[list[Peak]] = [[] for _ in self._pictures]
        self._frames = 0

    def see(self, luma: Gray) -> None:
        """The next frame: (h, w) uint8, long side at most about 128 px, all of one film of one size."""
        if not self._pictures:
            return
        if not self._searches:
            aspect = luma.shape[1] / luma.shape[0]
            self._searches = (_for_parts(self._pictures, aspect), _for_more(self._pictures, aspect))
        windows = self._searches[0].windows.of(luma)  # the first of them is the complete frame
        found = [search.best(windows[: len(search.windows.boxes)]) for search in self._searches]
        scores = np.stack([one[0] for one in found])
        which = scores.argmax(axis=0)
        for owner in np.flatnonzero(scores.max(axis=0) > _LEAST_SCORE).tolist():
            search, (_, places) = self._searches[which[owner]], found[which[owner]]
            box = _full(search.box(owner, int(places[owner])), self._pictures[owner].content)
            peak = Peak(self._frames, float(scores[which[owner], owner]), box, luma)
            self._peaks[owner] = _with(self._peaks[owner], peak)
        self._frames += 1

    def peaks(self) -> tuple[tuple[Peak, ...], ...]:
        """For each picture, in the order given, at most 8 frames, the likeliest first."""
        return tuple(tuple(sorted(some, key=lambda one: (-one.score, one.frame))) for some in self._peaks)


@dataclass(frozen=True, slots=True)
class _Windows:
    """Windows of one grid over a picture that was brought to `sizes`. `places` (windows, cells): where the
    cells lie in all sizes, one after another; `boxes`: the windows as fractions of the picture."""

    sizes: tuple[Grid, ...]
    places: NDArray[np.intp]
    boxes: tuple[Box, ...]

    def of(self, luma: Gray) -> Array:
        """(windows, cells), of mean 0 and length 1; all 0 where the window is flat."""
        cells = np.concatenate([_detail(luma, size).ravel() for size in self.sizes])
        return _normalised(cells[self.places])


@dataclass(frozen=True, slots=True)
class _Search:
    """Windows of the frame compared with `descriptors` (number of pictures, of each, cells), which show
    `parts[picture]` of each picture."""

    windows: _Windows
    descriptors: Array
    parts: tuple[tuple[Box, ...], ...]

    def best(self, windows: Array) -> tuple[Array, NDArray[np.intp]]:
        """(score, place), each as long as there are pictures; `box` tells what a place is. `windows` (number,
        cells), those of a frame."""
        pictures, _, cells = self.descriptors.shape
        flat = _products(self.descriptors.reshape(-1, cells), windows).reshape(pictures, -1)
        places = flat.argmax(axis=1)
        return flat[np.arange(pictures), places], places

    def box(self, picture: int, place: int) -> Box:
        """Where in the frame the picture lies."""
        part, window = divmod(place, len(self.windows.boxes))
        return _full(self.windows.boxes[window], self.parts[picture][part])


def _for_parts(pictures: Sequence[PictureLuma], aspect: float) -> _Search:
    """The middle of each picture, in the shape of the frame, is looked for in the frame."""
    grid = _grid(aspect)
    middles = [_middle(grid, picture.aspect) for picture in pictures]
    descriptors = [_seen(picture.luma, grid, box) for picture, box in zip(pictures, middles, strict=True)]
    return _Search(_windows(grid, _PARTS), np.stack(descriptors)[:, None], tuple((one,) for one in middles))


def _for_more(pictures: Sequence[PictureLuma], aspect: float) -> _Search:
    """The frame is looked for in each picture; and all of it is compared with all of the picture, which may
    have been stretched."""
    grid = _grid(aspect)
    parts = [(WHOLE, *_inner_places(grid, picture.aspect)) for picture in pictures]
    descriptors = [
        np.stack([_seen(picture.luma, grid, box) for box in boxes])
        for picture, boxes in zip(pictures, parts, strict=True)
    ]
    return _Search(_windows(grid, (1.0,)), np.stack(descriptors), tuple(parts))


def _products(descriptors: Array, windows: Array) -> Array:
    """`descriptors @ windows.T`, in products so small that OpenBLAS does not wake its threads for them, which
    takes a hundred times as long on a busy machine."""
    if len(windows) == 1:
        return np.asarray(np.einsum("ij,j->i", descriptors, windows[0])[:, None], np.float32)
    step = max(2, _ONE_THREAD // windows.size)
    return np.concatenate(
        [descriptors[start : start + step] @ windows.T for start in range(0, len(descriptors), step)]
    )


def _full(window: Box, part: Box) -> Box:
    """Where all of a picture lies when `part` of it lies at `window`."""
    width, height = (
        (window[2] - window[0]) / (part[2] - part[0]),
        (window[3] - window[1]) / (part[3] - part[1]),
    )
    left, top = window[0] - part[0] * width, window[1] - part[1] * height
    return left, top, left + width, top + height


def _with(peaks: list[Peak], new: Peak) -> list[Peak]:
    """One peak for a moment, and the best few moments."""
    if peaks and _is_same_moment(peaks[-1], new):
        return [*peaks[:-1], new] if new.score > peaks[-1].score + _NEARLY else peaks
    if len(peaks) < MOST_PEAKS:
        return [*peaks, new]
    worst = min(range(len(peaks)), key=lambda one: peaks[one].score)
    if new.score <= peaks[worst].score + _NEARLY:
        return peaks
    return [*peaks[:worst], *peaks[worst + 1 :], new]


def _is_same_moment(before: Peak, new: Peak) -> bool:
    if new.frame - before.frame < _SAME_MOMENT_FRAMES:
        return True
    return float(cv2.absdiff(before.small, new.small).mean()) < _SAME_SCENE


def _grid(aspect: float) -> Grid:
    most = _CELLS // _LEAST_CELLS
    columns = min(most, max(_LEAST_CELLS, round((_CELLS * aspect) ** 0.5)))
    return columns, max(_LEAST_CELLS, round(_CELLS / columns))


@cache
def _windows(grid: Grid, scales: tuple[float, ...]) -> _Windows:
    """All windows over a frame of the shape of `grid`, at these scales of it."""
    columns, rows = grid
    sizes = tuple((round(columns / one), round(rows / one)) for one in scales)
    places, boxes, before = [], list[Box](), 0
    for width, height in sizes:
        corners = [(x, y) for y in range(height - rows + 1) for x in range(width - columns + 1)]
        boxes += [(x / width, y / height, (x + columns) / width, (y + rows) / height) for x, y in corners]
        first = before + np.array([y * width + x for x, y in corners])
        inside = (np.arange(rows)[:, None] * width + np.arange(columns)).ravel()
        places.append(first[:, None] + inside)
        before += width * height
    return _Windows(sizes, np.concatenate(places), tuple(boxes))


def _middle(grid: Grid, aspect: float, scale: float = 1.0, at: tuple[float, float] = (0.5, 0.5)) -> Box:
    """The largest part of a picture of `aspect` that has the shape of `grid`, times `scale`; `at` is (0, 0)
    in its upper left corner."""
    shape = grid[0] / grid[1]
    width, height = scale * min(1.0, shape / aspect), scale * min(1.0, aspect / shape)
    left, top = at[0] * (1 - width), at[1] * (1 - height)
    return left, top, left + width, top + height


def _inner_places(grid: Grid, aspect: float) -> list[Box]:
    steps = np.linspace(0, 1, _MORE_PLACES).tolist()
    return [_middle(grid, aspect, one, (x, y)) for one in _MORE for y in steps for x in steps]


def _seen(luma: Gray, grid: Grid, box: Box) -> Array:
    """The descriptor (cells,) of a part of a picture."""
    height, width = luma.shape
    left, top = min(round(box[0] * width), width - 1), min(round(box[1] * height), height - 1)
    right, bottom = max(left + 1, round(box[2] * width)), max(top + 1, round(box[3] * height))
    part = np.ascontiguousarray(luma[top:bottom, left:right])
    return np.asarray(_windows(grid, (1.0,)).of(part)[0], np.float32)


def _detail(luma: Gray, size: Grid) -> Array:
    """(rows, columns) float32: what is finer than a cell and what is coarser than a few is taken away."""
    cells = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.float32)
    coarse = cv2.GaussianBlur(cells, (0, 0), _COARSE_SIGMA_CELLS, borderType=cv2.BORDER_REFLECT)
    return np.asarray(cells - coarse, np.float32)


def _normalised(vectors: Array) -> Array:
    vectors -= vectors.mean(axis=1, keepdims=True)
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    flat = length < _FLAT * vectors.shape[1] ** 0.5
    vectors *= np.where(flat, 0, 1 / np.maximum(length, 1e-6))[:, None].astype(np.float32)
    return vectors
