"""The training of the covariance, on what `tcvc-dino` sees in photographs; it goes on after a kill."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import Final

import torch

from tcvc_cli.errors import UsageError
from tcvc_cli.model.memory.point_kernel import PointKernel
from tcvc_cli.train.batches import rate_at
from tcvc_cli.train.checkpoint import Average, load_averaged, load_checkpoint, save_checkpoint
from tcvc_cli.train.config import PointsConfig, as_record
from tcvc_cli.train.descriptors.training import logged
from tcvc_cli.train.material.sources import find_sources
from tcvc_cli.train.points.folding import folded
from tcvc_cli.train.points.learning import Learner, Sampled, draw, loss_of
from tcvc_cli.train.points.material import AXES_FILE, Eyes, Material, Stored, fill, shipped_eyes
from tcvc_cli.train.points.projection import SeenProjection

_LOG_EVERY: Final = 25
_LARGEST_GRADIENT: Final = 1.0
_CHECKPOINT: Final = "points.pt"
_SEEN: Final = "seen"
_LOG: Final = "points.log"


def train_points(
    roots: Sequence[Path], work: Path, config: PointsConfig, device: torch.device, eyes: Eyes | None = None
) -> Iterator[str]:
    """Look at the photographs under `roots`, up to `config.most_items`, with `eyes` or those that ship; then
    learn from them, from the last checkpoint in `work` or from the start. Yields lines.

    Leaves what was seen in `work/seen`, `work/points.pt` and `work/points.log`. Raises UnreadableInput or
    UsageError where there is nothing to learn from.
    """
    eyes = shipped_eyes(device) if eyes is None else eyes
    material = Material(work / _SEEN, eyes.weights)
    yield from fill(material, find_sources(roots).train, eyes, config.most_items)
    if not material.files():
        raise UsageError("there are no photographs in colour to learn from")
    yield from logged(learn(material.stored(config.most_items), work, config, device), work / _LOG)


def learn(stored: Stored, work: Path, config: PointsConfig, device: torch.device) -> Iterator[str]:
    """Yields log lines (JSON)."""
    training = _Training(work, config, device)
    first, started, losses = training.steps_done, time.monotonic(), list[float]()
    with ThreadPoolExecutor(1) as pool:  # the next cells are read while these are learned from
        drawn = pool.submit(draw, stored, config, first, device)
        while training.steps_done < config.steps:
            batch = drawn.result()
            drawn = pool.submit(draw, stored, config, training.steps_done + 1, device)
            losses.append(training.learn(batch))
            if training.is_due(_LOG_EVERY):
                rate = (training.steps_done - first) / (time.monotonic() - started)
                row = {"step": training.steps_done, "loss": fmean(losses), "steps_per_s": rate}
                yield json.dumps({name: round(value, 4) for name, value in row.items()})
                losses.clear()
            if training.is_due(config.save_every):
                training.save()


class _Training:
    """The learner and its optimizer, from the last checkpoint or from the start."""

    def __init__(self, work: Path, config: PointsConfig, device: torch.device) -> None:
        torch.manual_seed(config.seed)
        self.config, self.checkpoint = config, work / _CHECKPOINT
        self.learner = Learner(config.dropout).to(device)
        decay = config.weight_decay
        self.optimizer = torch.optim.AdamW(self.learner.parameters(), lr=1.0, weight_decay=decay)
        self.average = Average(self.learner, config.average_decay)
        self.steps_done = 0
        if self.checkpoint.exists():
            self.steps_done = load_checkpoint(self.checkpoint, self.learner, self.optimizer, self.average)

    def learn(self, batch: Sampled) -> float:
        """One step; the loss. What is dropped depends on (seed, step) too."""
        torch.manual_seed((self.config.seed << 32) + self.steps_done)
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(self.steps_done, self.config)
        loss = loss_of(self.learner(batch), batch, self.config.leak_weight)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.learner.parameters(), _LARGEST_GRADIENT)
        self.optimizer.step()
        self.average.update(self.learner)
        self.steps_done += 1
        return float(loss.detach())

    def is_due(self, every: int) -> bool:
        return self.steps_done % every == 0 or self.steps_done == self.config.steps

    def save(self) -> None:
        settings = as_record(self.config)
        save_checkpoint(
            self.checkpoint, self.steps_done, self.learner, self.optimizer, self.average, settings
        )


def trained_kernel(work: Path) -> PointKernel:
    """The one in `work`, which is there: the averaged weights, in eval mode. Raises UnreadableInput."""
    learner = Learner(0.0)
    load_averaged(work / _CHECKPOINT, learner)
    return folded(learner, SeenProjection.read(work / _SEEN / AXES_FILE))


def is_trained(work: Path) -> bool:
    return (work / _CHECKPOINT).exists()
