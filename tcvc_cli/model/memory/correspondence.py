"""Which places of remembered pictures look like the places of a frame, and which colours they have.

After Deep Exemplar (Zhang et al. 2019, section 3.1): the correlation of two places is the cosine of their
features (its equation 2), colours are the mean of the reference's, weighted by the softmax of the correlation
(equation 3), and the largest correlation of a place is its confidence (equation 4). Two things differ. The
mean is over the NEAREST places alone, so that a large sky does not outvote a small coat; and a place whose
likenesses disagree about its colour is not confident, however like they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from tcvc_cli.model.memory.entries import MOST_CONFIDENT, TRUST, Remembered

NEAREST: Final = 16
_TEMPERATURE: Final = 0.035
_LIKE: Final = 0.62  # similarity at which a match is believed half
_UNLIKE: Final = 0.05  # by how much less a match is believed a quarter
_AT_ODDS: Final = 14.0  # CIE units between the likenesses of one place at which it is believed half


@dataclass(frozen=True, slots=True)
class Matched:
    """For each place of a frame: `lightness` (1, h, w) L* and `ab` (2, h, w) CIE units of what is like it,
    `confidence` and the largest `similarity` (1, h, w), float32; `nearest` (h * w,) is the likest place of
    all, counted through the pictures."""

    lightness: Tensor
    ab: Tensor
    confidence: Tensor
    similarity: Tensor
    nearest: Tensor


def match(places: Tensor, memory: Sequence[Remembered]) -> Matched:
    """`places` (SIZE, h, w) of a frame, beside at least one remembered picture."""
    _, h, w = places.shape
    known = torch.cat([one.places.flatten(1) for one in memory], 1)  # (SIZE, M)
    colors = torch.cat([torch.cat([one.lightness, one.ab]).flatten(1) for one in memory], 1).T  # (M, 3)
    trust = torch.cat([_trust(one) for one in memory])  # (M,)
    most = torch.cat([_most_confident(one) for one in memory])
    similarity = (places.flatten(1).T.to(known.dtype) @ known).float()  # (h * w, M)
    logits = similarity / _TEMPERATURE + trust.log()
    best, which = logits.topk(min(NEAREST, logits.shape[1]), 1)
    share = torch.softmax(best, 1)[..., None]
    mean = (share * colors[which]).sum(1)
    apart = colors[which][..., 1:] - mean[:, None, 1:]
    at_odds = (share[..., 0] * apart.square().sum(2)).sum(1).sqrt()
    likest = similarity.gather(1, which).amax(1)
    believed = torch.sigmoid((likest - _LIKE) / _UNLIKE) / (1 + (at_odds / _AT_ODDS) ** 2)
    cap = (share[..., 0] * most[which]).sum(1)
    return Matched(
        lightness=mean[:, :1].T.reshape(1, h, w),
        ab=mean[:, 1:].T.reshape(2, h, w),
        confidence=(believed * cap).reshape(1, h, w),
        similarity=likest.reshape(1, h, w),
        nearest=which[:, 0],
    )


def coverage(places: Tensor, memory: Sequence[Remembered]) -> float:
    """The share of the frame that the pictures explain, 0 to 1."""
    return float(match(places, memory).confidence.mean()) if memory else 0.0


def _trust(one: Remembered) -> Tensor:
    return (TRUST[one.kind] * one.weight * one.opacity.flatten()).clamp(min=1e-6)


def _most_confident(one: Remembered) -> Tensor:
    return MOST_CONFIDENT[one.kind] * one.weight * one.opacity.flatten()
