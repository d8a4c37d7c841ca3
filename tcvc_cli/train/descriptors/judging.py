"""How well colours are found in held-out clips: those of the later frames in the first one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.measure.fidelity import AB_PEAK, psnr_of
from tcvc_cli.model.memory.correspondence import NEAREST
from tcvc_cli.model.memory.describer import Seen
from tcvc_cli.train.descriptors.clips import SeenClip
from tcvc_cli.train.material.motion import HELD_OUT

TEMPERATURE: Final = 0.038
_FRAMES_READ: Final = 60
_OUTLINES: Final = (24, 48, 120, 64)  # planes of the encoder at strides 4, 8 and 16, and of the decoder
_LAYERS: Final = 3  # whose planes are the things

T = TypeVar("T")
Describe = Callable[[Seen], Tensor]  # what is seen -> (C, h, w), at every place of length 1


def judged_frames(pictures: Iterator[T]) -> list[T]:
    """The first, in which colours are looked for; those at one and two thirds, and the last."""
    read = list(islice(pictures, _FRAMES_READ))
    count = len(read)
    return [read[place] for place in sorted({0, count // 3, 2 * count // 3, count - 1})] if read else []


def found_ab(places: Tensor, others: Tensor, ab: Tensor) -> Tensor:
    """(2, h, w): the mean colour of the NEAREST likest of the `others` (C, H, W), whose `ab` is (2, H, W)."""
    likeness = places.flatten(1).T @ others.flatten(1)
    likest, which = likeness.topk(min(NEAREST, likeness.shape[1]), 1)
    share = torch.softmax(likest / TEMPERATURE, 1)
    mean = (share[..., None] * ab.flatten(1).T[which]).sum(1)
    return mean.T.reshape(2, *places.shape[1:])


@torch.inference_mode()
def psnr_db_of(clip: SeenClip, describe: Describe, device: torch.device) -> float:
    """Of ab, the mean of that of each of its later frames."""
    first = clip.frame(0).to(device)
    others = describe(first.seen)
    later = (clip.frame(number).to(device) for number in range(1, clip.frames))
    squares = [
        float((found_ab(describe(one.seen), others, first.ab) - one.ab).square().mean()) for one in later
    ]
    return float(np.mean([psnr_of(square, peak=AB_PEAK) for square in squares]))


@dataclass(frozen=True, slots=True)
class Judgement:
    """Means over clips, each alike, of the ab PSNR: over all `clips`, and over those that no training of any
    network of tcvc has seen, None where these are not among them."""

    clips: int
    psnr_db: float
    held_out_psnr_db: float | None


def judge(clips: Sequence[SeenClip], describe: Describe, device: torch.device) -> Judgement:
    """At least one clip."""
    figures = {clip.name: psnr_db_of(clip, describe, device) for clip in clips}
    held_out = [figure for name, figure in figures.items() if name in HELD_OUT]
    return Judgement(len(figures), _mean(figures.values()), _mean(held_out) if held_out else None)


def _mean(figures: Iterable[float]) -> float:
    return float(np.mean(list(figures)))


def untrained(seen: Seen) -> Tensor:
    """(C, h, w): what is seen as it is, normalised kind by kind and joined, which a description of a few
    numbers must come near to. `seen` has things."""
    assert seen.things is not None
    _, stride_8, stride_16, _ = torch.split(seen.outlines, list(_OUTLINES), 1)
    outlines = _alike(torch.cat([_alike(stride_8), _alike(stride_16)], 1))
    layers = torch.cat([_alike(layer) for layer in seen.things.chunk(_LAYERS, 1)], 1)
    things = _alike(F.interpolate(layers, outlines.shape[-2:], mode="bilinear", align_corners=False))
    return F.normalize(torch.cat([outlines, things], 1), dim=1)[0]


def _alike(planes: Tensor) -> Tensor:
    """Less the mean of the frame, at every place of length 1."""
    return F.normalize(planes - planes.mean((2, 3), keepdim=True), dim=1)
