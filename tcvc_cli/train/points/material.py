"""What is seen in photographs, and their true colours, computed once and kept on disk: 0.75 MB each.

A folder of plain arrays that only grow (`growing.py`), all in half precision:

    looks.f16     (N, CELLS, LOOKS)            what places look like, as `Cells.looks` has it
    ab.f16        (N, 2, CELLS)                as the network colours them, CIE units
    palettes.f16  (N, PALETTES, 2, CELLS)      and as it might have
    truth.f16     (N, 2, CELLS)                the true colours
    things.f16    (N, THING_AXES, 16, 16)      along the axes of projection.safetensors
    outlines.f16  (N, OUTLINE_AXES, 24, 24)

beside them the hash of the weights that the eyes have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.color.lightness import small_lightness
from tcvc_cli.errors import UnreadableInput, UsageError
from tcvc_cli.files import make_folder
from tcvc_cli.model.film_network import FilmNetwork
from tcvc_cli.model.memory.describer import Seen
from tcvc_cli.model.memory.point_kernel import LOOKS, PALETTES, Cells
from tcvc_cli.model.runtime import load_network, load_observer, precision_on
from tcvc_cli.model.weights.store import sha256
from tcvc_cli.train.material.growing import GrowingArrays, Layout, write_note
from tcvc_cli.train.material.photographs import STRIDE, Floats, Picture, read, true_ab
from tcvc_cli.train.material.sources import is_plain
from tcvc_cli.train.points.projection import OUTLINE_AXES, THING_AXES, SeenProjection

SIDE_PX: Final = 192
GRID: Final = SIDE_PX // STRIDE
CELLS: Final = GRID * GRID
THINGS_GRID: Final = 16
OUTLINES_GRID: Final = 24
_LEAST_PX: Final = 120
_LEAST_SHARE: Final = 0.7  # of the short side, that a square has
_LEAST_COLOR: Final = 1.5  # mean of |a| and |b|; less is as good as grey
_PROJECTED: Final = 200  # photographs whose axes are sought
_LINE_EVERY: Final = 50
_EYES: Final = "tcvc-dino"
_EYES_FILE: Final = "eyes.txt"
AXES_FILE: Final = "projection.safetensors"

_HALF: Final = np.dtype(np.float16)
_LAYOUT: Final[Layout] = {
    "looks.f16": ((CELLS, LOOKS), _HALF),
    "ab.f16": ((2, CELLS), _HALF),
    "palettes.f16": ((PALETTES, 2, CELLS), _HALF),
    "truth.f16": ((2, CELLS), _HALF),
    "things.f16": ((THING_AXES, THINGS_GRID, THINGS_GRID), _HALF),
    "outlines.f16": ((OUTLINE_AXES, OUTLINES_GRID, OUTLINES_GRID), _HALF),
}

Look = Callable[[Tensor], Cells]  # (1, 1, SIDE_PX, SIDE_PX) L* -> what is seen there


@dataclass(frozen=True, slots=True)
class Eyes:
    """`look`, and which weights it has."""

    look: Look
    weights: str


def shipped_eyes(device: torch.device) -> Eyes:
    """Those of `tcvc-dino`; what they saw comes back to the CPU."""
    precision = precision_on(device)
    observer = load_observer(cast(FilmNetwork, load_network(_EYES, device)), precision)
    return Eyes(lambda lightness: _brought_home(observer.cells(observer.observe(lightness))), sha256(_EYES))


def _brought_home(cells: Cells) -> Cells:
    """On the CPU."""
    things = None if cells.seen.things is None else cells.seen.things.cpu()
    return Cells(
        likeness=cells.likeness.cpu(),
        places=cells.places.cpu(),
        ab=cells.ab.cpu(),
        palettes=cells.palettes.cpu(),
        lightness=cells.lightness.cpu(),
        seen=Seen(cells.seen.outlines.cpu(), things),
    )


@dataclass(frozen=True, slots=True)
class Square:
    """Of the photograph `file`: `lightness` (SIDE_PX, SIDE_PX) L*, and the true `ab` (GRID, GRID, 2)."""

    file: Path
    lightness: Floats
    ab: Floats


@dataclass(frozen=True, slots=True)
class Stored:
    """All items, mapped into memory, as the head of this file says."""

    looks: NDArray[np.float16]
    ab: NDArray[np.float16]
    palettes: NDArray[np.float16]
    truth: NDArray[np.float16]
    things: NDArray[np.float16]
    outlines: NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.looks)


class Material:
    """The folder. UsageError where other eyes have filled it."""

    def __init__(self, folder: Path, eyes: str) -> None:
        make_folder(folder)
        self._arrays, self._axes_file = GrowingArrays(folder, _LAYOUT), folder / AXES_FILE
        note = folder / _EYES_FILE
        if not note.exists():
            write_note(note, eyes)
        if note.read_text("ascii") != eyes:
            raise UsageError(f"{folder} holds what other weights have seen", "Use another folder.")

    def files(self) -> list[Path]:
        """Of the photographs that are whole, in order."""
        return [Path(file) for file in self._arrays.lines(str)]

    def stored(self, most: int = 0) -> Stored:
        """The first `most` (0: all); at least one is there."""
        count = len(self._arrays)
        held: dict[str, NDArray[Any]] = self._arrays.mapped(min(most or count, count))
        return Stored(*(held[name] for name in _LAYOUT))

    def projection(self) -> SeenProjection | None:
        """None as long as nobody has sought any. Raises UnreadableInput."""
        return SeenProjection.read(self._axes_file) if self._axes_file.exists() else None

    def project(self, projection: SeenProjection) -> None:
        projection.write(self._axes_file)

    def append(self, square: Square, cells: Cells, projection: SeenProjection) -> None:
        if cells.seen.things is None:
            raise ValueError("these eyes know no things")
        tensors = (
            cells.looks,
            cells.ab.flatten(1),
            cells.palettes.flatten(2),
            torch.from_numpy(square.ab).permute(2, 0, 1).flatten(1),
            projection.things.of(cells.seen.things[0].float()),
            projection.outlines.of(cells.seen.outlines[0].float()),
        )
        items = [one.half().numpy() for one in tensors]
        self._arrays.append([json.dumps(str(square.file))], items)


def fill(material: Material, files: Sequence[Path], eyes: Eyes, most: int = 0) -> Iterator[str]:
    """Go on filling it from `files`, after what it holds, up to `most` (0: all); yields lines.

    UsageError where it was begun with other files.
    """
    held = material.files()
    if most and len(held) >= most:
        return
    first = _after(files, held)
    projection = material.projection()
    if projection is None:
        projection = SeenProjection.fitted(
            [_seen(eyes, one).seen for one in islice(_squares(files), _PROJECTED)]
        )
        material.project(projection)
        yield "axes sought"
    squares = islice(_squares(files, first), most - len(held) if most else None)
    for count, square in enumerate(squares, len(held) + 1):
        material.append(square, _seen(eyes, square), projection)
        if count % _LINE_EVERY == 0:
            yield f"seen: {count}"


def _after(files: Sequence[Path], held: Sequence[Path]) -> int:
    """The number of the file after the last one that is held."""
    if not held:
        return 0
    if held[-1] not in files:
        raise UsageError(f"{held[-1]} is no longer there to go on after", "Use another work folder.")
    return files.index(held[-1]) + 1


@torch.inference_mode()
def _seen(eyes: Eyes, square: Square) -> Cells:
    return eyes.look(torch.from_numpy(square.lightness)[None, None])


def _squares(files: Sequence[Path], first: int = 0) -> Iterator[Square]:
    """One of each that can be read, is plain, not small and in colour."""
    for place in range(first, len(files)):
        try:
            picture = read(files[place])
        except UnreadableInput:
            continue
        if min(picture.shape[:2]) < _LEAST_PX or not is_plain(picture):
            continue
        square = square_of(picture, np.random.default_rng(place))
        ab = true_ab(square)
        if np.abs(ab).mean() >= _LEAST_COLOR:
            yield Square(files[place], _lightness_of(square), ab)


def square_of(picture: Picture, rng: np.random.Generator) -> Picture:
    """A random square of (H, W, 3), mirrored half of the time, SIDE_PX wide."""
    h, w = picture.shape[:2]
    side = int(min(h, w) * rng.uniform(_LEAST_SHARE, 1))
    top, left = int(rng.integers(h - side + 1)), int(rng.integers(w - side + 1))
    part = picture[top : top + side, left : left + side]
    how = cv2.INTER_AREA if side > SIDE_PX else cv2.INTER_LINEAR
    small = cv2.resize(np.ascontiguousarray(part), (SIDE_PX, SIDE_PX), interpolation=how)
    return np.ascontiguousarray(small[:, ::-1] if rng.random() < 0.5 else small, np.uint8)


def _lightness_of(square: Picture) -> Floats:
    grey = np.asarray(cv2.cvtColor(square, cv2.COLOR_RGB2GRAY), np.uint8)
    return small_lightness(grey, bit_depth=8, full_range=True, width_px=SIDE_PX, height_px=SIDE_PX)
