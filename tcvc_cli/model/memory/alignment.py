"""A remembered picture laid over a frame: flow that begins where the likest places lie.

Carried from frame to frame, colours drift and blur; laid over a later frame at once, they do not. What cannot
be laid over it shows: there and back again does not end where it began, or the lightness is another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.flow import DisFlow
from tcvc_cli.model.memory.describer import STRIDE_PX
from tcvc_cli.model.warp import warp

_ASTRAY_PX: Final = 2.0  # there and back: at which a place is trusted 1 / e
_SHARPNESS: Final = 200.0  # of the lightness around a place: exp(-_SHARPNESS d^2), d in [0, 1]
_AROUND: Final = 5  # px


@dataclass(frozen=True, slots=True)
class Alignment:
    """`flow` (1, 2, H, W) px from a frame to a picture, and `trust` (1, 1, H, W) in [0, 1]."""

    flow: Tensor
    trust: Tensor


def align(lightness: Tensor, picture: Tensor, start: Tensor, flow: DisFlow) -> Alignment:
    """`lightness` of the frame and of the `picture`, (1, 1, H, W) L*; `start` (1, 2, H, W) px."""
    there = flow.between(lightness, picture, start)
    back = flow.between(picture, lightness, inverse(there))
    astray = (warp(back, there) + there).square().sum(1, keepdim=True)
    difference = _blurred((lightness - warp(picture, there)).abs()) / 100
    trust = torch.exp(-astray / _ASTRAY_PX**2 - _SHARPNESS * difference**2) * reaches(there)
    return Alignment(there, trust)


def reaches(flow: Tensor) -> Tensor:
    """(N, 2, H, W) px -> (N, 1, H, W): 1 where it ends inside the picture, to a pixel, else 0."""
    h, w = flow.shape[-2:]
    x = torch.arange(w, device=flow.device) + flow[:, :1]
    y = torch.arange(h, device=flow.device)[:, None] + flow[:, 1:]
    return ((x >= -1) & (x <= w) & (y >= -1) & (y <= h)).to(flow.dtype)


def inverse(flow: Tensor) -> Tensor:
    """(1, 2, H, W) px: roughly, to begin a search with. Where nothing arrives, as around there."""
    h, w = flow.shape[-2:]
    field = flow[0].permute(1, 2, 0).cpu().numpy()
    x = np.rint(np.arange(w) + field[..., 0]).clip(0, w - 1).astype(np.int64)
    y = np.rint(np.arange(h)[:, None] + field[..., 1]).clip(0, h - 1).astype(np.int64)
    at = (y * w + x).ravel()
    planes = [np.bincount(at, values.ravel(), h * w) for values in (-field[..., 0], -field[..., 1])]
    count = np.bincount(at, minlength=h * w).astype(np.float64)
    stack = np.dstack([*(one.reshape(h, w) for one in planes), count.reshape(h, w)]).astype(np.float32)
    filled = _filled(stack)
    return torch.from_numpy(filled[..., :2] / filled[..., 2:]).permute(2, 0, 1)[None].to(flow.device)


def _filled(
    sums: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """(H, W, 3), the last plane a count: where it is 0, sums over growing surroundings."""
    side = _AROUND
    while (sums[..., 2] <= 0).any():
        around = cv2.blur(sums, (side, side)) * np.float32(side * side)
        sums = np.where(sums[..., 2:] > 0, sums, np.where(around[..., 2:] > 0.5, around, 0))
        side = 2 * side + 1
    return np.asarray(sums, np.float32)


def start_from(nearest: Tensor, grid: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """(1, 2, H, W) px from the likest place of each place: (h * w,) counted through one picture of `grid`
    (h, w) places; `size` is (H, W)."""
    h, w = grid
    at = nearest.cpu().numpy().reshape(h, w)
    offsets = np.dstack([at % w - np.arange(w), at // w - np.arange(h)[:, None]]).astype(np.float32)
    # A single place is often mistaken; its surroundings move with it.
    smooth = [cv2.medianBlur(np.ascontiguousarray(offsets[..., plane]), 5) for plane in (0, 1)]
    flow = torch.from_numpy(np.stack(smooth))[None] * STRIDE_PX
    large = F.interpolate(flow, scale_factor=float(STRIDE_PX), mode="bilinear", align_corners=False)
    return large[..., : size[0], : size[1]].contiguous().to(nearest.device)


def _blurred(plane: Tensor) -> Tensor:
    return F.avg_pool2d(plane, _AROUND, 1, _AROUND // 2, count_include_pad=False)
