"""Stage 2 of `tcvc-dino`: places and `tcvc-mini` are joined, on photographs that neither has fitted.

On photographs that it was trained on the smaller network is better than it is anywhere else, and would be
believed too much.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tcvc_cli.errors import UsageError
from tcvc_cli.files import appending
from tcvc_cli.model.networks.anchored import AB_SCALE
from tcvc_cli.model.networks.dino import Dino, Join, Places
from tcvc_cli.model.networks.mini import Mini
from tcvc_cli.model.networks.vit import VisionTransformer
from tcvc_cli.model.runtime import load_network
from tcvc_cli.train.batches import (
    Numbers,
    Shuffled,
    StoredBatch,
    mirrored,
    mixed_precision,
    rate_at,
    read_batch,
)
from tcvc_cli.train.checkpoint import Average, load_averaged, load_checkpoint, save_checkpoint
from tcvc_cli.train.config import JoinConfig, as_record
from tcvc_cli.train.losses import color_loss
from tcvc_cli.train.material.features import FeatureStore
from tcvc_cli.train.places import trained_places


def unseen(store: FeatureStore, photographs: Sequence[Path]) -> Numbers:
    """The items of the store that come from under `photographs`."""
    roots = [folder.resolve() for folder in photographs]
    files = [Path(item.file).resolve() for item in store.items()]
    return np.array([n for n, file in enumerate(files) if any(file.is_relative_to(root) for root in roots)])


class Joined:
    """Places and the smaller network, both frozen, and the join that is learned."""

    def __init__(self, places: Places, mini: Mini, join: Join) -> None:
        self.places, self.mini, self.join = places, mini, join

    def __call__(self, batch: StoredBatch) -> Tensor:
        """(B, 2, 48, 48) ab in CIE units."""
        with torch.no_grad():
            places = self.places(batch.tokens, batch.side, batch.side)
            features = self.mini.look(_at_192_px(batch.lightness)).values
            colors = self.mini.read(features) / AB_SCALE
        return self.join(places, features, colors)[:, :2].float() * AB_SCALE  # type: ignore[no-any-return]


def _at_192_px(lightness: Tensor) -> Tensor:
    sized = F.interpolate(lightness, (192, 192), mode="bicubic", align_corners=False, antialias=True)
    return sized.clamp(0, 100)


def train_join(
    features: Path, photographs: Sequence[Path], work: Path, config: JoinConfig, device: torch.device
) -> Iterator[str]:
    """Train from the last checkpoint in `work`, or from the start; yields log lines (JSON).

    `photographs` are folders of folders that the smaller network never saw. Reads the parts of
    places in `work`, leaves `work/join.pt` and `work/join.log`.
    """
    store = FeatureStore(features / "train")
    items = unseen(store, photographs)
    if not len(items):
        raise UsageError(f"nothing in {store.folder} comes from the photographs that are named")
    order, count = Shuffled(items, (config.seed,)), len(store.items())
    mini = load_network("tcvc-mini", device)
    assert isinstance(mini, Mini)
    torch.manual_seed(config.seed)
    joined = Joined(trained_places(work).to(device), mini, Join().to(device))
    optimizer = torch.optim.AdamW(joined.join.parameters(), lr=1.0, weight_decay=config.weight_decay)
    average, checkpoint = Average(joined.join, config.average_decay), work / "join.pt"
    first = load_checkpoint(checkpoint, joined.join, optimizer, average) if checkpoint.exists() else 0
    total = 0.0
    with appending(work / "join.log") as log:
        for step in range(first, config.steps):
            batch = read_batch(store, order.take(step * config.batch, config.batch), count).to(device)
            if np.random.default_rng((config.seed, step)).random() < 0.5:
                batch = mirrored(batch)
            total += _learn(joined, batch, optimizer, rate_at(step, config), config)
            average.update(joined.join)
            if step % 25 == 24:
                line = json.dumps({"step": step + 1, "items": len(items), "loss": round(total / 25, 4)})
                log.write(line + "\n")
                yield line
                total = 0.0
            if (step + 1) % config.save_every == 0 or step + 1 == config.steps:
                save_checkpoint(checkpoint, step + 1, joined.join, optimizer, average, as_record(config))


def _learn(
    joined: Joined, batch: StoredBatch, optimizer: torch.optim.Optimizer, rate: float, config: JoinConfig
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate
    joined.join.train()
    with mixed_precision(batch.ab.device):
        made = joined(batch)
    truth = F.interpolate(batch.ab, made.shape[-2:], mode="bilinear", align_corners=False, antialias=True)
    alike = F.cosine_similarity(made.flatten(1), truth.flatten(1)).mean()
    loss = color_loss(made, truth) + config.direction_weight * (1 - alike)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(joined.join.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def assembled(encoder: VisionTransformer, work: Path) -> Dino:
    """The whole network from `encoder` as published, the parts of places in `work`, `tcvc-mini`, and
    `work/join.pt` where that is there; in eval mode."""
    network = Dino()
    mini = load_network("tcvc-mini", torch.device("cpu"))
    network.encoder, network.places = encoder, trained_places(work)
    network.mini.load_state_dict(
        {name: value for name, value in mini.state_dict().items() if not name.startswith("propagation.")}
    )
    if (work / "join.pt").exists():
        load_averaged(work / "join.pt", network.join)
    return network.eval().requires_grad_(requires_grad=False)
