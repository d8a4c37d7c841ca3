"""What the frozen encoder sees in each photograph, computed once and kept on disk.

A store is a folder of plain arrays that only grow, and an index that says how many items are whole:

    tokens.f16  (N, taps, 1 + T, 384)   each token less its mean, over its spread
    grey.u8     (N, S, S)               the grey signal that the network is shown, aged
    ab.i8       (N, S/4, S/4, 2)        the true colours, CIE units
    index.jsonl                         source and file of each item
    side.txt                            S in px

A killed run goes on after the last item of the index; training may read while the store grows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from tcvc_cli.errors import UnreadableInput, UsageError
from tcvc_cli.files import make_folder
from tcvc_cli.model.networks.dino import TAPS, seen_tokens
from tcvc_cli.model.networks.vit import PATCH_PX, WIDTH, VisionTransformer
from tcvc_cli.train.material.ageing import BT601, age, grey_of
from tcvc_cli.train.material.growing import GrowingArrays, Layout, write_note
from tcvc_cli.train.material.photographs import Picture, lightness_of_signal, true_ab

AB_STRIDE = 4
_BATCH = 16
_SIDE = "side.txt"
_COMPLETE = "done"  # a file that says that nothing is to come


def _layout(side_px: int) -> Layout:
    places, cells = (side_px // PATCH_PX) ** 2, side_px // AB_STRIDE
    return {
        "tokens.f16": ((len(TAPS), 1 + places, WIDTH), np.dtype(np.float16)),
        "grey.u8": ((side_px, side_px), np.dtype(np.uint8)),
        "ab.i8": ((cells, cells, 2), np.dtype(np.int8)),
    }


@dataclass(frozen=True, slots=True)
class Item:
    """Where a stored item comes from: `source` is the name of its folder or film, after its kind and "/"."""

    source: str
    file: str

    @property
    def kind(self) -> str:
        """`film`, `held-out` (of a source that is), `split` (of one learned from) or `photograph`."""
        return self.source.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Shown:
    """`signal` (S, S) uint8 grey, as the network is shown it; `ab` (S/4, S/4, 2) int8."""

    signal: NDArray[np.uint8]
    ab: NDArray[np.int8]


def show_for_training(picture: Picture, rng: Generator, side_px: int) -> Shown:
    """A random square of the photograph, at least 0.6 of its short side, on old film half of the time."""
    share, place, is_mirrored = float(rng.uniform(0.6, 1.0)), rng.random(2), bool(rng.random() < 0.5)
    crop = _square(picture, share, place, side_px, is_mirrored=is_mirrored)
    return _shown(crop, age(grey_of(crop, rng), rng))


def show_for_validation(picture: Picture, side_px: int) -> Shown:
    """The middle square, as it is."""
    crop = _square(picture, 1.0, np.array([0.5, 0.5]), side_px, is_mirrored=False)
    grey = cv2.transform(crop.astype(np.float32) / 255, BT601[None])
    return _shown(crop, np.asarray(grey, np.float32).reshape(crop.shape[:2]))


def _square(
    picture: Picture, share: float, place: NDArray[np.float64], side_px: int, *, is_mirrored: bool
) -> Picture:
    h, w = picture.shape[:2]
    side = round(min(h, w) * share)
    top, left = (int(p * (s - side)) for p, s in zip(place, (h, w), strict=True))
    part = picture[top : top + side, left : left + side, :]
    how = cv2.INTER_CUBIC if side < side_px else cv2.INTER_AREA
    out = cv2.resize(part[:, ::-1] if is_mirrored else part, (side_px, side_px), interpolation=how)
    return np.asarray(out, np.uint8)


def _shown(crop: Picture, signal: NDArray[np.float32]) -> Shown:
    grey = np.rint(np.clip(signal, 0, 1) * 255).astype(np.uint8)
    return Shown(grey, np.rint(true_ab(crop, AB_STRIDE)).astype(np.int8))


def lightness_of(signal: NDArray[np.uint8]) -> Tensor:
    """(B, S, S) uint8 -> (B, 1, S, S) L*."""
    return torch.from_numpy(lightness_of_signal(signal.astype(np.float32) / np.float32(255)))[:, None]


class FeatureStore:
    """A folder of arrays that only grow; `side_px` is the side of its squares."""

    def __init__(self, folder: Path) -> None:
        """Of one that is there. Raises UnreadableInput."""
        self.folder = folder
        try:
            self.side_px = int((folder / _SIDE).read_text("ascii"))
        except (OSError, ValueError) as error:
            raise UnreadableInput(f"{folder} is no feature store", "Run: tcvc train features.") from error

    @classmethod
    def at(cls, folder: Path, side_px: int) -> FeatureStore:
        """The one that is there, or a new one. UsageError where its squares have another side."""
        make_folder(folder)
        if not (folder / _SIDE).exists():
            write_note(folder / _SIDE, f"{side_px}\n")
        store = cls(folder)
        if store.side_px != side_px:
            raise UsageError(f"{folder} holds squares of {store.side_px} px, not of {side_px}")
        return store

    def items(self) -> list[Item]:
        """Those that are whole, in order. Raises UnreadableInput."""
        return self._growing().lines(Item)

    def _growing(self) -> GrowingArrays:
        return GrowingArrays(self.folder, _layout(self.side_px))

    def arrays(self, count: int) -> dict[str, NDArray[Any]]:
        """The first `count` items, mapped into memory, by the names of the files."""
        return self._growing().mapped(count)

    def append(self, items: Sequence[Item], shown: Sequence[Shown], tokens: NDArray[np.float16]) -> None:
        """Write a batch."""
        arrays = (tokens, np.stack([s.signal for s in shown]), np.stack([s.ab for s in shown]))
        self._growing().append([json.dumps(asdict(item)) for item in items], arrays)


@torch.inference_mode()
def tokens_of(encoder: VisionTransformer, shown: Sequence[Shown]) -> NDArray[np.float16]:
    """(B, taps, 1 + T, 384)."""
    lightness = lightness_of(np.stack([s.signal for s in shown]))
    return seen_tokens(encoder, lightness).half().numpy()


def fill(
    store: FeatureStore, encoder: VisionTransformer, work: Iterable[tuple[Item, Shown]], most: int = 0
) -> Iterator[str]:
    """Go on filling the store from `work`, after what it holds, up to `most` (0: all); yields lines.

    `work` must show the same things in the same order as when the store was begun.
    """
    folder = store.folder
    held = len(store.items())
    if (folder / _COMPLETE).exists() or (most and held >= most):
        return
    rest = islice(work, held, most or None)
    with ThreadPoolExecutor(1) as pool:  # the next batch is read while this one is looked at
        following = pool.submit(_take, rest)
        while taken := following.result():
            following = pool.submit(_take, rest)
            items, shown = zip(*taken, strict=True)
            store.append(items, shown, tokens_of(encoder, shown))
            held += len(taken)
            yield f"{folder.name}: {held}"
    if not most:
        (folder / _COMPLETE).touch()


def _take(work: Iterator[tuple[Item, Shown]]) -> list[tuple[Item, Shown]]:
    return list(islice(work, _BATCH))
