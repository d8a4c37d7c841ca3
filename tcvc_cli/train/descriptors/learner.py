"""What is learned: a describer by which the colours of a frame are found in another frame of its clip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from tcvc_cli.model.memory.describer import Describer, Seen
from tcvc_cli.train.config import DescriptorsConfig
from tcvc_cli.train.descriptors.clips import LEAST_FRAMES, SeenClip, SeenFrame

_FIRST_SHARPNESS: Final = 3.2  # logarithm; a temperature of .04
_LEAST_SPREAD: Final = 1e-3
_PALE: Final = 4.0  # CIE units that are added to the chroma by which an error is measured
_COLORFUL: Final = 4.0  # mean square of ab under which a clip is as good as grey


class Learner(nn.Module):
    """A describer, and how sharply likenesses are told apart, which is only needed to train it."""

    def __init__(self) -> None:
        super().__init__()
        self.describer = Describer()
        self.log_sharpness = nn.Parameter(torch.tensor(_FIRST_SHARPNESS))

    def colors(self, seen: Seen, reference: SeenFrame) -> Tensor:
        """(2, h, w) ab in CIE units of what is seen: the mean over all places of the reference, weighted by
        the softmax of their likeness (Deep Exemplar, Zhang et al. 2019, equations 3 and 4)."""
        places, others = self.describer(seen), self.describer(reference.seen)
        likeness = places.flatten(1).T @ others.flatten(1)  # (h * w, places of the reference)
        share = torch.softmax(likeness * self.log_sharpness.exp(), 1)
        ab = share @ reference.ab.flatten(1).T
        return ab.T.reshape(2, *places.shape[1:])

    @property
    def temperature(self) -> float:
        return float((-self.log_sharpness.detach()).exp())


def measure(describer: Describer, clips: Sequence[SeenClip]) -> None:
    """Set mean and spread of each plane of outlines, over all places of the first frame of each clip."""
    outlines = torch.cat([clip.frame(0).seen.outlines[0].flatten(1) for clip in clips], 1)
    describer.mean.copy_(outlines.mean(1).view_as(describer.mean))
    describer.spread.copy_(outlines.std(1).view_as(describer.spread) + _LEAST_SPREAD)


def color_error(found: Tensor, truth: Tensor) -> Tensor:
    """Of (2, h, w) ab in CIE units: distances, straight from about one unit on, over how colourful the frame
    is, so that pale clips count too."""
    distance = ((found - truth).square().sum(0) + 1).sqrt().mean()
    return distance / (truth.square().sum(0).sqrt().mean() + _PALE)


@dataclass(frozen=True, slots=True)
class Pair:
    """Colours of `frame` are to be found in `reference`."""

    frame: SeenFrame
    reference: SeenFrame

    def to(self, device: torch.device) -> Pair:
        return Pair(self.frame.to(device), self.reference.to(device))


def draw(clips: Sequence[SeenClip], config: DescriptorsConfig, step: int) -> list[Pair]:
    """The pairs of one step; depend on (seed, step) and the clips alone."""
    rng = np.random.default_rng((config.seed, step))
    pairs = []
    for _ in range(config.pairs):
        clip = clips[int(rng.integers(len(clips)))]
        numbers = rng.choice(clip.frames, LEAST_FRAMES, replace=False)
        frame, reference = (clip.frame(int(number)) for number in numbers)
        is_without = rng.random() < config.without_things
        pairs.append(Pair(_bare(frame), _bare(reference)) if is_without else Pair(frame, reference))
    return pairs


def _bare(frame: SeenFrame) -> SeenFrame:
    """As those see it who know no things."""
    return SeenFrame(Seen(frame.seen.outlines), frame.ab)


def is_colorful(clip: SeenClip) -> bool:
    """False of a clip without colours to be found."""
    return float(clip.ab().square().mean()) > _COLORFUL


def loss_of(learner: Learner, pairs: Sequence[Pair]) -> Tensor:
    errors = [color_error(learner.colors(one.frame.seen, one.reference), one.frame.ab) for one in pairs]
    return torch.stack(errors).mean()


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one step: the learning rate, and the first moment's decay."""

    rate: float
    momentum: float


def pace_at(step: int, config: DescriptorsConfig) -> Pace:
    """One cycle (Smith and Topin 2018), as PyTorch's OneCycleLR has it: a tenth of the steps up from 1/25 of
    the rate, then down to nothing; momentum the other way round."""
    top = max(config.steps / 10 - 1, 0.0)
    is_rising = step < top
    way = step / top if is_rising else (step - top) / max(config.steps - 1 - top, 1.0)
    height = (1 - math.cos(math.pi * way)) / 2 if is_rising else (1 + math.cos(math.pi * way)) / 2
    low = config.rate / 25 if is_rising else config.rate / 25e4
    return Pace(low + (config.rate - low) * height, 0.95 - 0.1 * height)
