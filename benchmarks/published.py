"""How much faster is `tcvc-idc` than the published sequence of calls, on the same weights and the same clip?

    python -m benchmarks.published                       # 256x256, 17 frames between the anchors
    python -m benchmarks.published --interval 4          # a quarter of the time
    python -m benchmarks.published --bf16 always         # also where the CPU has no fast bfloat16

The slow twin keeps what the published forward pass does: the tail of the anchor branch twice, features
of the lightness three times a frame, flows, warps and masks that only losses read, and all features of
both passes until the end. Both sides share convolutions, correlation and warp, so the difference is the
sequence, the batching and the memory layout. Each side runs in a process of its own; weights follow the
rule of examples/filled_weights.py, and do not change the time.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from examples.filled_weights import published_model
from tcvc_cli.model.networks.idc import TcvcIdc
from tcvc_cli.model.networks.siggraph17 import Siggraph17
from tcvc_cli.model.runtime import has_fast_bfloat16
from tcvc_cli.model.warp import warp

Side = Literal["twin", "ours", "ours-bf16"]


@dataclass(frozen=True, slots=True)
class Measured:
    """`wall_s` and `cpu_s` of the forward pass alone; `peak_mib` of the whole process."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def main() -> None:
    arguments = _parsed()
    if arguments.side:
        _run_side(arguments.side, arguments.interval, arguments.size, arguments.threads, Path(arguments.save))
        return
    _print_machine(arguments.threads)
    frames = arguments.interval + 2
    print(f"clip: {frames} frames of {arguments.size}x{arguments.size} px, two of them anchors")
    sides: list[Side] = ["twin", "ours"]
    if arguments.bf16 == "always" or (arguments.bf16 == "auto" and has_fast_bfloat16(torch.device("cpu"))):
        sides.append("ours-bf16")
    else:
        print("bfloat16: not measured, this CPU emulates it")
    _compare(sides, arguments)


def _parsed() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--interval", type=int, default=17, help="frames between the two anchors")
    parser.add_argument("--size", type=int, default=256, help="px, a multiple of 64")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--bf16", choices=["auto", "always", "never"], default="auto")
    parser.add_argument("--side", choices=["twin", "ours", "ours-bf16"], help=argparse.SUPPRESS)
    parser.add_argument("--save", help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare(sides: list[Side], arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        results = {side: _in_own_process(side, arguments, Path(folder) / f"{side}.npy") for side in sides}
        twin, twin_ab = results["twin"], np.load(Path(folder) / "twin.npy")
        for side, found in results.items():
            apart = np.abs(np.load(Path(folder) / f"{side}.npy") - twin_ab)
            print(
                f"{side:9} {found.wall_s:7.1f} s wall {found.cpu_s:7.1f} s CPU {found.peak_mib:6.0f} MiB peak"
                f" | {twin.wall_s / found.wall_s:4.2f}x wall {twin.cpu_s / found.cpu_s:4.2f}x CPU"
                f" | ab / 110 differs by {apart.max():.1e} at most, {apart.mean():.1e} on average"
            )


def _in_own_process(side: Side, arguments: argparse.Namespace, save: Path) -> Measured:
    sizes = [f"--interval={arguments.interval}", f"--size={arguments.size}", f"--threads={arguments.threads}"]
    command = [sys.executable, "-m", "benchmarks.published", f"--side={side}", f"--save={save}", *sizes]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(done.stdout))


def _run_side(side: Side, interval: int, size_px: int, threads: int, save: Path) -> None:
    torch.set_num_threads(threads)
    model = published_model()
    clip = _moving_pattern(interval + 2, size_px)
    if side == "ours-bf16":
        model.bfloat16()
    if side != "twin":  # as the film pipeline does
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    forward: Callable[[Tensor], Tensor] = model if side != "twin" else lambda x: published_forward(model, x)
    forward(clip[:, :3, ..., :64, :64])  # the first call sets up oneDNN
    wall, cpu = time.perf_counter(), time.process_time()
    ab = forward(clip)
    wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    np.save(save, ab[0].numpy())
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(asdict(Measured(wall_s, cpu_s, peak_mib))))


def _moving_pattern(count: int, size_px: int) -> Tensor:
    """(1, count, 1, size, size) centred lightness: waves that drift by 2 px across and 1 px down a frame."""
    y, x = np.mgrid[:size_px, :size_px].astype(float)
    frames = []
    for t in range(count):
        u, v, turn = x - 2 * t, y - t, 2 * math.pi
        waves = 0.22 * np.sin(turn * u / 16) * np.cos(turn * v / 11) + 0.15 * np.sin(turn * (u + 2 * v) / 23)
        frames.append(waves + 0.08 * np.cos(turn * (3 * u - v) / 29))
    return torch.from_numpy(np.stack(frames).astype(np.float32))[None, :, None]


def _print_machine(threads: int) -> None:
    torch.set_num_threads(threads)
    a = torch.randn(2048, 2048)
    (a @ a).sum()
    start = time.perf_counter()
    for _ in range(4):
        a @ a
    gflops = 4 * 2 * 2048**3 / (time.perf_counter() - start) / 1e9
    cpu = torch.cpu.get_capabilities().get("cpu_name", platform.processor())
    instructions, load = torch.backends.cpu.get_cpu_capability(), os.getloadavg()[0]
    print(f"machine: {cpu}, {os.cpu_count()} cores, {instructions}")
    print(f"torch {torch.__version__}, {threads} threads")
    print(f"probe: float32 matrix product {gflops:.0f} GFLOP/s, load {load:.1f}")


# The slow twin ------------------------------------------------------------------------------------


@torch.no_grad()
def published_forward(model: TcvcIdc, lightness_centred: Tensor) -> Tensor:
    """(B, T, 1, H, W) -> ab (B, T, 2, H, W), by the published sequence of calls, losses' inputs included."""
    x = lightness_centred.unbind(1)
    last = len(x) - 1
    ab = [Tensor() for _ in x]
    forward, backward = [Tensor() for _ in x], [Tensor() for _ in x]
    ab[0], forward[0] = _published_anchor(model.fea_key, x[0])
    ab[last], backward[last] = _published_anchor(model.fea_key, x[last])
    for i in range(last - 1, 0, -1):
        backward[i] = warp(backward[i + 1], _published_flow(model, x[i], x[i + 1]))
    for_losses = [_published_carried(model, x, ab, 0, 1)]
    for i in range(1, last):
        forward[i] = _published_step(model, x, forward, backward, i)
        ab[i] = model.fea_key.model_out(forward[i])
        for_losses.append(_published_carried(model, x, ab, i, i + 1))
    out = torch.stack(ab, 1)
    for_losses += [_published_carried(model, x, ab, i, i + 2) for i in range(last - 1)]
    torch.stack([each for each, _ in for_losses], 1)
    torch.stack([mask for _, mask in for_losses], 1)
    return out


def _published_anchor(branch: Siggraph17, x: Tensor) -> tuple[Tensor, Tensor]:
    c1 = branch.model1(F.pad(x, (0, 0, 0, 0, 0, 3)))
    c2 = branch.model2(c1[:, :, ::2, ::2])
    c3 = branch.model3(c2[:, :, ::2, ::2])
    c7 = branch.model7(branch.model6(branch.model5(branch.model4(c3[:, :, ::2, ::2]))))
    c8 = branch.model8(branch.model8up(c7) + branch.model3short8(c3))
    _published_tail(branch, c1, c2, c8)
    return _published_tail(branch, c1, c2, c8)


def _published_tail(branch: Siggraph17, c1: Tensor, c2: Tensor, c8: Tensor) -> tuple[Tensor, Tensor]:
    c9 = branch.model9(branch.model9up(c8) + branch.model2short9(c2))
    features = branch.model10(branch.model10up(c9) + branch.model1short10(c1))
    return branch.model_out(features), features


def _published_flow(model: TcvcIdc, first: Tensor, second: Tensor) -> Tensor:
    flow: Tensor = model.flow(first * 100, second * 100)
    return flow


def _published_carried(
    model: TcvcIdc, x: tuple[Tensor, ...], ab: list[Tensor], source: int, target: int
) -> tuple[Tensor, Tensor]:
    """Colours of `source` on the grid of `target`, and the mask; only losses read them."""
    flow = _published_flow(model, x[target], x[source])
    mask = torch.exp(-50 * (x[target] - warp(x[source], flow)).sum(1, keepdim=True).square())
    return warp(ab[source], flow), mask


def _published_step(
    model: TcvcIdc, x: tuple[Tensor, ...], forward: list[Tensor], backward: list[Tensor], i: int
) -> Tensor:
    warped = warp(forward[i - 1], _published_flow(model, x[i], x[i - 1]))
    around = [model.L_fea_extractor(x[j]) for j in (i - 1, i, i + 1)]
    weight = torch.sigmoid(model.weigting(torch.cat((*around, backward[i], warped), 1)))
    mixed = weight * warped + (1 - weight) * backward[i]
    reduced = [model.channel_reduction(each) for each in (backward[i + 1], forward[i - 1], mixed)]
    refined: Tensor = model.feature_refine(torch.cat((*around, *reduced), 1))
    return mixed + refined


if __name__ == "__main__":
    main()
