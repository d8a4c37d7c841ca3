"""Settings of a training run, read from a TOML file; defaults are the recipe of docs/training.md."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from tcvc_cli.errors import UsageError
from tcvc_cli.reading import read_plain


@dataclass(frozen=True, slots=True)
class PhotographsConfig:
    """Stage 1: the anchor network on photographs.

    First `small_steps` on small crops, which are cheap; then `large_steps` on crops of the sizes that the
    network meets in use, with batches shrunk to cost the same and rates that start at `large_factor` of
    the first ones. In the second part the decoder's batch norm keeps the statistics that it has: small
    crops have other activations than whole pictures, batch statistics hide that from the training, and
    in use the colours would shift with the size of the picture.
    """

    small_steps: int = 2000
    large_steps: int = 6300
    batch: int = 32
    small_px: int = 128
    large_px: tuple[int, ...] = (160, 160, 192, 192, 224, 256)
    large_factor: float = 0.5
    decoder_rate: float = 1e-3
    encoder_rate: float = 2e-4
    weight_decay: float = 0.02
    frozen_stages: int = 3
    rarity_mixing: float = 0.8
    diversity_weight: float = 2.0
    mean_weight: float = 20.0
    average_decay: float = 0.999
    warmup_steps: int = 200
    save_every: int = 250
    seed: int = 0

    @property
    def steps(self) -> int:
        return self.small_steps + self.large_steps


@dataclass(frozen=True, slots=True)
class FilmsConfig:
    """Stage 2: propagation on moving pictures, with the anchor network frozen."""

    steps: int = 300
    batch: int = 4
    frames: int = 12
    crop_px: int = 192
    rate: float = 3e-4
    anchor_weight: float = 1.0
    synthetic_share: float = 0.5
    save_every: int = 50
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PlacesConfig:
    """Places on stored features, each part for `steps`. `most_items` of each store are used; 0: all."""

    steps: int = 900
    batch: int = 32
    rate: float = 1e-3
    weight_decay: float = 0.01
    noise: float = 0.1
    direction_weight: float = 0.3
    amount_weight: float = 0.25
    average_decay: float = 0.995
    warmup_steps: int = 50
    save_every: int = 150
    most_items: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class JoinConfig:
    """The join of both networks, on photographs that the smaller one never saw."""

    steps: int = 400
    batch: int = 16
    rate: float = 1e-3
    weight_decay: float = 0.05
    direction_weight: float = 0.3
    average_decay: float = 0.99
    warmup_steps: int = 30
    save_every: int = 100
    seed: int = 0


@dataclass(frozen=True, slots=True)
class DescriptorsConfig:
    """Descriptors of places, on pairs of frames of one clip; `without_things` is the share of the pairs that
    are told apart by outlines alone, as the smaller network must."""

    steps: int = 1500
    pairs: int = 6
    rate: float = 3e-3
    weight_decay: float = 0.01
    without_things: float = 0.15
    save_every: int = 250
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PointsConfig:
    """The covariance of points, on stored photographs: `cells` of each are asked beside those that are given.
    `dropout` is the share of inputs left out, `without_things` of the photographs that are known by outlines
    alone; 0 `most_items` are all."""

    steps: int = 6000
    batch: int = 24
    cells: int = 256
    rate: float = 3e-3
    weight_decay: float = 1e-3
    dropout: float = 0.1
    without_things: float = 0.08
    leak_weight: float = 1.0
    average_decay: float = 0.997
    warmup_steps: int = 50
    save_every: int = 250
    most_items: int = 0
    seed: int = 0


Config = PhotographsConfig | FilmsConfig | PlacesConfig | JoinConfig | DescriptorsConfig | PointsConfig
T = TypeVar("T", PhotographsConfig, FilmsConfig, PlacesConfig, JoinConfig, DescriptorsConfig, PointsConfig)


def load(kind: type[T], path: Path | None, table: str) -> T:
    """The settings in `[table]` of the file; defaults without one. UsageError names an unknown field."""
    if path is None:
        return kind()
    try:
        settings = tomllib.loads(read_plain(path).decode("utf-8")).get(table, {})
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path.name} is not TOML: {error}", "Correct it.") from error
    if not isinstance(settings, dict):
        raise UsageError(f"{table} in {path.name} is no table")
    unknown = set(settings) - {field.name for field in fields(kind)}
    if unknown:
        raise UsageError(f"{path.name} has unknown settings in [{table}]: {', '.join(sorted(unknown))}")
    return kind(**settings)


def as_record(config: Config) -> dict[str, Any]:
    """For the checkpoint and the log."""
    return asdict(config)
