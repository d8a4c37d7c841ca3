"""Losses of both stages."""

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
