"""Who computes: the network in an engine, on a device. Handed beside a plan, and never a part of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tcvc_cli.errors import UsageError
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.memory.observer import Observer
from tcvc_cli.model.memory.points import PointSpreader
from tcvc_cli.model.runtime import (
    Loaded,
    bears_threads,
    choose_device,
    load_colorizer,
    load_observer,
    load_spreader,
    lookout_of,
    precision_on,
    use_repeatable_threads,
)
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.shares.machine import Machine, this_machine
from tcvc_cli.settings.film.decisions import Look
from tcvc_cli.settings.film.resolve import look_of


@dataclass(frozen=True, slots=True)
class Computing:
    """`device` and `precision` (the arithmetic of the network's layers) are as PyTorch calls them; `weights`
    says which the network has, as `Loaded.weights` does; `threads` are there for work in pieces."""

    engine: Engine
    observer: Observer
    spreader: PointSpreader
    loaded: Loaded
    device: str
    precision: str
    weights: str
    threads: int

    @property
    def machine(self) -> Machine:
        return this_machine(self.device, self.precision)

    def choose(self, look: Look) -> None:
        """From here on frames are coloured with the palette and the vividness of `look`."""
        able = self.loaded.colorizer.abilities
        if able.palettes:
            self.loaded.choose_palette(look.palette)
        if able.is_vivid_at_will:
            self.loaded.choose_vividness(look.vivid)

    def refuse_unable(self, look: Look, model: str) -> None:
        """Raises UsageError where the network, which is called `model`, cannot do what `look` asks for."""
        able = self.loaded.colorizer.abilities
        if look.palette > able.palettes:
            has = f"{able.palettes} other palettes" if able.palettes else "no other palettes"
            message, advice = f"{model} has {has}", f"Leave out {{palette}}, or use {DEFAULT}."
            raise UsageError(message, advice, option="palette")
        if look.vivid is not None and not able.is_vivid_at_will:
            message, advice = f"{model} is as vivid as it is", f"Leave out {{vivid}}, or use {DEFAULT}."
            raise UsageError(message, advice, option="vivid")


def load(options: Options) -> Computing:
    """The network that the options name. Raises what is wrong with model, palette or device."""
    device = choose_device(options.device)
    precision = precision_on(device)
    loaded = load_colorizer(options.model, device)
    if options.is_compat and not loaded.colorizer.abilities.has_published_path:
        message = f"{options.model} has no published path"
        raise UsageError(message, "Leave out {is_compat}.", option="is_compat")
    is_threaded = bears_threads(loaded, device) and not options.is_causal
    threads = use_repeatable_threads(is_alone=not is_threaded)
    observer = load_observer(loaded.network, precision)
    lookout = lookout_of(loaded.network, precision, threads, looks=is_threaded)
    engine = Engine(loaded.network, precision, observer=observer, lookout=lookout)
    spreader = load_spreader(observer, precision)
    computing = Computing(
        engine, observer, spreader, loaded, str(device), _short(precision.layers), loaded.weights, threads
    )
    computing.refuse_unable(look_of(options.decisions), options.model)
    computing.choose(look_of(options.decisions))
    return computing


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
