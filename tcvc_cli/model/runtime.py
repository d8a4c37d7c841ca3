"""From names to a network that is ready to run: device, precision, weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import cv2
import torch
from torch import nn

from tcvc_cli.errors import DeviceUnavailable, TcvcError
from tcvc_cli.model.ahead.frames import Lookout
from tcvc_cli.model.by_flow import ByFlow
from tcvc_cli.model.colorizer import (
    BUILT_IN,
    Colorizer,
    PaletteColorizer,
    VividColorizer,
    broken,
    create,
    load_packaged,
)
from tcvc_cli.model.film_network import FilmNetwork
from tcvc_cli.model.flow import DisFlow
from tcvc_cli.model.guard import Guarded
from tcvc_cli.model.memory.describer import Describer
from tcvc_cli.model.memory.observer import LookingNetwork, Observer
from tcvc_cli.model.memory.point_kernel import PointKernel
from tcvc_cli.model.memory.points import PointSpreader
from tcvc_cli.model.networks.anchored import AnchoredColorizer
from tcvc_cli.model.precision import Precision
from tcvc_cli.workers import Workers


def choose_device(name: str) -> torch.device:
    """`auto`, `cpu`, `cuda`, `cuda:N` or `mps`. DeviceUnavailable when it is not there."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceUnavailable(
            f"no device is called {name}; there are auto, cpu, cuda, cuda:N and mps"
        ) from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceUnavailable(f"device {name} is not there; {torch.cuda.device_count()} CUDA devices are")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceUnavailable("device mps is not there")
    if device.type not in ("cpu", "cuda", "mps"):
        raise DeviceUnavailable(f"no device is called {name}; there are auto, cpu, cuda, cuda:N and mps")
    return device


def fast_bfloat16_instructions() -> tuple[str, ...]:
    """Of this CPU, those with which bfloat16 convolutions run several times faster: AMX, AVX512-bf16."""
    flags = torch.cpu.get_capabilities()
    return tuple(name for name in ("amx_bf16", "avx512_bf16") if flags.get(name))


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is worth while there."""
    if device.type == "cpu":
        return bool(fast_bfloat16_instructions())
    return device.type == "cuda" and torch.cuda.is_bf16_supported()


def precision_on(device: torch.device) -> Precision:
    """The fastest arithmetic that the device does well."""
    if has_fast_bfloat16(device):
        return Precision(device, torch.bfloat16)
    return Precision(device, torch.float16 if device.type == "cuda" else torch.float32)


def bears_threads(loaded: Loaded, device: torch.device) -> bool:
    """Whether frames may be looked at in several threads at once: by networks of tcvc that look at anchors,
    on the CPU. What other packages bear nobody knows, and a GPU takes one thing after another."""
    return device.type == "cpu" and isinstance(loaded.network, AnchoredColorizer)


def use_repeatable_threads(*, is_alone: bool) -> int:
    """How many threads there are for pieces of work that do not depend on each other: as many as PyTorch
    would take, which is one for each core unless OMP_NUM_THREADS says otherwise.

    Results must not depend on it. With one thread alone, oneDNN sums some convolutions in another order than
    with two or more, and OpenCV's flow searches stripe by stripe, one for each thread. So OpenCV has one
    thread in any case; PyTorch has one where each piece is on its own (not `is_alone`), and at least two
    where one network has all cores.
    """
    cv2.setNumThreads(1)
    count = _threads_at_start()
    torch.set_num_threads(max(2, count) if is_alone else 1)
    return count


@lru_cache(maxsize=1)
def _threads_at_start() -> int:
    return torch.get_num_threads()


def lookout_of(network: FilmNetwork, precision: Precision, threads: int, *, looks: bool) -> Lookout | None:
    """One that finds flows in so many threads, and `looks` at anchors in them; None for a network whose own
    estimator of flow wants all cores."""
    if not isinstance(network.flow_estimator(), DisFlow):
        return None
    return Lookout(network, precision, Workers(threads, "model"), looks=looks)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A colorizer with its weights on a device, and the film network that the engine runs with it.

    `weights` says which they are: the SHA-256 of the file; of another package's, the package and what it
    states itself.
    """

    colorizer: Colorizer
    network: FilmNetwork
    weights: str

    def choose_palette(self, number: int) -> None:
        """0 to `colorizer.abilities.palettes`."""
        cast(PaletteColorizer, self.colorizer).choose_palette(number)

    def choose_vividness(self, vivid: float | None) -> None:
        """0 to 1, of a colorizer that `is_vivid_at_will`; None is its own choice."""
        cast(VividColorizer, self.colorizer).choose_vividness(vivid)


def load_colorizer(name: str, device: torch.device) -> Loaded:
    """Whatever the registry has under `name`.

    Raises what `load_network` raises, and BrokenColorizer where another package's does not work.
    """
    from tcvc_cli.model.weights.store import sha256

    if name in BUILT_IN:
        network = cast(FilmNetwork, load_network(name, device))
        return Loaded(network, network, sha256(name))
    colorizer, offer = load_packaged(name, device)

    def says(why: str) -> TcvcError:
        return broken(offer, why)

    guarded = cast(Colorizer, Guarded(colorizer, says))
    return Loaded(guarded, film_network_of(colorizer, says), f"{offer.package}: {colorizer.weights}")


def film_network_of(colorizer: Colorizer, broken: Callable[[str], TcvcError]) -> FilmNetwork:
    """What the engine runs with another package's colorizer: itself where it gives features, else its colours
    by flow. `broken` makes the error for when it fails."""
    if colorizer.abilities.gives == "features":
        return cast(FilmNetwork, Guarded(colorizer, broken))
    return ByFlow(colorizer, broken)


def load_observer(network: FilmNetwork, precision: Precision) -> Observer:
    """What finds places again: with the eyes of `network`, or of `tcvc-mini` where it has none."""
    device = precision.device
    eyes = network if network.abilities.sees_places else load_network("tcvc-mini", device)
    return Observer(network, cast(LookingNetwork, eyes), load_describer(device), precision)


def load_spreader(observer: Observer, precision: Precision) -> PointSpreader:
    """What says how far the colour of a place speaks for others, with `tcvc-points`. WeightsMissing or
    WeightsRefused."""
    from tcvc_cli.model.weights.store import load

    kernel = PointKernel()
    kernel.load_state_dict(load("tcvc-points"))
    kernel.eval().requires_grad_(requires_grad=False).to(precision.device)
    return PointSpreader(observer, kernel)


def load_describer(device: torch.device) -> Describer:
    """`tcvc-places`, in eval mode. WeightsMissing or WeightsRefused."""
    from tcvc_cli.model.weights.store import load

    describer = Describer()
    describer.load_state_dict(load("tcvc-places"))
    return describer.eval().requires_grad_(requires_grad=False).to(device)


def load_network(name: str, device: torch.device, weights_file: Path | None = None) -> nn.Module:
    """The network of tcvc called `name` with its weights, in eval mode on `device`; a `FilmNetwork`.

    UnknownModel, WeightsMissing or WeightsRefused when there is no such thing to load.
    """
    from tcvc_cli.model.weights.store import load  # kept out of the import: it needs the hub only to pull

    with torch.device("meta"):  # drawing weights at random that are then replaced takes a second
        network = create(name)
    state = load(name) if weights_file is None else load(name, weights_file)
    kinds = {key: value.dtype for key, value in network.state_dict().items()}
    # A copy of each, as wide as the network has it. `to_empty` would make the same, and import sympy for it.
    state = {key: value.to(kinds[key], copy=True) for key, value in state.items()}
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(requires_grad=False).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
