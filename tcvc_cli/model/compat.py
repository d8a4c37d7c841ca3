"""The published test-time path, step for step: what the authors' scripts do around their network.

Every frame is squeezed to 256x256 whatever its shape, shots are ignored, and ab is brought back to size
bilinearly. For comparison with published results; a film is better served by the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import tee
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.color.lab import lab_from_rgb, rgb_from_lab
from tcvc_cli.model.networks.idc import TcvcIdc

INTERVAL_FRAMES: Final = 17  # frames between two anchors
ENSEMBLE_INTERVALS_FRAMES: Final = (17, 19)
SIZE_PX: Final = 256

Picture = NDArray[np.uint8]  # (H, W, 3) RGB or (H, W) grey


def one_sampling(
    model: TcvcIdc,
    pictures: Iterable[Picture],
    *,
    interval_frames: int = INTERVAL_FRAMES,
    size_px: int = SIZE_PX,
) -> Iterator[Picture]:
    """(H, W, 3) RGB of every frame, rounded."""
    for rgb in _rgb255(model, pictures, interval_frames, size_px):
        yield np.clip(rgb, 0, 255).round().astype(np.uint8)


def multi_sampling(
    model: TcvcIdc,
    pictures: Iterable[Picture],
    *,
    intervals_frames: tuple[int, int] = ENSEMBLE_INTERVALS_FRAMES,
    size_px: int = SIZE_PX,
) -> Iterator[Picture]:
    """The published ensemble: the mean of two runs with different intervals, cut off rather than rounded."""
    runs = [
        _rgb255(model, copy, interval_frames, size_px)
        for copy, interval_frames in zip(tee(pictures), intervals_frames, strict=True)
    ]
    for one, other in zip(*runs, strict=True):
        yield np.clip(0.5 * one + 0.5 * other, 0, 255).astype(np.uint8)


def lightness_of(picture: Picture) -> NDArray[np.float32]:
    """(H, W) L* in [0, 100]. As published, a picture of one channel is taken for lightness itself."""
    signal = picture.astype(np.float32) / np.float32(255)
    return signal * np.float32(100) if picture.ndim == 2 else lab_from_rgb(signal)[..., 0]


def ab_of_frames(
    model: TcvcIdc,
    lightness: Iterable[Tensor],
    *,
    interval_frames: int = INTERVAL_FRAMES,
    size_px: int = SIZE_PX,
) -> Iterator[Tensor]:
    """ab (2, H, W) in CIE units for every frame of (1, H, W) L*, as it comes.

    Anchors are frames 0, N + 1, 2 (N + 1), ... and the last one, N being `interval_frames`. Holds one
    clip of N + 2 frames at a time. A film of one frame is an anchor; the scripts leave it out.
    """
    known: Tensor | None = None
    for clip in _clips(lightness, interval_frames):
        squeezed = [_resized(frame, (size_px, size_px)) for frame in clip]
        is_first = known is None
        ab, known = model.colorize_clip(torch.stack(squeezed)[None], known)
        start = 0 if is_first else 1  # the clip before gave that frame already
        for frame, small in zip(clip[start:], ab[0, start:], strict=True):
            yield _resized(small, frame.shape[-2:])


def _rgb255(
    model: TcvcIdc, pictures: Iterable[Picture], interval_frames: int, size_px: int
) -> Iterator[NDArray[np.float64]]:
    """(H, W, 3) RGB, 255 for white, unrounded, at least 0 and without an upper bound."""
    device = next(model.parameters()).device
    for_model, for_result = tee(lightness_of(picture) for picture in pictures)
    frames = (torch.from_numpy(each)[None].to(device) for each in for_model)
    colors = ab_of_frames(model, frames, interval_frames=interval_frames, size_px=size_px)
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


def _clips(frames: Iterable[Tensor], interval_frames: int) -> Iterator[list[Tensor]]:
    """Runs of `interval_frames` + 2 frames that share their ends; the last one may be shorter."""
    clip: list[Tensor] = []
    is_shared = False  # whether the clip's first frame has been given as the last of the one before
    for frame in frames:
        clip.append(frame)
        if len(clip) == interval_frames + 2:
            yield clip
            clip, is_shared = clip[-1:], True
    if len(clip) > int(is_shared):
        yield clip


def _resized(picture: Tensor, size: tuple[int, ...]) -> Tensor:
    height, width = size
    return F.interpolate(picture[None], (height, width), mode="bilinear", align_corners=False)[0]
