"""How far colours that somebody gave for single places speak for the rest of a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tcvc_cli.model.memory.observer import Observed, Observer
from tcvc_cli.model.memory.recall import enlarged
from tcvc_cli.model.precision import Precision

Floats = NDArray[np.float32]
MOST_CELLS: Final = 128  # of those for which colours are given, taken evenly
_STRIDE_PX: Final = 4
_NOISE: Final = 0.3


@dataclass(frozen=True, slots=True)
class GivenPlaces:
    """`ab` (H, W, 2) float32 CIE units where `is_given` (H, W) bool says so, pixels of the model's input."""

    ab: Floats
    is_given: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SpreadColors:
    """`ab` (H, W, 2) float32 CIE units, and their `influence` (H, W) float32 in [0, 1]: 1 where a colour was
    given, 0 where those that were say nothing."""

    ab: Floats
    influence: Floats


class PointSpreader:
    """By what the network sees, and by what it would have coloured."""

    def __init__(self, observer: Observer, precision: Precision) -> None:
        self._observer, self._precision = observer, precision

    @torch.inference_mode()
    def spread(self, observed: Observed, given: GivenPlaces) -> SpreadColors:
        """Of the frame that was observed."""
        own = self._observer.colors(observed)
        cells, lacking = _cells(given, own)
        offset, influence = self._regressed(observed, cells, lacking)
        lightness = observed.lightness
        share = enlarged(torch.cat([influence, influence]), lightness, _STRIDE_PX)[:1].clamp(0, 1)
        away = offset / influence.clamp(min=1e-3)
        ab = enlarged(own + away, lightness, _STRIDE_PX)
        marks = torch.from_numpy(given.is_given)
        colors = torch.from_numpy(np.ascontiguousarray(given.ab.transpose(2, 0, 1)))
        ab, share = torch.where(marks, colors, ab.cpu()), torch.where(marks, 1.0, share.cpu())
        return SpreadColors(np.ascontiguousarray(ab.permute(1, 2, 0).numpy()), share[0].numpy())

    def _regressed(self, observed: Observed, cells: Tensor, lacking: Tensor) -> tuple[Tensor, Tensor]:
        """(2, h, w) offset, (1, h, w) share of the variance that is explained."""
        from tcvc_cli.model.networks.hints import _kernel

        feature = F.normalize(observed.looked.likeness[0].float(), dim=0)
        w = feature.shape[-1]
        ys, xs = cells // w, cells % w
        kernel = _kernel(feature, ys, xs)
        between = kernel[:, ys, xs] + _NOISE * torch.eye(len(cells))
        weights = torch.linalg.solve(between, kernel.flatten(1))
        offset = (lacking @ weights).reshape(2, *feature.shape[1:])
        explained = (weights * kernel.flatten(1)).sum(0) / (1.2 * 1.3)
        return offset, explained.clamp(0, 1).reshape(1, *feature.shape[1:])


def _cells(given: GivenPlaces, own: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers (n,) of the cells that are given, and what `own` (2, h, w) lacks there (2, n)."""
    planes = np.concatenate([given.ab * given.is_given[..., None], given.is_given[..., None]], axis=-1)
    small = F.avg_pool2d(torch.from_numpy(planes.astype(np.float32)).permute(2, 0, 1)[None], _STRIDE_PX)[0]
    cells = torch.nonzero(small[2].flatten() > 0)[:, 0]
    cells = cells[torch.linspace(0, len(cells) - 1, min(len(cells), MOST_CELLS)).round().long()]
    colors = small[:2].flatten(1)[:, cells] / small[2].flatten()[cells]
    return cells.to(own.device), colors.to(own.device) - own.flatten(1)[:, cells.to(own.device)]
