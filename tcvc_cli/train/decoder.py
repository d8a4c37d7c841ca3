"""Stage 1 of `tcvc-dino`: its decoder learns colour from stored features (train/material/features.py)."""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.measure.agreement import Agreement, AgreementSummary
from tcvc_cli.model.networks.dino import Anchors, Dino
from tcvc_cli.model.networks.vit import PATCH_PX, VisionTransformer
from tcvc_cli.train.checkpoint import Average, averaged_weights, load_checkpoint, save_checkpoint
from tcvc_cli.train.config import DecoderConfig, as_record
from tcvc_cli.train.losses import distribution_loss, encode, mean_colour_loss, ranked_diversity_loss
from tcvc_cli.train.material.features import SIDE_PX, FeatureStore, lightness_of

_LOG_EVERY = 25


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """`tokens` (B, taps, 1 + T, 384); `lightness` (B, 1, S, S) L*; `ab` (B, 2, S/2, S/2) CIE units."""

    tokens: Tensor
    lightness: Tensor
    ab: Tensor


def read_batch(
    store: FeatureStore, places: np.ndarray[tuple[int], np.dtype[np.int64]], count: int
) -> StoredBatch:
    """The items at `places`, all below `count`."""
    held = store.arrays(count)
    tokens, grey, ab = (held[name][places] for name in ("tokens.f16", "grey.u8", "ab.i8"))
    return StoredBatch(
        torch.from_numpy(tokens).float(),
        lightness_of(grey.astype(np.uint8)),
        torch.from_numpy(ab).permute(0, 3, 1, 2).float(),
    )


def mirrored(batch: StoredBatch) -> StoredBatch:
    """Left and right exchanged.

    What the encoder sees in a mirrored picture is nearly the mirror of what it saw.
    """
    whole, grid = batch.tokens[:, :, :1], batch.tokens[:, :, 1:]
    side = math.isqrt(grid.shape[2])
    grid = grid.reshape(*grid.shape[:2], side, side, -1).flip(3).flatten(2, 3)
    return StoredBatch(torch.cat([whole, grid], 2), batch.lightness.flip(3), batch.ab.flip(3))


def draw(store: FeatureStore, config: DecoderConfig, step: int, count: int) -> StoredBatch:
    """The batch of one step; depends on (seed, step) and on how many items there are."""
    rng: Generator = np.random.default_rng((config.seed, step))
    size = config.batch if step < config.place_steps else config.refine_batch
    batch = read_batch(store, rng.choice(count, size, replace=False), count)
    return mirrored(batch) if rng.random() < 0.5 else batch


def losses_of(
    network: Anchors, batch: StoredBatch, config: DecoderConfig, cells: Tensor | None = None
) -> dict[str, Tensor]:
    """Every loss, weighed, by name: at places, or with `cells` (K,), numbers of cells at a quarter of the
    size, there."""
    head, decoder, size = network.head, network.decoder, batch.lightness.shape[-1]
    features, level = decoder.places(batch.tokens, size // PATCH_PX, size // PATCH_PX)
    if cells is not None:
        features = decoder.refinement(features, batch.lightness)
    truth = F.avg_pool2d(batch.ab, batch.ab.shape[-1] // features.shape[-1])
    if cells is not None:
        features, truth = (one.flatten(2)[:, :, None, cells] for one in (features, truth))  # (B, C, 1, K)
    logits = head.logits(features).float()
    bins, weights = encode(truth.permute(0, 2, 3, 1).numpy())
    chroma = truth.square().sum(1, keepdim=True).sqrt()
    true_level = torch.log1p(batch.ab.square().sum(1).sqrt().mean((1, 2)))
    return {
        "distribution": distribution_loss(logits, bins, weights, torch.ones(logits.shape[1])),
        "diversity": config.diversity_weight * ranked_diversity_loss(head.all_hypotheses(features), truth),
        "mean": config.mean_weight * mean_colour_loss(logits, head.bins, truth),
        "amount": config.amount_weight * F.l1_loss(head.amount(features), chroma) / 110,
        "level": config.level_weight * F.smooth_l1_loss(level, true_level, beta=0.3),
    }


def draw_cells(config: DecoderConfig, step: int) -> Tensor | None:
    """None while places are learned; then (K,) a third of the cells at a quarter of the size.

    Neighbours say much the same, and the shares of 227 bins are the dear part.
    """
    if step < config.place_steps:
        return None
    cells = (SIDE_PX // 4) ** 2
    return torch.from_numpy(np.random.default_rng((config.seed, step, 1)).permutation(cells)[: cells // 3])


@torch.inference_mode()
def judge(network: Anchors, store: FeatureStore, group: int = 32) -> dict[str, AgreementSummary]:
    """What the network, in eval mode, makes of the stored items, by their kind."""
    items = store.items()
    by_kind: dict[str, list[Agreement]] = defaultdict(list)
    for first in range(0, len(items), group):
        places = np.arange(first, min(first + group, len(items)))
        batch = read_batch(store, places, len(items))
        ab = F.interpolate(network(batch.tokens, batch.lightness), scale_factor=2.0, mode="bilinear")
        for place, made, true in zip(places, ab, batch.ab, strict=True):
            by_kind[items[place].kind].append(
                Agreement.of(made.movedim(0, -1).numpy(), true.movedim(0, -1).numpy())
            )
    return {kind: AgreementSummary.of(rows) for kind, rows in by_kind.items()}


def rate_at(step: int, config: DecoderConfig) -> float:
    """Linear warm-up, then a cosine to 1 % of the base rate; refining has a cosine of its own."""
    is_refining = step >= config.place_steps
    done = step - config.place_steps * is_refining
    steps = config.refine_steps if is_refining else config.place_steps
    warm = min(1.0, (done + 1) / config.warmup_steps)
    return config.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done / steps)))


class _Training:
    """Network, optimizer and average of one run, from its last checkpoint or from the start."""

    def __init__(self, work: Path, config: DecoderConfig) -> None:
        torch.manual_seed(config.seed)
        self.config, self.checkpoint = config, work / "decoder.pt"
        self.network = Anchors().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=1.0, weight_decay=config.weight_decay, betas=(0.9, 0.99)
        )
        self.average = Average(self.network, config.average_decay)
        self.steps_done = 0
        if self.checkpoint.exists():
            self.steps_done = load_checkpoint(self.checkpoint, self.network, self.optimizer, self.average)

    def learn(self, batch: StoredBatch) -> dict[str, float]:
        """One step; every loss by name."""
        config, step = self.config, self.steps_done
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(step, config)
        torch.manual_seed(config.seed * 1_000_003 + step)  # what dropout forgets, after a stop too
        self.network.train()
        losses = losses_of(self.network, batch, config, draw_cells(config, step))
        self.optimizer.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.average.update(self.network)
        self.steps_done += 1
        return {name: float(loss.detach()) for name, loss in losses.items()}

    def is_due(self, every: int) -> bool:
        return self.steps_done % every == 0 or self.steps_done == self.config.steps

    def save_and_judge(self, validation: FeatureStore) -> list[str]:
        """A checkpoint; a line for each kind of the validation items, judged with the averaged weights."""
        record = as_record(self.config)
        save_checkpoint(self.checkpoint, self.steps_done, self.network, self.optimizer, self.average, record)
        network = Anchors()
        network.load_state_dict(self.average.state)
        return [
            _line(step=self.steps_done, validation=kind, **asdict(summary))
            for kind, summary in judge(network.eval(), validation).items()
        ]


def train_decoder(features: Path, work: Path, config: DecoderConfig) -> Iterator[str]:
    """Train from the last checkpoint in `work`, or from the start; yields log lines (JSON).

    `features` holds the stores `train` and `validation`. The first may still grow: unless the configuration
    says how many of its items are used, what there is is asked for anew every 25 steps. Leaves
    `work/decoder.pt` and `work/decoder.log`.
    """
    training = _Training(work, config)
    with (work / "decoder.log").open("a", encoding="utf-8") as log:
        for line in _lines(training, FeatureStore(features / "train"), FeatureStore(features / "validation")):
            log.write(line + "\n")
            log.flush()
            yield line


def _lines(training: _Training, store: FeatureStore, validation: FeatureStore) -> Iterator[str]:
    config, first, started = training.config, training.steps_done, time.monotonic()
    count = config.most_items or len(store.items())
    with ThreadPoolExecutor(1) as pool:  # the next batch is read while this one is learned from
        drawn = pool.submit(draw, store, config, first, count)
        while training.steps_done < config.steps:
            batch = drawn.result()
            if training.is_due(_LOG_EVERY):
                count = config.most_items or len(store.items())
            drawn = pool.submit(draw, store, config, training.steps_done + 1, count)
            losses = training.learn(batch)
            if training.is_due(_LOG_EVERY):
                rate = (training.steps_done - first) / (time.monotonic() - started)
                yield _line(step=training.steps_done, items=count, **losses, steps_per_s=rate)
            if training.is_due(config.save_every):
                yield from training.save_and_judge(validation)


def _line(**row: float | str) -> str:
    return json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})


def trained_network(checkpoint: Path, encoder: VisionTransformer) -> Dino:
    """The whole network with the averaged weights, in eval mode. Its propagation has learned nothing yet."""
    anchors, network = Anchors(), Dino()
    anchors.load_state_dict(averaged_weights(checkpoint))
    network.encoder, network.decoder, network.head = encoder, anchors.decoder, anchors.head
    return network.eval().requires_grad_(requires_grad=False)
