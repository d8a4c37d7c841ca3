"""Stage 1: the anchor network (encoder, decoder, head) learns colour from photographs."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from tcvc_cli.files import appending
from tcvc_cli.model.networks.bins import ab_bins, soft_encoding, table_rows
from tcvc_cli.model.networks.encoder import load_pretrained
from tcvc_cli.model.networks.mini import Mini
from tcvc_cli.train.batches import mixed_precision
from tcvc_cli.train.checkpoint import Average, load_checkpoint, save_checkpoint
from tcvc_cli.train.config import PhotographsConfig, as_record
from tcvc_cli.train.losses import (
    bin_rarity,
    distribution_loss,
    encode,
    mean_colour_loss,
    ranked_diversity_loss,
)
from tcvc_cli.train.material.photographs import Batch, Picture, make_batch, read_all, split, true_ab
from tcvc_cli.train.pretrained import encoder_state


class _Steps(Dataset[Batch]):
    """Item `step` is the whole batch of that step."""

    def __init__(self, pictures: list[Picture], config: PhotographsConfig, first: int) -> None:
        self.pictures, self.config, self.first = pictures, config, first

    def __len__(self) -> int:
        return self.config.steps - self.first

    def __getitem__(self, index: int) -> Batch:
        config, step = self.config, self.first + index
        rng = np.random.default_rng((config.seed, step))
        if step < config.small_steps:
            return make_batch(self.pictures, config.small_px, config.batch, rng)
        size = int(rng.choice(config.large_px))
        return make_batch(self.pictures, size, round(config.batch * (config.small_px / size) ** 2) + 2, rng)


def bin_shares(pictures: list[Picture], seed: int = 0, sample: int = 3000) -> NDArray[np.float64]:
    """(Q,) share of each ab bin over a sample of the pictures (soft-encoded)."""
    nearest, weights = soft_encoding()
    counts = np.zeros(len(ab_bins()))
    rng = np.random.default_rng(seed)
    for index in rng.choice(len(pictures), min(sample, len(pictures)), replace=False):
        rows = table_rows(true_ab(pictures[index])).ravel()
        np.add.at(counts, nearest[rows].ravel(), weights[rows].ravel())
    return np.asarray(counts / counts.sum())


def new_network(config: PhotographsConfig) -> Mini:
    """`Mini` with the pretrained encoder, its first stages frozen."""
    torch.manual_seed(config.seed)
    network = Mini()
    load_pretrained(network.encoder, encoder_state())
    for part in (network.encoder.stem, *network.encoder.stages[: config.frozen_stages]):
        part.requires_grad_(requires_grad=False)
    network.propagation.requires_grad_(requires_grad=False)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _optimizer(network: Mini, config: PhotographsConfig) -> torch.optim.AdamW:
    encoder = [p for p in network.encoder.parameters() if p.requires_grad]
    others = [*network.decoder.parameters(), *network.head.parameters()]
    groups = [
        {"params": encoder, "base": config.encoder_rate},
        {"params": others, "base": config.decoder_rate},
    ]
    return torch.optim.AdamW(groups, lr=1.0, weight_decay=config.weight_decay, betas=(0.9, 0.99))


def _set_rate(optimizer: torch.optim.Optimizer, config: PhotographsConfig, step: int) -> None:
    """Linear warm-up and a cosine to 1 % of the base rate; the second part has a cosine of its own."""
    if step < config.small_steps:
        peak, share = min(1.0, (step + 1) / config.warmup_steps), step / config.small_steps
    else:
        done = step - config.small_steps
        peak, share = min(1.0, (done + 1) / config.warmup_steps), done / config.large_steps
        peak *= config.large_factor
    factor = peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))
    for group in optimizer.param_groups:
        group["lr"] = group["base"] * factor


@dataclass(slots=True)
class Losses:
    """Of one step; each a scalar tensor."""

    distribution: Tensor
    diversity: Tensor
    mean: Tensor

    def total(self, config: PhotographsConfig) -> Tensor:
        return self.distribution + config.diversity_weight * self.diversity + config.mean_weight * self.mean


def losses_of(network: Mini, batch: Batch, rarity: Tensor, device: torch.device) -> Losses:
    """All losses of one batch."""
    lightness = torch.from_numpy(batch.lightness).to(device)
    features = network.look(lightness).values
    logits = network.head.logits(features).float()
    bins, weights = (t.to(device) for t in encode(batch.ab))
    ab = torch.from_numpy(batch.ab).to(device).permute(0, 3, 1, 2)
    return Losses(
        distribution_loss(logits, bins, weights, rarity),
        ranked_diversity_loss(network.head.all_hypotheses(features).float(), ab),
        mean_colour_loss(logits, network.head.bins, ab),
    )


def train_anchors(root: Path, work: Path, config: PhotographsConfig, device: torch.device) -> Iterator[str]:
    """Train from the last checkpoint in `work`, or from the start; yields log lines (JSON).

    Leaves `work/anchors.pt` (state to resume from, with averaged weights) and `work/anchors.log`.
    """
    pictures = read_all(split(root).train)
    network = new_network(config).to(device)
    optimizer, average = _optimizer(network, config), Average(network, config.average_decay)
    checkpoint = work / "anchors.pt"
    first = load_checkpoint(checkpoint, network, optimizer, average) if checkpoint.exists() else 0
    shares = bin_shares(pictures, config.seed)
    rarity = bin_rarity(shares, config.rarity_mixing).to(device)
    loader = DataLoader(_Steps(pictures, config, first), batch_size=None, num_workers=1, prefetch_factor=4)
    mixed = mixed_precision(device)
    started, seen = time.monotonic(), 0
    with appending(work / "anchors.log") as log:
        for step, batch in enumerate(loader, first):
            if step == config.small_steps:  # from the averaged weights on, with an average of its own
                network.load_state_dict(average.state)
                optimizer, average = _optimizer(network, config), Average(network, config.average_decay)
            network.train(mode=step < config.small_steps)  # only batch norm knows the difference
            _set_rate(optimizer, config, step)
            with mixed:
                losses = losses_of(network, batch, rarity, device)
            optimizer.zero_grad(set_to_none=True)
            losses.total(config).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_([p for p in network.parameters() if p.requires_grad], 1.0)
            optimizer.step()
            average.update(network)
            seen += len(batch.lightness)
            if step % 25 == 24:
                line = _log_line(step + 1, losses, seen / (time.monotonic() - started))
                log.write(line + "\n")
                yield line
            if (step + 1) % config.save_every == 0 or step + 1 == config.steps:
                save_checkpoint(checkpoint, step + 1, network, optimizer, average, as_record(config))


def _log_line(step: int, losses: Losses, rate: float) -> str:
    row = {
        "step": step,
        "distribution": round(float(losses.distribution.detach()), 4),
        "diversity": round(float(losses.diversity.detach()), 4),
        "mean": round(float(losses.mean.detach()), 5),
        "photographs_per_s": round(rate, 1),
    }
    return json.dumps(row)
