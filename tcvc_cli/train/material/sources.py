"""Which photographs there are, by source: what is learned from, in which order, and what is held out.

A source is one folder. Whole sources are held out, since photographs of one source resemble each other: a
network judged on every twentieth of them looks better than it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tcvc_cli.errors import UnreadableInput
from tcvc_cli.train.material.photographs import VALIDATION_EVERY, Picture, is_photograph

BALANCE = 0.75  # 1: photographs of all sources in equal share at any time; 0: equally many of each
LONGEST_ASPECT = 2.4  # longer ones are banners and panoramas

HELD_OUT_SOURCES = frozenset(
    (
        "allwyn_rooms",
        "amicale",
        "archivio",
        "brischool",
        "documerica",
        "family_laverty",
        "film_ygrace",
        "hosteria",
        "japan_hotel",
        "misch_reunion",
        "newyork2021",
        "photo_kota",
        "photo_nikolay",
        "places_ga",
        "tehama",
        "viet_tour",
        "wedding_kens",
    )
)


@dataclass(frozen=True, slots=True)
class Sources:
    """Files to learn from, so ordered that any first part is balanced; and by source those to judge with."""

    train: tuple[Path, ...]
    validation: dict[str, tuple[Path, ...]]


def find_sources(roots: Iterable[Path], seed: int = 0) -> Sources:
    """All photographs in the folders of `roots`. UnreadableInput where there are none.

    Of a source that is not held out, every 20th file in the order of names still belongs to validation.
    """
    keyed: list[tuple[float, Path]] = []
    validation: dict[str, tuple[Path, ...]] = {}
    for folder, files in _folders(roots):
        if folder.name in HELD_OUT_SOURCES:
            validation[folder.name] = tuple(files)
            continue
        validation[folder.name] = tuple(files[::VALIDATION_EVERY])
        learned = [file for place, file in enumerate(files) if place % VALIDATION_EVERY]
        keyed += zip(_keys(folder.name, len(learned), seed), learned, strict=True)
    if not keyed:
        raise UnreadableInput("no photographs to learn from")
    return Sources(tuple(file for _, file in sorted(keyed)), validation)


def held_out_files(root: Path) -> list[Path]:
    """The photographs under `root` that are of sources held out."""
    found = find_sources([root]).validation
    return [file for name, files in found.items() if name in HELD_OUT_SOURCES for file in files]


def _folders(roots: Iterable[Path]) -> Iterable[tuple[Path, list[Path]]]:
    for root in roots:
        for folder in sorted(path for path in root.iterdir() if path.is_dir()):
            files = sorted(path for path in folder.iterdir() if is_photograph(path))
            if files:
                yield folder, files


def _keys(name: str, count: int, seed: int) -> Sequence[float]:
    """When each file's turn comes: the i-th of a source of n at about i / n**BALANCE."""
    rng = np.random.default_rng([seed, *name.encode()])
    turns = (rng.permutation(count) + rng.random()) / max(count, 1) ** BALANCE
    return [float(turn) for turn in turns]


def is_plain(picture: Picture) -> bool:
    """False for banners, and for collages: a seam goes straight through from edge to edge."""
    h, w = picture.shape[:2]
    if max(h, w) > LONGEST_ASPECT * min(h, w):
        return False
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.int16)
    return not (_has_seam(grey) or _has_seam(grey.T))


def _has_seam(grey: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> bool:
    """True where nine tenths of some inner column differ from the column before it by more than 16 levels."""
    step = np.abs(np.diff(grey.astype(np.int32), axis=1)) > 16
    share = step.mean(0)
    margin = max(2, len(share) // 20)
    return bool((share[margin:-margin] > 0.9).any())
