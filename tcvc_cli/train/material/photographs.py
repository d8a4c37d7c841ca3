"""Photographs as training pairs: what an old film would show of them, and their true colours.

Every batch depends on (seed, step) alone, so a resumed run sees what an uninterrupted one would.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.errors import UnreadableInput
from tcvc_cli.train.material.ageing import age, grey_of

VALIDATION_EVERY = 20
SUFFIXES = (".jpg", ".png", ".webp", ".avif")
STRIDE = 4  # targets live at the network's feature stride

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Split:
    """Files for training and, every 20th of each folder in the order of names, for validation."""

    train: tuple[Path, ...]
    validation: tuple[Path, ...]


def split(root: Path) -> Split:
    """The photographs under `root`, folder by folder."""
    train: list[Path] = []
    validation: list[Path] = []
    for folder in sorted({path.parent for path in root.rglob("*") if is_photograph(path)}):
        files = sorted(path for path in folder.iterdir() if is_photograph(path))
        validation += files[::VALIDATION_EVERY]
        train += [f for i, f in enumerate(files) if i % VALIDATION_EVERY]
    if not train:
        raise UnreadableInput(f"no photographs under {root}")
    return Split(tuple(train), tuple(validation))


def is_photograph(path: Path) -> bool:
    """By the end of its name."""
    return path.suffix.lower() in SUFFIXES


def read(path: Path) -> Picture:
    """(H, W, 3) uint8 RGB."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise UnreadableInput(f"cannot read {path}")
    return np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8, copy=False)


def read_all(paths: Sequence[Path], *, least_px: int = 96) -> list[Picture]:
    """All pictures whose short side has at least `least_px`, decoded once: about 100 KB each."""
    with ThreadPoolExecutor(4) as pool:
        return [p for p in pool.map(read, paths) if min(p.shape[:2]) >= least_px]


@dataclass(frozen=True, slots=True)
class Batch:
    """`lightness` (B, 1, S, S) L*; `ab` (B, S/4, S/4, 2) CIE units."""

    lightness: Floats
    ab: Floats


def _crop(picture: Picture, size: int, rng: Generator) -> Picture:
    """A random part of the picture at a random scale, angle and side, `size` px square."""
    h, w = picture.shape[:2]
    side = min(h, w) * rng.uniform(0.45, 1.0)
    scale = size / side
    centre_x = rng.uniform(side / 2, w - side / 2)
    centre_y = rng.uniform(side / 2, h - side / 2)
    angle = rng.normal(0, 4) if rng.random() < 0.3 else 0.0
    matrix = cv2.getRotationMatrix2D((centre_x, centre_y), angle, scale)
    matrix[0, 2] += size / 2 - centre_x
    matrix[1, 2] += size / 2 - centre_y
    if rng.random() < 0.5:
        matrix[0] = -matrix[0]
        matrix[0, 2] += size - 1
    how = cv2.INTER_LINEAR if scale > 0.7 else cv2.INTER_AREA
    out = cv2.warpAffine(picture, matrix, (size, size), flags=how, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(out, np.uint8)


def true_ab(picture: Picture, stride: int = STRIDE) -> Floats:
    """(S/stride, S/stride, 2) ab of the picture, averaged over cells of `stride` px."""
    h, w = picture.shape[:2]
    small = cv2.resize(picture, (w // stride, h // stride), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(lab_from_rgb(small.astype(np.float32) / 255)[..., 1:], np.float32)


def make_batch(pictures: Sequence[Picture], size: int, count: int, rng: Generator) -> Batch:
    """`count` training pairs of `size` px from pictures drawn at random."""
    chosen = rng.integers(0, len(pictures), count)
    crops = [_crop(pictures[i], size, rng) for i in chosen]
    ab = [true_ab(crop) for crop in crops]
    grey = np.stack([age(grey_of(crop, rng), rng) for crop in crops])
    return Batch(lightness_of_signal(grey)[:, None], np.stack(ab))


def lightness_of_signal(signal: Floats) -> Floats:
    """Grey signal (sRGB) in [0, 1] -> L*, by a table of 4096 entries."""
    return _TABLE[(np.clip(signal, 0, 1) * 4095 + 0.5).astype(np.int32)]


def _lightness_table() -> Floats:
    grey = np.linspace(0, 1, 4096, dtype=np.float32)
    return np.ascontiguousarray(lab_from_rgb(np.stack([grey] * 3, -1))[..., 0], np.float32)


_TABLE = _lightness_table()
