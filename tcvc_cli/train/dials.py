"""The dials that turn a trained distribution into one colour: calm, sharpness and saturation.

Training weighs rare colours up (CIC, equation 4). Dividing the predicted shares by the class weight to the
power `calm` takes that back in part; `sharpness` is 1 / T of the annealed mean (CIC, equation 5);
`saturation` is a factor on the colour that comes out, since a mean of what may be is paler than what is.
They are chosen on the validation photographs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.measure.fidelity import decibels
from tcvc_cli.model.networks.mini import FEATURES, Head, Mini
from tcvc_cli.train.anchors import bin_shares
from tcvc_cli.train.config import PhotographsConfig
from tcvc_cli.train.losses import bin_rarity
from tcvc_cli.train.material.ageing import BT601
from tcvc_cli.train.material.photographs import Picture, lightness_of_signal, read_all, split, true_ab

CALM = (0.0, 0.25, 0.5, 0.75)
SHARPNESS = (0.8, 1.0, 1.3)
SATURATION = (1.0, 1.05, 1.1, 1.2)


def log_rarity(root: Path, config: PhotographsConfig) -> Tensor:
    """(Q,) logarithm of the class weights of the training."""
    pictures = read_all(split(root).train[::5])
    return bin_rarity(bin_shares(pictures, config.seed), config.rarity_mixing).log()


def turn(head: Head, rarity: Tensor, *, calm: float, sharpness: float, saturation: float) -> None:
    """Set all dials for good: calm goes into the bias of the logits, saturation into the bins' colours."""
    assert head.logits.bias is not None
    with torch.no_grad():
        head.logits.bias -= calm * rarity
        head.sharpness.fill_(sharpness)
        head.bins.mul_(saturation)


@dataclass(frozen=True, slots=True)
class Setting:
    """`gain_db` over grey, all pixels of all photographs alike; `mean_gain_db` photograph by photograph."""

    calm: float
    sharpness: float
    saturation: float
    gain_db: float
    mean_gain_db: float
    chroma_share: float


@dataclass(slots=True)
class _Sums:
    square: float = 0.0
    grey_square: float = 0.0
    gains_db: float = 0.0
    chroma: float = 0.0
    true_chroma: float = 0.0

    def add(self, ab: Tensor, truth: Tensor) -> None:
        square, grey = float((ab - truth).square().mean()), float(truth.square().mean())
        self.square, self.grey_square = self.square + square, self.grey_square + grey
        self.gains_db += decibels(grey / square)
        self.chroma += float(ab.square().sum(1).sqrt().mean())
        self.true_chroma += float(truth.square().sum(1).sqrt().mean())


@torch.inference_mode()
def survey(network: Mini, rarity: Tensor, pictures: Sequence[Picture], size_px: int) -> Iterator[Setting]:
    """Every setting of the dials on the pictures, shown at `size_px` short side."""
    sums = {dials: _Sums() for dials in product(CALM, SHARPNESS, SATURATION)}
    for picture in pictures:
        logits = network.head.logits(network.anchor_states(_seen(picture, size_px), None)[:, :FEATURES])
        truth = torch.from_numpy(true_ab(picture, 1)).permute(2, 0, 1)[None]
        for calm, sharpness in product(CALM, SHARPNESS):
            share = torch.softmax((logits - calm * rarity[:, None, None]) * sharpness, 1)
            ab = torch.einsum("bqhw,qc->bchw", share, network.head.bins)
            large = F.interpolate(ab, truth.shape[-2:], mode="bicubic", align_corners=False)
            for saturation in SATURATION:
                sums[calm, sharpness, saturation].add(large * saturation, truth)
    for dials, total in sums.items():
        yield Setting(
            *dials,
            gain_db=decibels(total.grey_square / total.square),
            mean_gain_db=total.gains_db / len(pictures),
            chroma_share=total.chroma / total.true_chroma,
        )


def _seen(picture: Picture, size_px: int) -> Tensor:
    """(1, 1, H, W) lightness of the grey photograph, sides multiples of 4."""
    h, w = picture.shape[:2]
    scale = size_px / min(h, w)
    size = (round(w * scale / 4) * 4, round(h * scale / 4) * 4)
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    grey = cv2.transform(cv2.resize(picture, size, interpolation=how).astype(np.float32) / 255, BT601[None])
    return torch.from_numpy(lightness_of_signal(np.asarray(grey, np.float32).reshape(size[::-1])))[None, None]
