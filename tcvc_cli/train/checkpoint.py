"""Checkpoints that a killed run resumes from, and the running average of the weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tcvc_cli.errors import UnreadableInput
from tcvc_cli.files import always, draft_of
from tcvc_cli.reading import open_plain


class Average:
    """Exponential moving average of all parameters and buffers.

    The decay grows from 0.9 with the number of updates, so that early weights are forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.state: dict[str, Tensor] = copy.deepcopy(network.state_dict())

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, (self.updates + 1) / (self.updates + 10))
        for name, value in network.state_dict().items():
            kept = self.state[name]
            if kept.is_floating_point():
                kept.lerp_(value, 1 - decay)
            else:
                kept.copy_(value)


def save_checkpoint(
    path: Path,
    step: int,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: Average,
    settings: Mapping[str, object],
) -> None:
    """Whole or not at all: a kill never leaves half a checkpoint."""
    content = {
        "step": step,
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average.state,
        "updates": average.updates,
        "settings": dict(settings),
    }
    with draft_of(path, may_replace=always) as draft:
        torch.save(content, draft)


def load_checkpoint(
    path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, average: Average
) -> int:
    """Restore all in place; returns the number of steps done. Raises UnreadableInput for what is damaged, or
    of another network."""
    with _whole(path):
        held = _read(path)
        network.load_state_dict(held["network"])
        optimizer.load_state_dict(held["optimizer"])
        average.state, average.updates = held["average"], held["updates"]
        return int(held["step"])


def load_averaged(path: Path, network: nn.Module) -> None:
    """Restore the averaged weights in place. Raises as `load_checkpoint` does."""
    with _whole(path):
        network.load_state_dict(_read(path)["average"])


def _read(path: Path) -> dict[str, Any]:
    with open_plain(path) as file:
        held: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    return held


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """A damaged one fails in whichever way its bytes happen to lead to."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise UnreadableInput(
            f"{path} is damaged, or of another network", "Remove it; what it held is learned again."
        ) from error
