"""What the authors' test scripts write: RGB of every frame, with one sampling or the mean of two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import tee

import numpy as np
import torch
from numpy.typing import NDArray

from tcvc_cli.color.lab import lab_from_rgb, rgb_from_lab
from tcvc_cli.model.compat import SIZE_PX, ab_of_clips
from tcvc_cli.model.networks.idc import TcvcIdc
from tcvc_cli.plan.steps import published_window
from tcvc_cli.records import Shot

INTERVAL_FRAMES = 17  # frames between two anchors
ENSEMBLE_INTERVALS_FRAMES = (17, 19)

Picture = NDArray[np.uint8]  # (H, W, 3) RGB or (H, W) grey


def one_sampling(
    model: TcvcIdc,
    pictures: Sequence[Picture],
    *,
    interval_frames: int = INTERVAL_FRAMES,
    size_px: int = SIZE_PX,
) -> Iterator[Picture]:
    """(H, W, 3) RGB of every frame, rounded."""
    for rgb in _rgb255(model, pictures, interval_frames, size_px):
        yield np.clip(rgb, 0, 255).round().astype(np.uint8)


def multi_sampling(
    model: TcvcIdc,
    pictures: Sequence[Picture],
    *,
    intervals_frames: tuple[int, int] = ENSEMBLE_INTERVALS_FRAMES,
    size_px: int = SIZE_PX,
) -> Iterator[Picture]:
    """The published ensemble: the mean of two runs with different intervals, cut off rather than rounded."""
    runs = [_rgb255(model, pictures, interval_frames, size_px) for interval_frames in intervals_frames]
    for one, other in zip(*runs, strict=True):
        yield np.clip(0.5 * one + 0.5 * other, 0, 255).astype(np.uint8)


def lightness_of(picture: Picture) -> NDArray[np.float32]:
    """(H, W) L* in [0, 100]. As published, a picture of one channel is taken for lightness itself."""
    signal = picture.astype(np.float32) / np.float32(255)
    return signal * np.float32(100) if picture.ndim == 2 else lab_from_rgb(signal)[..., 0]


def _rgb255(
    model: TcvcIdc, pictures: Sequence[Picture], interval_frames: int, size_px: int
) -> Iterator[NDArray[np.float64]]:
    """(H, W, 3) RGB, 255 for white, unrounded, at least 0 and without an upper bound."""
    device = next(model.parameters()).device
    for_model, for_result = tee(lightness_of(picture) for picture in pictures)
    frames = (torch.from_numpy(each)[None].to(device) for each in for_model)
    clips = published_window(Shot(0, len(pictures)), interval_frames + 1).clips
    colors = ab_of_clips(model, frames, clips, size_px=size_px)
    for each, ab in zip(for_result, colors, strict=True):
        yield _published_rgb(each, ab.cpu().numpy()).astype(np.float64) * 255


def _published_rgb(lightness: NDArray[np.float32], ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W) L* and (2, H, W) ab -> (H, W, 3) in [0, inf): only darkness is kept from going below zero.

    Of the three intermediate values only fz is held at zero or above, which is b <= 200 fy.
    """
    a, b = ab
    highest_b = (lightness + np.float32(16)) * np.float32(200 / 116)
    lab = np.stack((lightness, a, np.minimum(b, highest_b)), axis=-1)
    rgb: NDArray[np.float32] = np.maximum(rgb_from_lab(lab, clip=False), np.float32(0))
    return rgb
