"""Which places of remembered pictures look like the places of a frame, and which colours they have.

After Deep Exemplar (Zhang et al. 2019, section 3.2): the correlation of two places is the cosine of their
features (its equation 3), colours are the mean of the reference's, weighted by the softmax of the correlation
(equation 4), and the largest correlation of a place is its confidence (equation 5). Two things differ. The
mean is over the NEAREST places alone, so that a large sky does not outvote a small coat; and a place whose
likenesses disagree about its colour is not confident, however like they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.memory.describer import CLOSE_STRIDE_PX, STRIDE_PX
from tcvc_cli.model.memory.entries import MOST_CONFIDENT, TRUST, Fine, Remembered

NEAREST: Final = 16
LIKELY: Final = 8  # places that are looked at closely, for each
SIDE: Final = STRIDE_PX // CLOSE_STRIDE_PX
_TEMPERATURE: Final = 0.035
_LIKE: Final = 0.62  # similarity at which a match is believed half
_UNLIKE: Final = 0.05  # by how much less a match is believed a quarter
_SEEN: Final = 0.01  # a place that can be no more confident is transparent
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


@dataclass(frozen=True, slots=True)
class _Known:
    """M places: `places` (SIZE, M), their `colors` (M, 3) L*, a*, b*, how far they are to be trusted and how
    confident they make at most, (M,)."""

    places: Tensor
    colors: Tensor
    trust: Tensor
    most_confident: Tensor


def match(places: Tensor, memory: Sequence[Remembered]) -> Matched:
    """`places` (SIZE, h, w) of a frame, beside at least one remembered picture."""
    _, h, w = places.shape
    known = _known(memory)
    similarity = _similarity(places.flatten(1).T, known)
    logits = similarity / _TEMPERATURE + known.trust.log()
    best, which = logits.topk(min(NEAREST, logits.shape[1]), 1)
    likest = similarity.gather(1, which).amax(1)
    return _matched(best, likest, known.colors[which], known.most_confident[which], which[:, 0], (h, w))


def match_closely(places: Tensor, close: Tensor, memory: Sequence[Remembered]) -> Matched:
    """As `match`, on the grid of `close` (SIZE, H, W), SIDE times as fine as that of `places`; all of
    `memory` have been looked at closely. Only in the LIKELY likest places of each place is it searched."""
    known = _known(memory)
    similarity = _similarity(places.flatten(1).T, known)
    _, likely = (similarity / _TEMPERATURE + known.trust.log()).topk(min(LIKELY, similarity.shape[1]), 1)
    blocks = torch.cat([_blocks(_fine(one).close_places, one.places) for one in memory])  # (M, SIDE^2, SIZE)
    planes = torch.cat([_blocks(_close_colors(one), one.places) for one in memory])  # (M, SIDE^2, 5)
    count = len(likely)
    candidates = blocks[likely].flatten(1, 2)  # (h * w, LIKELY * SIDE^2, SIZE)
    colors = planes[likely].flatten(1, 2)  # (h * w, LIKELY * SIDE^2, 5)
    closely = torch.bmm(_blocks(close.to(blocks.dtype), places), candidates.transpose(1, 2)).float()
    closely = torch.where(colors[:, None, :, 4] > _SEEN, closely, -1.0)
    logits = closely / _TEMPERATURE + colors[:, None, :, 3].log()
    best, which = logits.topk(min(NEAREST, logits.shape[2]), 2)  # (h * w, SIDE^2, NEAREST)
    likest = closely.gather(2, which).amax(2)
    at = torch.arange(count, device=which.device)[:, None, None]
    found = colors[at, which].flatten(0, 1)  # (h * w * SIDE^2, NEAREST, 5)
    nearest = which[..., 0].flatten()
    order = _unblocked(count, places, close)
    ordered = (one.flatten(0, 1)[order] for one in (best, likest[..., None]))
    best, likest = next(ordered), next(ordered)[..., 0]
    found, nearest = found[order], nearest[order]
    size = (close.shape[1], close.shape[2])
    return _matched(best, likest, found[..., :3], found[..., 4], nearest, size)


def _similarity(places: Tensor, known: _Known) -> Tensor:
    """(n, M) of places (n, SIZE). What is transparent is like nothing, however like it would be."""
    similarity = (places.to(known.places.dtype) @ known.places).float()
    return torch.where(known.most_confident > _SEEN, similarity, -1.0)


def _matched(
    best: Tensor, likest: Tensor, colors: Tensor, most: Tensor, nearest: Tensor, size: tuple[int, int]
) -> Matched:
    """Logits (n, NEAREST) of the likest places, the largest similarity (n,), colours (n, NEAREST, 3), bounds
    of confidence (n, NEAREST), for the n = h * w places of a grid."""
    share = torch.softmax(best, 1)
    mean = (share[..., None] * colors).sum(1)
    apart = colors[..., 1:] - mean[:, None, 1:]
    at_odds = (share * apart.square().sum(2)).sum(1).sqrt()
    believed = torch.sigmoid((likest - _LIKE) / _UNLIKE) / (1 + (at_odds / _AT_ODDS) ** 2)
    h, w = size
    return Matched(
        lightness=mean[:, :1].T.reshape(1, h, w),
        ab=mean[:, 1:].T.reshape(2, h, w),
        confidence=(believed * (share * most).sum(1)).reshape(1, h, w),
        similarity=likest.reshape(1, h, w),
        nearest=nearest,
    )


def _known(memory: Sequence[Remembered]) -> _Known:
    return _Known(
        torch.cat([one.places.flatten(1) for one in memory], 1),
        torch.cat([torch.cat([one.lightness, one.ab]).flatten(1) for one in memory], 1).T,
        torch.cat([_trust(one, one.opacity).flatten() for one in memory]),
        torch.cat([_most_confident(one, one.opacity).flatten() for one in memory]),
    )


def _fine(one: Remembered) -> Fine:
    if one.fine is None:
        raise ValueError("a picture that was not looked at closely")
    return one.fine


def _close_colors(one: Remembered) -> Tensor:
    """(5, H/2, W/2): L*, a*, b*, trust, and the bound of confidence."""
    fine = _fine(one)
    planes = torch.cat([fine.lightness, fine.ab, fine.opacity])
    small = F.avg_pool2d(planes[None], CLOSE_STRIDE_PX)[0]
    return torch.cat([small[:3], _trust(one, small[3:]), _most_confident(one, small[3:])])


def _blocks(close: Tensor, places: Tensor) -> Tensor:
    """(C, H, W) on the close grid -> (h * w, SIDE^2, C), those of each place; replicated beyond the edges."""
    _, h, w = places.shape
    beyond = (0, w * SIDE - close.shape[2], 0, h * SIDE - close.shape[1])
    padded = F.pad(close[None], beyond, mode="replicate")[0]
    cells = padded.reshape(len(close), h, SIDE, w, SIDE).permute(1, 3, 2, 4, 0)  # (h, w, SIDE, SIDE, C)
    return cells.reshape(h * w, SIDE * SIDE, len(close))


def _unblocked(count: int, places: Tensor, close: Tensor) -> Tensor:
    """(H * W,): where each cell of the close grid, row by row, lies among blocks."""
    _, h, w = places.shape
    numbers = torch.arange(count * SIDE * SIDE, device=close.device).reshape(h, w, SIDE, SIDE)
    grid = numbers.permute(0, 2, 1, 3).reshape(h * SIDE, w * SIDE)
    return grid[: close.shape[1], : close.shape[2]].reshape(-1)


def recognized(places: Tensor, picture: Tensor) -> Tensor:
    """(h * w,) how far a given picture with these places (SIZE, H, W) explains those of a frame (SIZE, h, w),
    as `match` would say of one whose likenesses agree about the colours."""
    likest = (places.flatten(1).T @ picture.flatten(1).to(places.dtype)).amax(1).float()
    return MOST_CONFIDENT["given"] * torch.sigmoid((likest - _LIKE) / _UNLIKE)


def coverage(places: Tensor, memory: Sequence[Remembered]) -> float:
    """The share of the frame that the pictures explain, 0 to 1."""
    return float(match(places, memory).confidence.mean()) if memory else 0.0


def _trust(one: Remembered, opacity: Tensor) -> Tensor:
    return (TRUST[one.kind] * one.weight * opacity).clamp(min=1e-6)


def _most_confident(one: Remembered, opacity: Tensor) -> Tensor:
    return MOST_CONFIDENT[one.kind] * one.weight * opacity
