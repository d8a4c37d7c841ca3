"""A texture that tells every place of it from the others, and moves."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

H, W = 96, 128


def texture(seed: int = 0, shift: int = 0) -> Tensor:
    """(1, H, W) L* that tells every place from the others, seen `shift` px further to the right."""
    noise = np.random.default_rng(seed).random((H, W + 64)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.5)
    spread = (smooth - smooth.min()) / (smooth.max() - smooth.min()) * 100
    return torch.from_numpy(np.ascontiguousarray(spread[:, shift : shift + W]))[None]


def film(frames: int, step: int = 2) -> Tensor:
    return torch.stack([texture(shift=step * one) for one in range(frames)])
