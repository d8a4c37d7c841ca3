"""Which machine computed what, for the sidecar."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """`host` is its name, `processor` what its CPU calls itself. `capability` is the instruction set that
    PyTorch uses there, and `device` what the network's layers were computed on, and how precisely: where both
    are the same, so are the colours, bit for bit."""

    host: str
    processor: str
    capability: str
    device: str


def this_machine(device: str, precision: str) -> Machine:
    """`device` and `precision` as PyTorch calls them."""
    import torch  # sidecars are read without it

    capability = torch.backends.cpu.get_cpu_capability()
    return Machine(platform.node(), _processor(), capability, f"{device} ({precision})")


@cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
