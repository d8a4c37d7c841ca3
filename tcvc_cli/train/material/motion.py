"""Moving pictures to learn propagation from: real clips, and motion made from photographs.

No colour truth is needed (self-regularization, FAVC and TCVC): a sample is lightness alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tcvc_cli.errors import UnreadableInput
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.train.material.ageing import BT601, add_grain
from tcvc_cli.train.material.photographs import Picture, lightness_of_signal, read

Floats = NDArray[np.float32]
HELD_OUT = ("davis-goat", "davis-libby", "sam2-dog-park")  # for validation; never trained on


@dataclass(frozen=True, slots=True)
class GreyClip:
    """`signal` (T, H, W) uint8: the grey film, sRGB."""

    name: str
    signal: NDArray[np.uint8]


def read_clips(root: Path, *, short_side_px: int, most_frames: int = 150) -> list[GreyClip]:
    """Every film and folder of JPEGs under `root` but the held-out ones, shrunk to `short_side_px`."""
    clips = []
    for path in sorted(root.iterdir()):
        if path.stem in HELD_OUT:
            continue
        frames = _folder(path, most_frames) if path.is_dir() else _film(path, most_frames)
        clips.append(GreyClip(path.stem, np.stack([_shrunk(frame, short_side_px) for frame in frames])))
    if not clips:
        raise UnreadableInput(f"no films under {root}")
    return clips


def _folder(path: Path, most: int) -> list[NDArray[np.uint8]]:
    pictures = (read(file) for file in sorted(path.glob("*.jpg"))[:most])
    return [_grey(picture) for picture in pictures]


def _film(path: Path, most: int) -> list[NDArray[np.uint8]]:
    frames = []
    for frame in read_frames(probe(path)):
        frames.append(frame.luma.astype(np.uint8))
        if len(frames) == most:
            break
    return frames


def _grey(picture: Picture) -> NDArray[np.uint8]:
    return np.asarray(np.rint(cv2.transform(picture.astype(np.float32), BT601[None])), np.uint8).reshape(
        picture.shape[:2]
    )


def _shrunk(frame: NDArray[np.uint8], short_side_px: int) -> NDArray[np.uint8]:
    scale = short_side_px / min(frame.shape)
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def real_sample(clips: Sequence[GreyClip], frames: int, size: int, rng: Generator) -> Floats:
    """(T, size, size) signal in [0, 1]: a random part of a random clip, sometimes backwards or mirrored."""
    usable = [clip for clip in clips if len(clip.signal) >= frames and min(clip.signal.shape[1:]) >= size]
    signal = usable[rng.integers(len(usable))].signal
    t = rng.integers(0, len(signal) - frames + 1)
    y, x = (rng.integers(0, side - size + 1) for side in signal.shape[1:])
    part = signal[t : t + frames, y : y + size, x : x + size]
    part = part[::-1] if rng.random() < 0.5 else part
    return np.asarray(part[:, :, :: rng.choice((-1, 1))], np.float32) / np.float32(255)


def _camera(frames: int, size: int, rng: Generator) -> list[Floats]:
    """(2, 3) matrices of a smooth pan, zoom and rotation about the middle of the frame."""
    pan = rng.normal(0, 2.2, 2)
    zoom, turn = rng.normal(0, 0.006), rng.normal(0, 0.4)
    matrices = []
    for t in range(frames):
        matrix = cv2.getRotationMatrix2D((size / 2, size / 2), turn * t, float(np.exp(zoom * t)))
        shift = np.concatenate([np.zeros((2, 2)), (pan * (t - frames / 2))[:, None]], 1)
        matrices.append(np.asarray(matrix + shift, np.float32))
    return matrices


def _cut_out(size: int, rng: Generator) -> Floats:
    """(size, size) soft mask of a random blob."""
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    radii = size * rng.uniform(0.12, 0.3) * rng.uniform(0.6, 1.3, 12)
    centre = size * rng.uniform(0.3, 0.7, 2)
    points = np.stack([centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)], -1)
    mask = np.zeros((size, size), np.float32)
    cv2.fillPoly(mask, [points.astype(np.int32)], 1.0)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.0), np.float32)


def _moved(picture: Floats, matrices: Sequence[Floats], size: int) -> Floats:
    moved = (
        cv2.warpAffine(picture, m, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        for m in matrices
    )
    return np.asarray(np.stack(list(moved)), np.float32)


def _square(picture: Picture, size: int) -> Floats:
    h, w = picture.shape[:2]
    side = min(h, w)
    y, x = (h - side) // 2, (w - side) // 2
    grey = _grey(np.ascontiguousarray(picture[y : y + side, x : x + side]))
    return np.asarray(cv2.resize(grey, (size, size), interpolation=cv2.INTER_CUBIC), np.float32) / np.float32(
        255
    )


def synthetic_sample(pictures: Sequence[Picture], frames: int, size: int, rng: Generator) -> Floats:
    """(T, size, size): a photograph under a moving camera, cut-outs of another passing in front of it."""
    scene, actor = (_square(pictures[i], size) for i in rng.integers(0, len(pictures), 2))
    film = _moved(scene, _camera(frames, size, rng), size)
    mask = _cut_out(size, rng)
    way = _camera(frames, size, rng)
    cover = _moved(mask, way, size)
    return np.asarray(film * (1 - cover) + _moved(actor, way, size) * cover, np.float32)


def age_film(signal: Floats, rng: Generator) -> Floats:
    """Grain, gate weave and flicker over (T, H, W), as old film has them; half the time none."""
    if rng.random() < 0.5:
        return signal
    flicker = 1 + rng.normal(0, rng.uniform(0, 0.04), (len(signal), 1, 1)).astype(np.float32)
    weave = rng.normal(0, rng.uniform(0, 0.6), (len(signal), 2))
    sigma = float(rng.uniform(0, 0.05))
    aged = [
        add_grain(_woven(frame, shift), sigma, rng)
        for frame, shift in zip(signal * flicker, weave, strict=True)
    ]
    return np.clip(np.stack(aged), 0, 1)


def _woven(frame: Floats, shift: NDArray[np.float64]) -> Floats:
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    return np.asarray(
        cv2.warpAffine(frame, matrix, frame.shape[::-1], borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def make_sample(
    clips: Sequence[GreyClip],
    pictures: Sequence[Picture],
    frames: int,
    size: int,
    synthetic_share: float,
    rng: Generator,
) -> Floats:
    """(T, 1, size, size) float32 L*."""
    is_made = rng.random() < synthetic_share
    signal = (
        synthetic_sample(pictures, frames, size, rng) if is_made else real_sample(clips, frames, size, rng)
    )
    return lightness_of_signal(age_film(signal, rng))[:, None]
