"""Films whose shots are known: photographs under a moving camera, joined, lit and worn as old film is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

from tcvc_cli.plan.shots.detector import LumaShotDetector, find_shots

WIDTH_PX, HEIGHT_PX = 128, 96
MEAN_LUMA = 110.0  # of every frame, so that no cut shows in the brightness

Film = NDArray[np.float32]
"""(T, HEIGHT_PX, WIDTH_PX) float32, code values."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A photograph, the centre of the view and its width (fractions of the photograph's width), and how
    far the centre moves in a frame and by what factor the width grows."""

    photograph: str
    x: float
    y: float
    width: float
    pan: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0


SCENES = (
    Scene("camera.png", 0.45, 0.36, 0.80, pan=(0.001, 0.0)),
    Scene("astronaut.png", 0.50, 0.40, 0.90, zoom=0.995),
    Scene("chelsea.png", 0.45, 0.33, 0.70, pan=(0.002, 0.0)),
    Scene("coffee.png", 0.48, 0.33, 0.70, zoom=1.004),
    Scene("rocket.jpg", 0.50, 0.33, 0.80, pan=(0.0, -0.001)),
    Scene("motorcycle_left.png", 0.50, 0.33, 0.85, pan=(-0.001, 0.0)),
)


@cache
def photograph(name: str) -> NDArray[np.float32]:
    """(H, W) luma, about 400 px wide: enough for every view."""
    gray = cv2.imread(str(Path(skimage.__file__).parent / "data" / name), cv2.IMREAD_GRAYSCALE)
    assert gray is not None, name
    scale = 400 / gray.shape[1]
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def shot(scene: Scene, frames: int) -> Film:
    return np.stack([_view(scene, frame) for frame in range(frames)])


def _view(scene: Scene, frame: int) -> NDArray[np.float32]:
    source = photograph(scene.photograph)
    width = source.shape[1]
    scale = scene.width * scene.zoom**frame * width / WIDTH_PX
    left = (scene.x + frame * scene.pan[0]) * width - scale * WIDTH_PX / 2
    top = (scene.y + frame * scene.pan[1]) * width - scale * HEIGHT_PX / 2
    matrix = np.array([[scale, 0, left], [0, scale, top]])
    blurred = cv2.GaussianBlur(source, (0, 0), 0.4 * scale)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    view = cv2.warpAffine(
        blurred, matrix, (WIDTH_PX, HEIGHT_PX), flags=flags, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(view * (MEAN_LUMA / view.mean()), np.float32)


def dissolved(before: Film, after: Film, frames: int) -> Film:
    """The last `frames` frames of the one mixed with the first of the other."""
    share = (np.arange(frames, dtype=np.float32)[:, None, None] + 1) / (frames + 1)
    mixed = (1 - share) * before[-frames:] + share * after[:frames]
    return np.concatenate([before[:-frames], mixed, after[frames:]])


def faded(film: Film, *, at_start: int = 0, at_end: int = 0) -> Film:
    """Up from black over the first frames, down to black over the last."""
    strength = np.ones(len(film), np.float32)
    strength[:at_start] = np.arange(at_start) / max(1, at_start)
    strength[len(film) - at_end :] = np.arange(at_end)[::-1] / max(1, at_end)
    return 16 + (film - 16) * strength[:, None, None]


def flashed(film: Film, at: int, frames: int, luma: float = 235.0) -> Film:
    """White, black or grey frames where the picture should be, with a trace of it."""
    worn = film.copy()
    worn[at : at + frames] = luma + 0.1 * (worn[at : at + frames] - MEAN_LUMA)
    return worn


def grainy(film: Film, deviation: float = 6.0) -> Film:
    return film + np.random.default_rng(1).normal(0, deviation, film.shape).astype(np.float32)


def flickering(film: Film, deviation: float = 0.12) -> Film:
    """Each frame's exposure off by a factor, as from a camera cranked by hand."""
    factors = np.random.default_rng(2).normal(1, deviation, len(film))
    return film * factors.astype(np.float32)[:, None, None]


def weaving(film: Film, deviation_px: float = 1.0) -> Film:
    steps = np.random.default_rng(3).normal(0, deviation_px, (len(film), 2)).astype(np.float32)
    return np.stack([_shifted(frame, *step) for frame, step in zip(film, steps, strict=True)])


def _shifted(frame: NDArray[np.float32], x: float, y: float) -> NDArray[np.float32]:
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    size = (WIDTH_PX, HEIGHT_PX)
    return np.asarray(cv2.warpAffine(frame, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32)


def scratched(film: Film) -> Film:
    """Two bright lines and four dark spots in every frame, never where they were."""
    rng = np.random.default_rng(4)
    worn = film.copy()
    for frame in worn:
        frame[:, rng.integers(0, WIDTH_PX, 2)] = 225
        for x, y in rng.integers(0, (WIDTH_PX, HEIGHT_PX), (4, 2)):
            cv2.circle(frame, (int(x), int(y)), 3, 20.0, -1)
    return worn


def dark(film: Film) -> Film:
    """A night scene on a bad print: what was 110 levels of contrast is eight."""
    return 18 + (film - MEAN_LUMA) * np.float32(0.075)


def crossed(film: Film, object_px: int = 48, step_px: float = 6.0) -> Film:
    """Someone walks by, close to the camera, from left to right."""
    texture = _view(SCENES[4], 0)[: HEIGHT_PX - 16, :object_px]
    crossed_film = film.copy()
    for number, frame in enumerate(crossed_film):
        left = round(number * step_px) - object_px
        first, last = max(0, left), min(WIDTH_PX, left + object_px)
        if first < last:
            frame[16:, first:last] = texture[:, first - left : last - left]
    return crossed_film


def as_luma(film: Film) -> NDArray[np.uint8]:
    return np.clip(np.rint(film), 0, 255).astype(np.uint8)


def cuts_of(film: Film, *, min_shot_frames: int = 5) -> list[int]:
    """First frames of all shots but the first."""
    shots = find_shots(as_luma(film), LumaShotDetector(min_shot_frames=min_shot_frames))
    return [shot.start for shot in shots[1:]]


def joined(lengths: Sequence[int]) -> Film:
    """Scene after scene, with hard cuts."""
    scenes = [SCENES[number % len(SCENES)] for number in range(len(lengths))]
    return np.concatenate([shot(scene, frames) for scene, frames in zip(scenes, lengths, strict=True)])
