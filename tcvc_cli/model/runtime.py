"""From names to a network that is ready to run: device, precision, weights."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from tcvc_cli.errors import DeviceUnavailable
from tcvc_cli.model import create
from tcvc_cli.model.engine import Precision


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


def has_fast_bfloat16() -> bool:
    """True on a CPU with AMX or AVX512-bf16, where bfloat16 convolutions run several times faster."""
    flags = torch.cpu.get_capabilities()
    return bool(flags.get("amx_bf16") or flags.get("avx512_bf16"))


def precision_on(device: torch.device) -> Precision:
    """The fastest arithmetic that the device does well."""
    if device.type == "cpu":
        return Precision(device, torch.bfloat16 if has_fast_bfloat16() else torch.float32)
    if device.type == "cuda":
        return Precision(device, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16)
    return Precision(device, torch.float32)


def use_repeatable_threads() -> None:
    """At least two threads in PyTorch, on one core too: with one alone, oneDNN sums some convolutions in
    another order, and a few samples of a film come out different."""
    torch.set_num_threads(max(2, torch.get_num_threads()))


def load_network(name: str, device: torch.device, weights_file: Path | None = None) -> nn.Module:
    """The network `name` with its weights, in eval mode on `device`; a `FilmNetwork`.

    UnknownModel, WeightsMissing or WeightsRefused when there is no such thing to load.
    """
    from tcvc_cli.model.weights.store import load  # kept out of the import: it needs the hub only to pull

    network = create(name)
    network.load_state_dict(load(name) if weights_file is None else load(name, weights_file))
    return network.eval().requires_grad_(requires_grad=False).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
