"""What this machine is: printed beside every figure, so that figures can be compared.

python -m benchmarks.machine
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import av
import psutil
import torch

from tcvc_cli.model.runtime import fast_bfloat16_instructions

_SIDE = 1024
_LEAST_S = 0.3


@dataclass(frozen=True, slots=True)
class Machine:
    """`gflops_*`: 1024 x 1024 matrix products on all cores, best of several."""

    cpu: str
    cores: int
    memory_gib: float
    instructions: str
    gflops_float32: float
    gflops_bfloat16: float
    gpu: str | None
    python: str
    torch: str
    av: str

    def __str__(self) -> str:
        lines = (
            f"cpu     {self.cpu}, {self.cores} cores, {self.memory_gib:.0f} GiB, {self.instructions}",
            f"matmul  {self.gflops_float32:.3g} GFLOP/s float32, {self.gflops_bfloat16:.3g} GFLOP/s bfloat16",
            f"gpu     {self.gpu or 'none'}",
            f"with    Python {self.python}, torch {self.torch}, PyAV {self.av}",
        )
        return "\n".join(lines)


def probe() -> Machine:
    """Measures for about two seconds."""
    return Machine(
        cpu=cpu_name(),
        cores=os.cpu_count() or 1,
        memory_gib=psutil.virtual_memory().total / 2**30,
        instructions=instructions(),
        gflops_float32=gflops(torch.float32),
        gflops_bfloat16=gflops(torch.bfloat16),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        python=platform.python_version(),
        torch=torch.__version__,
        av=av.__version__,
    )


def cpu_name() -> str:
    rows = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [row.split(":", 1)[1].strip() for row in rows if row.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def instructions() -> str:
    """The vector instructions that PyTorch uses here, and whether it has fast bfloat16."""
    return " ".join([torch.backends.cpu.get_cpu_capability(), *fast_bfloat16_instructions()])


def gflops(dtype: torch.dtype) -> float:
    a = torch.rand(_SIDE, _SIDE).to(dtype)
    torch.mm(a, a)
    best, until = float("inf"), time.perf_counter() + _LEAST_S
    while time.perf_counter() < until:
        started = time.perf_counter()
        torch.mm(a, a)
        best = min(best, time.perf_counter() - started)
    return 2 * _SIDE**3 / best / 1e9


if __name__ == "__main__":
    print(probe())
