"""What the published code computed from the weights of `examples.filled_weights`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

GOLDEN = Path(__file__).parent / "golden"


@cache
def golden(letter: str) -> dict[str, Tensor]:
    """What the published code computed: `a` the networks and one clip, `c` its test-time scripts.

    Text arrays are left out; see `golden_names`.
    """
    with np.load(GOLDEN / f"golden_{letter}.npz") as arrays:
        return {
            name: torch.from_numpy(arrays[name]) for name in arrays.files if arrays[name].dtype.kind != "U"
        }


def golden_names() -> list[str]:
    """Names of the trainable tensors, in the order of golden `a`'s gradient norms."""
    with np.load(GOLDEN / "golden_a.npz") as arrays:
        return [str(name) for name in arrays["grad_names"]]
