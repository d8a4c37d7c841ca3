"""Who computes: the network in an engine, on a device. Handed beside a plan, and never a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tcvc_cli.errors import UsageError
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.film_network import FilmNetwork
from tcvc_cli.model.networks.mini import FeatureColorizer
from tcvc_cli.model.runtime import choose_device, load_network, precision_on, use_repeatable_threads
from tcvc_cli.run.options import Options

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Computing:
    """`device` and `precision` (the arithmetic of the network's layers) are as PyTorch calls them."""

    engine: Engine
    device: str
    precision: str


def load(options: Options) -> Computing:
    """The network that the options name. Raises what is wrong with model, palette or device."""
    use_repeatable_threads()
    device = choose_device(options.device)
    precision = precision_on(device)
    network = cast(FilmNetwork, load_network(options.model, device))
    if options.palette:
        _choose_palette(network, options)
    return Computing(Engine(network, precision), str(device), _short(precision.layers))


def _choose_palette(network: FilmNetwork, options: Options) -> None:
    if not isinstance(network, FeatureColorizer):
        raise UsageError(f"{options.model} has no other palettes", "Leave out {palette}, or use tcvc-mini.")
    network.palette = options.palette


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
