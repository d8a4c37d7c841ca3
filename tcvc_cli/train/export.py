"""From a checkpoint to the file that ships with the package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file
from torch import Tensor

from tcvc_cli.files import always, draft_of, make_folder

LARGE: Final = 4096  # numbers of a tensor from which on half precision is worth while, in a small network


def export(state: Mapping[str, Tensor], file: Path, *, least_halved: int = 0) -> int:
    """Write `state` in half precision as safetensors; returns the size in bytes.

    Tensors of fewer numbers than `least_halved` keep theirs. Counters of batch norm stay integers. Half
    precision moves ab bin centres by 0.03 CIE units at most.
    """
    halves = {
        name: (value.half() if _is_halved(value, least_halved) else value).contiguous()
        for name, value in state.items()
    }
    make_folder(file.parent)
    tensors = {name: value.to(memory_format=torch.contiguous_format) for name, value in halves.items()}
    with draft_of(file, may_replace=always) as draft:
        save_file(tensors, draft)
    return file.stat().st_size


def _is_halved(value: Tensor, least: int) -> bool:
    return value.is_floating_point() and value.numel() >= least
