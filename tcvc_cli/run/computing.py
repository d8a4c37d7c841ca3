"""Who computes: the network in an engine, on a device. Handed beside a plan, and never a part of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from tcvc_cli.errors import UsageError
from tcvc_cli.model.colorizer import DEFAULT, Abilities
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.memory.observer import Observer
from tcvc_cli.model.runtime import (
    choose_device,
    load_colorizer,
    load_observer,
    precision_on,
    use_repeatable_threads,
)
from tcvc_cli.run.options.film import Options


@dataclass(frozen=True, slots=True)
class Computing:
    """`device` and `precision` (the arithmetic of the network's layers) are as PyTorch calls them; `weights`
    says which the network has, as `Loaded.weights` does."""

    engine: Engine
    observer: Observer
    device: str
    precision: str
    weights: str
    threads: int = field(default_factory=torch.get_num_threads)


def load(options: Options) -> Computing:
    """The network that the options name. Raises what is wrong with model, palette or device."""
    use_repeatable_threads()
    device = choose_device(options.device)
    precision = precision_on(device)
    loaded = load_colorizer(options.model, device)
    _refuse_unable(loaded.colorizer.abilities, options)
    if options.palette:
        loaded.choose_palette(options.palette)
    if options.vivid is not None:
        loaded.choose_vividness(options.vivid)
    observer = load_observer(loaded.network, precision)
    engine = Engine(loaded.network, precision, observer=observer)
    return Computing(engine, observer, str(device), _short(precision.layers), loaded.weights)


def _refuse_unable(able: Abilities, options: Options) -> None:
    """Raises UsageError where the model cannot do what the options ask for."""
    model = options.model
    if options.palette > able.palettes:
        has = f"{able.palettes} other palettes" if able.palettes else "no other palettes"
        raise UsageError(f"{model} has {has}", f"Leave out {{palette}}, or use {DEFAULT}.", option="palette")
    if options.vivid is not None and not able.is_vivid_at_will:
        raise UsageError(
            f"{model} is as vivid as it is", f"Leave out {{vivid}}, or use {DEFAULT}.", option="vivid"
        )
    if options.is_compat and not able.has_published_path:
        raise UsageError(f"{model} has no published path", "Leave out {is_compat}.", option="is_compat")


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
