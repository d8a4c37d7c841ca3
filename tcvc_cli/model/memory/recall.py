"""What remembered pictures say of the colours of one frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.color.upsample import upsample_ab
from tcvc_cli.model.flow import DisFlow
from tcvc_cli.model.memory.alignment import align, start_from
from tcvc_cli.model.memory.colors import Colors
from tcvc_cli.model.memory.correspondence import Matched, match
from tcvc_cli.model.memory.describer import STRIDE_PX
from tcvc_cli.model.memory.entries import Fine, Remembered
from tcvc_cli.model.warp import warp

_MOST_LAID: Final = 2  # pictures laid over one frame; the others speak by likeness
_LEAST_COVERED: Final = 0.15  # of the frame, for a picture to be laid over it


@dataclass(frozen=True, slots=True)
class Recalled:
    """`matched` place by place, None of an exact frame; `found` px by px."""

    matched: Matched | None
    found: tuple[Colors, ...]


def recall(
    lightness: Tensor, places: Tensor, memory: Sequence[Remembered], flow: DisFlow, *, is_fine: bool
) -> Recalled:
    """Of a frame with `lightness` (1, 1, H, W) L* and `places` (SIZE, h, w); `memory` is not empty.

    `is_fine`: colours px by px as well.
    """
    matched = match(places, memory)
    if not is_fine:
        return Recalled(matched, ())
    return Recalled(matched, (_like(matched, lightness), *_laid(lightness, places, memory, flow)))


def exactly(fine: Fine) -> Recalled:
    """Of the very frame that a person has coloured."""
    return Recalled(None, (Colors(torch.cat([fine.lightness, fine.ab, fine.opacity]), "laid"),))


def _like(matched: Matched, lightness: Tensor) -> Colors:
    h, w = lightness.shape[-2:]
    plain = grown(torch.cat([matched.lightness, matched.confidence])[None], (h, w), STRIDE_PX)[0]
    return Colors(torch.cat([plain[:1], enlarged(matched.ab, lightness, STRIDE_PX), plain[1:]]), "like")


def _laid(lightness: Tensor, places: Tensor, memory: Sequence[Remembered], flow: DisFlow) -> Iterator[Colors]:
    """The pictures that explain most of the frame, laid over it."""
    judged = [(match(places, [one]), one) for one in memory if one.fine is not None and one.kind == "given"]
    judged.sort(key=lambda pair: -float(pair[0].confidence.mean()))
    h, w = lightness.shape[-2:]
    for matched, one in judged[:_MOST_LAID]:
        assert one.fine is not None
        if float(matched.confidence.mean()) < _LEAST_COVERED:
            return
        start = start_from(matched.nearest, (places.shape[1], places.shape[2]), (h, w))
        fine = one.fine
        laid = align(lightness, fine.lightness[None], start, flow)
        planes = torch.cat([fine.lightness, fine.ab, fine.opacity * one.weight])
        moved = warp(planes[None], laid.flow)[0]
        yield Colors(torch.cat([moved[:3], moved[3:] * laid.trust[0]]), "laid")


def enlarged(ab: Tensor, lightness: Tensor, stride_px: int) -> Tensor:
    """(2, h, w), `stride_px` of the frame for each cell -> (2, H, W), along the edges of `lightness`
    (1, 1, H, W)."""
    height, width = lightness.shape[-2:]
    h, w = ab.shape[-2:]
    beyond = (0, w * stride_px - width, 0, h * stride_px - height)
    guide = F.pad(lightness, beyond, mode="replicate")[0, 0].cpu().numpy()
    small = np.asarray(cv2.resize(guide, (w, h), interpolation=cv2.INTER_AREA), np.float32)
    planes = np.ascontiguousarray(ab.float().permute(1, 2, 0).cpu().numpy())
    large = torch.from_numpy(upsample_ab(planes, small, np.ascontiguousarray(guide)))
    return large.permute(2, 0, 1)[:, :height, :width].to(lightness.device)


def grown(planes: Tensor, size: tuple[int, int], factor: int) -> Tensor:
    """(N, C, h, w), `factor` times as large -> (N, C, H, W), of which `size` is left."""
    h, w = planes.shape[-2:]
    large = F.interpolate(planes, (h * factor, w * factor), mode="bilinear", align_corners=False)
    return large[..., : size[0], : size[1]]
