"""What the stages of training minimise."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.networks.bins import soft_encoding, table_rows

DIVERSITY = (0.08, 0.04, 0.02, 0.01)  # the decreasing sequence of FAVC, equation 7


def encode(ab: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    """(B, h, w, 2) ab -> bin numbers (B, 5, h, w) int64 and their weights, float32."""
    nearest, weights = soft_encoding()
    rows = table_rows(ab)
    bins = torch.from_numpy(nearest[rows]).permute(0, 3, 1, 2).contiguous()
    return bins, torch.from_numpy(weights[rows]).permute(0, 3, 1, 2).contiguous()


def distribution_loss(logits: Tensor, bins: Tensor, weights: Tensor, rarity: Tensor) -> Tensor:
    """Cross entropy against the soft encoding, each cell weighed by the rarity of its nearest bins.

    CIC, equations 2 and 3, with the class weight averaged over the encoding. `rarity` (Q,).
    """
    log_share = torch.log_softmax(logits, 1).gather(1, bins)
    cell = -(log_share * weights).sum(1)
    importance = (rarity[bins] * weights).sum(1)
    return (cell * importance).sum() / importance.sum()


def ranked_diversity_loss(hypotheses: Tensor, ab: Tensor) -> Tensor:
    """FAVC, equation 7, on ab / 110: the best hypothesis of each picture, and a little of all, ranked.

    `hypotheses` (B, 4, 2, h, w) and `ab` (B, 2, h, w) in CIE units.
    """
    distance = ((hypotheses - ab[:, None]) / 110).abs().mean((2, 3, 4))
    ranks = distance.new_tensor(DIVERSITY)
    return (distance.amin(1) + (distance * ranks).sum(1)).mean()


def mean_colour_loss(logits: Tensor, centres: Tensor, ab: Tensor) -> Tensor:
    """Huber distance between the mean of the distribution and the truth, both over 110."""
    mean = torch.einsum("bqhw,qc->bchw", torch.softmax(logits, 1), centres)
    return F.smooth_l1_loss(mean / 110, ab / 110, beta=0.1)


def bin_rarity(share: NDArray[np.float64], mixing: float) -> Tensor:
    """Class weights (Q,) = 1 / ((1 - mixing) p + mixing / Q), with mean 1 under p (CIC, equation 4)."""
    weights = 1 / ((1 - mixing) * share + mixing / len(share))
    return torch.from_numpy((weights / (weights * share).sum()).astype(np.float32))


def color_loss(ab: Tensor, truth: Tensor) -> Tensor:
    """Huber distance, both (B, 2, h, w) in CIE units, linear from 5 units on; over 5.

    The mean of what may be stays the mean within 5 units, so that the amount of colour comes out right.
    """
    return F.huber_loss(ab, truth, delta=5.0) / 5


def worlds_loss(worlds: Tensor, truth: Tensor, block: int = 4) -> Tensor:
    """The best of several worlds in each block of places, and a little of all (after FAVC, equation 7).

    `worlds` (B, K, 2, h, w) and `truth` (B, 2, h, w) in CIE units. Which world is best is asked of the hue
    alone, each counted at the true chroma, else the worlds would be four amounts of one hue; and block by
    block, so that a world is right or wrong about a thing, and not about single cells.
    """
    hue = F.normalize(worlds, dim=2)
    fit = (hue * truth[:, None]).sum(2)  # (B, K, h, w)
    distance = F.huber_loss(worlds, truth[:, None].expand_as(worlds), delta=5.0, reduction="none").sum(2) / 5
    fit, distance = (F.avg_pool2d(one, block, ceil_mode=True) for one in (fit, distance))
    best = fit.detach().argmax(1, keepdim=True)
    return distance.gather(1, best).mean() + 0.02 * distance.mean()
