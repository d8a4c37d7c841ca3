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
from tcvc_cli.model.memory.point_kernel import Cells, PointKernel, Regressed
from tcvc_cli.model.memory.recall import enlarged

Floats = NDArray[np.float32]
STRIDE_PX: Final = 4
MOST_CELLS: Final = 128  # of those for which colours are given, taken evenly


@dataclass(frozen=True, slots=True)
class GivenPlaces:
    """`ab` (H, W, 2) float32 CIE units where `is_given` (H, W) bool says so, pixels of the model's input.
    They come from `count` points and strokes, each of which is one opinion, however large."""

    ab: Floats
    is_given: NDArray[np.bool_]
    count: int


@dataclass(frozen=True, slots=True)
class SpreadColors:
    """`ab` (H, W, 2) float32 CIE units, and their `influence` (H, W) float32 in [0, 1]: 1 where a colour was
    given, 0 where those that were say nothing."""

    ab: Floats
    influence: Floats


class PointSpreader:
    """By what the network sees, and by what it would have coloured."""

    def __init__(self, observer: Observer, kernel: PointKernel) -> None:
        self._observer, self._kernel = observer, kernel

    @torch.inference_mode()
    def spread(self, observed: Observed, given: GivenPlaces) -> SpreadColors:
        """Of the frame that was observed."""
        cells = self._observer.cells(observed)
        numbers, colors = _given_cells(given)
        numbers, colors = numbers.to(cells.ab.device), colors.to(cells.ab.device)
        lacking = colors - cells.ab.flatten(1)[:, numbers]
        found = self._kernel(cells, numbers, lacking, given.count)
        return _at_full_size(cells, found, lacking, observed.lightness, given)


def _given_cells(given: GivenPlaces) -> tuple[Tensor, Tensor]:
    """Numbers (n,) of the cells that are given, and their ab (2, n)."""
    planes = np.concatenate([given.ab * given.is_given[..., None], given.is_given[..., None]], axis=-1)
    small = F.avg_pool2d(torch.from_numpy(planes.astype(np.float32)).permute(2, 0, 1)[None], STRIDE_PX)[0]
    cells = torch.nonzero(small[2].flatten() > 0)[:, 0]
    chosen = torch.linspace(0, len(cells) - 1, min(len(cells), MOST_CELLS)).round().long()
    cells = cells[chosen]
    return cells, small[:2].flatten(1)[:, cells] / small[2].flatten()[cells]


def _at_full_size(
    cells: Cells, found: Regressed, lacking: Tensor, lightness: Tensor, given: GivenPlaces
) -> SpreadColors:
    """What all places share is carried on as far as it changes them."""
    most = lacking.norm(dim=0).amax().clamp(min=1e-3)
    influence = torch.maximum(found.influence, found.offset.norm(dim=0, keepdim=True) / most).clamp(0, 1)
    full = cells.ab + found.offset / influence.clamp(min=1e-3)
    # The network is told of it, and what that makes is laid over with it: twice as much as once.
    influence = 1 - (1 - influence).sqrt()
    ab = enlarged(full, lightness, STRIDE_PX).cpu()
    share = enlarged(influence.expand(2, -1, -1), lightness, STRIDE_PX)[:1].clamp(0, 1).cpu()
    marks = torch.from_numpy(given.is_given)
    colors = torch.from_numpy(np.ascontiguousarray(given.ab.transpose(2, 0, 1)))
    ab, share = torch.where(marks, colors, ab), torch.where(marks, 1.0, share)
    return SpreadColors(np.ascontiguousarray(ab.permute(1, 2, 0).numpy()), share[0].numpy())
