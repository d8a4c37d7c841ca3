"""What the authors' scripts do around their network: RGB of every frame in tests, losses in training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import tee

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.color.lab import lab_from_rgb, rgb_from_lab
from tcvc_cli.model.compat import SIZE_PX, ab_of_clips
from tcvc_cli.model.flow import visibility
from tcvc_cli.model.networks.idc import AB_SCALE, TcvcIdc
from tcvc_cli.model.warp import warp
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


@dataclass(frozen=True, slots=True)
class TrainingOutput:
    """One clip with all that the self-regularisation needs; published scales (ab / 110).

    out (B, T, 2, H, W); ab_fwarp (B, T-1, 2, H, W) is each frame's ab warped to the next frame and
    non_mask (B, T-1, 1, H, W) how far that is to be trusted, in [0, 1]. The same from each frame to the
    next but one: ab_fwarp_2, non_mask_2 (B, T-2, ...), None for a clip of two frames.
    """

    out: Tensor
    ab_fwarp: Tensor
    non_mask: Tensor
    ab_fwarp_2: Tensor | None
    non_mask_2: Tensor | None

    def warp_loss(self) -> Tensor:
        """Mean squared change of colour along the flow from frame to frame, masked."""
        return F.mse_loss(self.non_mask * self.out[:, 1:], self.non_mask * self.ab_fwarp)

    def warp_loss_2(self) -> Tensor:
        """The same over two frames; zero where the clip has none."""
        if self.ab_fwarp_2 is None or self.non_mask_2 is None:
            return self.out.new_zeros(())
        return F.mse_loss(self.non_mask_2 * self.out[:, 2:], self.non_mask_2 * self.ab_fwarp_2)


def forward_with_losses(model: TcvcIdc, lightness_centred: Tensor) -> TrainingOutput:
    """The published training pass: `TcvcIdc.forward` with gradients for the propagation nets.

    Takes (B, T, 1, H, W) as `forward` does, T >= 2. Each distinct flow is computed once.
    """
    lightness = lightness_centred * 100 + 50
    frames = lightness.unbind(1)
    with torch.no_grad():
        first, last = model.anchor_states(frames[0]), model.anchor_states(frames[-1])
        flows = model._flows(lightness)
        flows.to_previous[len(frames) - 1] = model.flow.between(frames[-1], frames[-2])
        over_two = [model.flow.between(frames[i + 2], frames[i]) for i in range(len(frames) - 2)]
    states = model._propagate(lightness, first, last, flows)
    out = torch.stack([model.ab(state) for state in states], 1) / AB_SCALE
    over_one = [flows.to_previous[i] for i in range(1, len(frames))]
    carried = _carried_forward(out, lightness, over_one)
    carried_2 = _carried_forward(out, lightness, over_two) if over_two else (None, None)
    return TrainingOutput(out, *carried, *carried_2)


def _carried_forward(out: Tensor, lightness: Tensor, flows: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Colours of earlier frames warped along `flows`, which lead back to them, and how far to trust them."""
    step = out.shape[1] - len(flows)
    ab = [warp(out[:, i], flow) for i, flow in enumerate(flows)]
    masks = [visibility(lightness[:, i + step], warp(lightness[:, i], flow)) for i, flow in enumerate(flows)]
    return torch.stack(ab, 1), torch.stack(masks, 1)
