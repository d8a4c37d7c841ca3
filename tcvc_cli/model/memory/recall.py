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
from tcvc_cli.model.memory.correspondence import Matched, match, match_closely
from tcvc_cli.model.memory.describer import CLOSE_STRIDE_PX, STRIDE_PX
from tcvc_cli.model.memory.entries import Fine, Remembered
from tcvc_cli.model.memory.observer import Observed
from tcvc_cli.model.warp import warp

_MOST_LAID: Final = 2  # pictures laid over one frame; the others speak by likeness
_LEAST_COVERED: Final = 0.15  # of the frame, for a picture to be laid over it


@dataclass(frozen=True, slots=True)
class Recalled:
    """`matched` place by place, or `found` px by px."""

    matched: Matched | None
    found: tuple[Colors, ...]


def recall(frame: Observed, memory: Sequence[Remembered]) -> Recalled:
    """Of a frame, place by place; `memory` is not empty."""
    return Recalled(match(frame.places, memory), ())


def recall_closely(frame: Observed, memory: Sequence[Remembered], flow: DisFlow) -> Recalled:
    """Of a frame that was looked at closely, px by px; some of `memory` were as well."""
    assert frame.close_places is not None
    close = [one for one in memory if one.fine is not None]
    closely = match_closely(frame.places, frame.close_places, close)
    # The coarser grid is wrong less often where much has moved, the finer one exact where little has.
    like = (_like(match(frame.places, memory), frame, STRIDE_PX), _like(closely, frame, CLOSE_STRIDE_PX))
    return Recalled(None, (*like, *_laid(frame, close, flow)))


def exactly(fine: Fine) -> Recalled:
    """Of the very frame that a person has coloured."""
    return Recalled(None, (Colors(torch.cat([fine.lightness, fine.ab, fine.opacity]), "exact"),))


def _like(matched: Matched, frame: Observed, stride_px: int) -> Colors:
    lightness = frame.lightness
    h, w = lightness.shape[-2:]
    plain = grown(torch.cat([matched.lightness, matched.confidence])[None], (h, w), stride_px)[0]
    return Colors(torch.cat([plain[:1], enlarged(matched.ab, lightness, stride_px), plain[1:]]), "like")


def _laid(frame: Observed, memory: Sequence[Remembered], flow: DisFlow) -> Iterator[Colors]:
    """The pictures that explain most of the frame, laid over it."""
    lightness, places = frame.lightness, frame.places
    judged = [(match(places, [one]), one) for one in memory]
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
