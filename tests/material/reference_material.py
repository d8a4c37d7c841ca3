"""Films of moving textures, and pictures in colour, for tests of what a reference shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.settings.pictures import ReferencePicture

Array = NDArray[np.float32]
Gray = NDArray[np.uint8]

SIZE_PX = (320, 240)
FPS = 24
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def texture(seed: int, height: int, width: int) -> Array:
    """(height, width, 3) in [0, 1]: coloured clouds and edges, coarse and fine."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for cell, weight in ((64, 0.5), (24, 0.3), (8, 0.2)):
        noise = rng.random((height // cell + 2, width // cell + 2, 3)).astype(np.float32)
        total += weight * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    edges = cv2.resize(rng.random((height // 40 + 1, width // 40 + 1)).astype(np.float32), (width, height))
    return np.asarray(np.clip(1.6 * (total - 0.5) + 0.4 + 0.25 * (edges[..., None] > 0.5), 0, 1), np.float32)


def shot(seed: int, frames: int, step_px: int = 5) -> list[Array]:
    """A pan over a texture, with a disk that moves across it."""
    width, height = SIZE_PX
    ground = texture(seed, height, width + step_px * frames)
    pictures = []
    for number in range(frames):
        picture = ground[:, number * step_px : number * step_px + width].copy()
        cv2.circle(picture, (40 + 9 * number % width, 120), 30, (0.9, 0.2, 0.1), -1)
        pictures.append(picture)
    return pictures


def luma(rgb: Array) -> Gray:
    return np.asarray(np.rint(255 * (rgb @ _LUMA)), np.uint8)


def small(gray: Gray) -> Gray:
    scale = 128 / max(gray.shape)
    size = (round(gray.shape[1] * scale), round(gray.shape[0] * scale))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


@dataclass
class TextureFilm:
    """A film whose frames are asked for by the finder; `asked` are those that it looked at in full."""

    pictures: Sequence[Array]
    asked: list[int] = field(default_factory=list)
    stem: str = "film"

    @property
    def frames(self) -> int:
        return len(self.pictures)

    def luma_of(self, frame: int) -> NDArray[Any]:
        self.asked.append(frame)
        return luma(self.pictures[frame])

    def frame_at(self, time_s: Fraction) -> int | None:
        frame = int(time_s * FPS)
        return frame if frame < self.frames else None

    def small_lumas(self) -> list[Gray]:
        return [small(luma(one)) for one in self.pictures]


def picture_of(rgb: Array, opacity: Array | None = None) -> ReferencePicture:
    whole = np.ones(rgb.shape[:2], np.float32)
    return ReferencePicture(np.ascontiguousarray(rgb), whole if opacity is None else opacity)
