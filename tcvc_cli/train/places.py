"""Stage 1 of `tcvc-dino`: what the colours of places are, learned from stored features, part by part.

The parts are the members of the ensemble, and the worlds. Members that learned the same would be no better
together than alone: each has an order and a store of its own (stores of several sizes hold other squares of
the photographs, at another scale), and is kept from a share of the sources of its own.
"""

from __future__ import annotations

import json
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.errors import UsageError
from tcvc_cli.files import appending
from tcvc_cli.measure.agreement import Agreement, AgreementSummary
from tcvc_cli.model.networks.anchored import AB_SCALE
from tcvc_cli.model.networks.dino import MEMBERS, WORLDS, Decoder, Places, by_place
from tcvc_cli.train.batches import (
    Numbers,
    Shuffled,
    StoredBatch,
    in_groups,
    mirrored,
    mixed_precision,
    rate_at,
    read_batch,
)
from tcvc_cli.train.checkpoint import Average, load_averaged, load_checkpoint, save_checkpoint
from tcvc_cli.train.config import PlacesConfig, as_record
from tcvc_cli.train.losses import color_loss, worlds_loss
from tcvc_cli.train.material.features import FeatureStore

_LOG_EVERY = 25


def fold_of(source: str) -> int:
    """Which member is kept from this source."""
    return zlib.crc32(source.encode()) % MEMBERS


def member_loss(said: Tensor, truth: Tensor, config: PlacesConfig) -> Tensor:
    """Of a member: `said` (B, 3, h, w) as `Places` has it, `truth` (B, 2, h, w) ab in CIE units."""
    color, amount = said[:, :2].float() * AB_SCALE, said[:, 2:].float() * AB_SCALE
    chroma = truth.square().sum(1, keepdim=True).sqrt()
    alike = F.cosine_similarity(color.flatten(1), truth.flatten(1)).mean()
    unlike = config.direction_weight * (1 - alike)
    return color_loss(color, truth) + unlike + config.amount_weight * F.l1_loss(amount, chroma) / 5


def loss_of(part: Decoder, batch: StoredBatch, config: PlacesConfig, *, is_worlds: bool) -> Tensor:
    """Of one part of `Places` on a batch."""
    tokens = batch.tokens + config.noise * torch.randn_like(batch.tokens)
    said = part(*by_place(tokens, batch.side, batch.side))
    truth = F.adaptive_avg_pool2d(batch.ab, batch.side)
    if is_worlds:
        return worlds_loss(torch.unflatten(said.float() * AB_SCALE, 1, (WORLDS, 2)), truth)
    return member_loss(said, truth, config)


def may_see(store: FeatureStore, member: int, count: int) -> Numbers:
    """The first `count` items of the store that are no frames of films, less those kept from the member.

    Frames of films, of few films, are fitted too well. Of photographs of too few sources nothing is kept.
    """
    items = store.items()[:count]
    photographs = np.array([item.kind != "film" for item in items])
    others = photographs & np.array([fold_of(item.source) != member for item in items])
    return np.flatnonzero(others if others.any() else photographs)


@torch.inference_mode()
def judge(member: Decoder, store: FeatureStore, device: torch.device) -> dict[str, AgreementSummary]:
    """What a member, in eval mode, makes of the places of the stored items, by their kind; frames of one film
    count as one picture."""
    items = store.items()
    rows: dict[str, dict[str, Agreement]] = defaultdict(dict)
    for group in in_groups(len(items)):
        batch = read_batch(store, group, len(items)).to(device)
        made = member(*by_place(batch.tokens, batch.side, batch.side))[:, :2].float() * AB_SCALE
        true = F.adaptive_avg_pool2d(batch.ab, made.shape[-1])
        for place, one, other in zip(group, made.cpu(), true.cpu(), strict=True):
            item = items[place]
            agreement = Agreement.of(one.movedim(0, -1).numpy(), other.movedim(0, -1).numpy())
            key = item.source if item.kind == "film" else item.file
            held = rows[item.kind]
            held[key] = held[key] + agreement if key in held else agreement
    return {kind: AgreementSummary.of(list(of_kind.values())) for kind, of_kind in rows.items()}


class _Training:
    """One part, its optimizer and average, from its last checkpoint or from the start."""

    def __init__(
        self, number: int, store: FeatureStore, work: Path, config: PlacesConfig, device: torch.device
    ) -> None:
        torch.manual_seed(config.seed + number)
        self.number, self.store, self.config, self.device = number, store, config, device
        self.checkpoint = _checkpoint(work, number)
        self.part = _new_part(number).to(device)
        self.optimizer = torch.optim.AdamW(self.part.parameters(), lr=1.0, weight_decay=config.weight_decay)
        self.average = Average(self.part, config.average_decay)
        self.count = config.most_items or len(store.items())
        seen = may_see(store, number, self.count)
        if not len(seen):
            raise UsageError(f"{store.folder} holds no photographs", "Run: tcvc train features.")
        self.order = Shuffled(seen, (config.seed, number))
        self.steps_done = 0
        if self.checkpoint.exists():
            self.steps_done = load_checkpoint(self.checkpoint, self.part, self.optimizer, self.average)

    def draw(self, step: int) -> StoredBatch:
        """The batch of one step; depends on (seed, part, step) and the store alone."""
        size = self.config.batch
        batch = read_batch(self.store, self.order.take(step * size, size), self.count)
        is_mirrored = np.random.default_rng((self.config.seed, self.number, step)).random() < 0.5
        return mirrored(batch) if is_mirrored else batch

    def learn(self, batch: StoredBatch) -> float:
        """One step; the loss."""
        config, step = self.config, self.steps_done
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(step, config)
        torch.manual_seed(config.seed * 1_000_003 + step)  # noise, and what dropout forgets, after a stop too
        self.part.train()
        with mixed_precision(self.device):
            loss = loss_of(self.part, batch.to(self.device), config, is_worlds=self.number == MEMBERS)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.part.parameters(), 1.0)
        self.optimizer.step()
        self.average.update(self.part)
        self.steps_done += 1
        return float(loss.detach())

    def is_due(self, every: int) -> bool:
        return self.steps_done % every == 0 or self.steps_done == self.config.steps

    def save(self) -> None:
        settings = as_record(self.config)
        save_checkpoint(self.checkpoint, self.steps_done, self.part, self.optimizer, self.average, settings)

    def judged(self, validation: FeatureStore) -> list[str]:
        """A line for each kind of the validation items, judged with the averaged weights; of members only."""
        if self.number == MEMBERS:
            return []
        part = _new_part(self.number).to(self.device)
        part.load_state_dict(self.average.state)
        return [
            _line(part=self.number, step=self.steps_done, validation=kind, **asdict(summary))
            for kind, summary in judge(part.eval(), validation, self.device).items()
        ]


def _new_part(number: int) -> Decoder:
    return Decoder(2 * WORLDS if number == MEMBERS else 3)


def _checkpoint(work: Path, number: int) -> Path:
    return work / f"places-{number}.pt"


def train_places(
    features: Sequence[Path], work: Path, config: PlacesConfig, device: torch.device
) -> Iterator[str]:
    """Train every part from its last checkpoint in `work`, or from the start; yields log lines (JSON).

    Each of `features` holds a store `train`, which the parts take in turn; the first also one called
    `validation`. Leaves a `work/places-N.pt` for each part, and `work/places.log`.
    """
    stores = [FeatureStore(one / "train") for one in features]
    validation = FeatureStore(features[0] / "validation")
    with appending(work / "places.log") as log:
        for number in range(MEMBERS + 1):
            store = stores[number % len(stores)]
            for line in train_part(number, store, validation, work, config, device):
                log.write(line + "\n")
                yield line


def train_part(
    number: int,
    store: FeatureStore,
    validation: FeatureStore,
    work: Path,
    config: PlacesConfig,
    device: torch.device,
) -> Iterator[str]:
    """One part of them, from its last checkpoint in `work` or from the start; yields log lines (JSON)."""
    yield from _lines(_Training(number, store, work, config, device), validation)


def _lines(training: _Training, validation: FeatureStore) -> Iterator[str]:
    config, first, started = training.config, training.steps_done, time.monotonic()
    with ThreadPoolExecutor(1) as pool:  # the next batch is read while this one is learned from
        drawn = pool.submit(training.draw, first)
        while training.steps_done < config.steps:
            batch = drawn.result()
            drawn = pool.submit(training.draw, training.steps_done + 1)
            loss = training.learn(batch)
            if training.is_due(_LOG_EVERY):
                rate = (training.steps_done - first) / (time.monotonic() - started)
                yield _line(part=training.number, step=training.steps_done, loss=loss, steps_per_s=rate)
            if training.is_due(config.save_every):
                training.save()
                yield from training.judged(validation)


def _line(**row: float | str) -> str:
    return json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})


def is_trained(work: Path) -> bool:
    """Whether every part has a checkpoint."""
    return all(_checkpoint(work, number).exists() for number in range(MEMBERS + 1))


def trained_places(work: Path) -> Places:
    """With the averaged weights, in eval mode."""
    places = Places()
    for number, part in enumerate((*places.members, places.worlds)):
        load_averaged(_checkpoint(work, number), part)
    return places.eval().requires_grad_(requires_grad=False)
