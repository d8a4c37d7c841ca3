"""Optical flow between two lightness frames. `a to b` lives on the grid of a: a(p) ~ b(p + flow(p))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F


class FlowEstimator(Protocol):
    """Strategy: where every pixel of each `a` went in `b`."""

    def between(self, a: Tensor, b: Tensor) -> Tensor:
        """Two (N, 1, H, W) float32 batches, L* in [0, 100] -> (N, 2, H, W) float32 px, dx then dy."""
        ...


@dataclass(frozen=True, slots=True)
class DisSettings:
    """Of dense inverse search (Kroeger et al. 2016, section 2), as preset MEDIUM of OpenCV has them.

    The search ends at 1 / 2**`finest_scale` of the size, and its flow is enlarged from there. On every scale
    patches of `patch_size_px` are `patch_stride_px` apart, each is moved `descent_iterations` times at most,
    and the flow is refined by `refinement_iterations` of the variational method.
    """

    finest_scale: int = 1
    patch_size_px: int = 8
    patch_stride_px: int = 3
    descent_iterations: int = 25
    refinement_iterations: int = 5


MEDIUM: Final = DisSettings()
OF_STATES: Final = DisSettings(refinement_iterations=2)
"""For what is carried at a fourth of the size: it loses nothing there (docs/performance.md)."""


class DisFlow:
    """Dense inverse search (Kroeger et al. 2016) from OpenCV; presets faster than MEDIUM fail at 40 px.

    Runs on the CPU whatever the device. Not thread-safe: one object a thread.
    """

    LEAST_PX = 32  # below this DIS has no pyramid to stand on

    def __init__(self, settings: DisSettings = MEDIUM) -> None:
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._dis.setFinestScale(settings.finest_scale)
        self._dis.setPatchSize(settings.patch_size_px)
        self._dis.setPatchStride(settings.patch_stride_px)
        self._dis.setGradientDescentIterations(settings.descent_iterations)
        self._dis.setVariationalRefinementIterations(settings.refinement_iterations)

    def between(self, a: Tensor, b: Tensor, start: Tensor | None = None) -> Tensor:
        """As `FlowEstimator`; `start` (N, 2, H, W) px is where the search begins, if not at rest."""
        if min(a.shape[-2:]) < self.LEAST_PX:
            return self._on_larger(a, b)
        first = torch.zeros_like(a).expand(-1, 2, -1, -1) if start is None else start
        starts = np.ascontiguousarray(first.float().permute(0, 2, 3, 1).cpu().numpy())
        pairs = zip(_bytes(a), _bytes(b), starts, strict=True)
        flows = np.stack([self._dis.calc(x, y, begin.copy()) for x, y, begin in pairs])
        return torch.from_numpy(flows).permute(0, 3, 1, 2).to(a.device)

    def _on_larger(self, a: Tensor, b: Tensor) -> Tensor:
        h, w = a.shape[-2:]
        factor = -(-self.LEAST_PX // min(h, w))
        size = (h * factor, w * factor)
        flow = self.between(*(F.interpolate(x, size, mode="bilinear", align_corners=False) for x in (a, b)))
        return F.avg_pool2d(flow, factor) / factor


def at_full_size(flow: FlowEstimator) -> FlowEstimator:
    """The estimator for what is carried at the size of the frames, where `flow` is that for states."""
    return DisFlow(MEDIUM) if isinstance(flow, DisFlow) else flow


def _bytes(lightness: Tensor) -> list[NDArray[np.uint8]]:
    grey = (lightness[:, 0] * 2.55).round_().clamp_(0, 255).to(torch.uint8)
    return list(grey.cpu().numpy())


def shrink(flow: Tensor, stride: int) -> Tensor:
    """(N, 2, H, W) px -> (N, 2, H/stride, W/stride) in px of the smaller grid."""
    return flow if stride == 1 else F.avg_pool2d(flow, stride) / stride


def visibility(target: Tensor, source: Tensor) -> Tensor:
    """Soft non-occlusion mask in (0, 1], exp(-50 d^2), d the lightness difference in [0, 1] (TCVC, as FAVC).

    `target` and `source`, already warped to it: (N, 1, h, w) L* in [0, 100].
    """
    return torch.exp(-50 * ((target - source) / 100) ** 2)
