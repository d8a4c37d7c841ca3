"""LPIPS of two pictures, where the weights are at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tcvc_cli.model.networks.lpips import load_lpips

_LEAST_PX = 17  # SqueezeNet's pools leave nothing of less


class LpipsMeter:
    """LPIPS v0.1, SqueezeNet (`model/networks/lpips.py`). Raises WeightsMissing or WeightsRefused."""

    def __init__(self, weights: Path) -> None:
        self._network = load_lpips(weights)

    def between(self, result: NDArray[Any], truth: NDArray[Any]) -> float:
        """Two (H, W, 3) sRGB pictures in [0, 1]; 0 for equal ones. Raises ValueError under 17 px."""
        if min(result.shape[:2]) < _LEAST_PX:
            raise ValueError(f"LPIPS takes pictures of {_LEAST_PX} px or more, not {result.shape[:2]}")
        return float(self._network(_tensor(result), _tensor(truth)).item())


def _tensor(rgb: NDArray[Any]) -> torch.Tensor:
    planar = np.ascontiguousarray(rgb.transpose(2, 0, 1), np.float32)
    return torch.from_numpy(planar)[None] * 2 - 1
