"""How cheap the flow between frames may be before the colours that are carried along it are worse.

python -m benchmarks.flows FOLDER [--only NAME ...] [--frames N] [--settings NAME ...]

FOLDER holds colour films and folders of JPEG frames. Of the longest shot of each, the true colours of every
16th frame are carried to the frames between, as the tool carries those of its anchors, along flow that is
measured with each of the settings; they are compared with the true colours of these frames. The same of
every third frame of each film, which moves three times as fast, and of a pan over photographs that reaches
40 px a frame. Time is that of the processor, with one thread, for one flow at the model's size. Warp error
is that of the carried colours, along flow that is measured at the film's size.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from skimage import data
from torch import Tensor
from torch.nn import functional as F

from benchmarks.clips import INTERVAL, Film, films, shots_of, true_ab
from benchmarks.coloring import Colorizer, grey_luma
from benchmarks.machine import probe
from tcvc_cli.measure.fidelity import AB_PEAK, mean_square, psnr_of
from tcvc_cli.measure.warp_error import FlowMeter, Motion, SteadinessMeter
from tcvc_cli.model.flow import MEDIUM, OF_STATES, DisFlow, DisSettings
from tcvc_cli.model.propagate import Span, flows_of, motion_of, propagate

Floats = NDArray[np.float32]
SETTINGS = {
    "preset MEDIUM": MEDIUM,
    "2 refinements (used)": OF_STATES,
    "no refinement": DisSettings(refinement_iterations=0),
    "12 descents": DisSettings(descent_iterations=12),
    "patches 4 px apart": DisSettings(patch_stride_px=4),
    "finest scale 2": DisSettings(finest_scale=2),
    "finest scale 2, patches of 6 px, 2 refinements": DisSettings(2, 6, refinement_iterations=2),
}
_SPEED = 3  # of films that are shown faster
_PAN, _PAN_PX, _PAN_FRAMES = "pan", 40, 49


@dataclass(frozen=True, slots=True)
class Clip:
    """`lightness` (T, 1, H, W) at the model's size, T one more than a multiple of INTERVAL; the true `ab`
    (T, 2, h, w) at the size of the states, and the motion of the film at the model's size."""

    name: str
    lightness: Tensor
    ab: Tensor
    motion: tuple[Motion | None, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """`cpu_ms` of one flow; PSNR and mean distance of ab to the truth between anchors; warp error."""

    cpu_ms: float
    psnr_db: float
    distance: float
    warp_error: float


def pan() -> Film:
    """Over photographs side by side, there and back, with grain: 40 px a frame where it is fastest."""
    height, width = 192, 344
    photographs = (data.astronaut(), data.coffee(), data.chelsea())
    scaled = [cv2.resize(one, (round(height * one.shape[1] / one.shape[0]), height)) for one in photographs]
    scene, rng = np.hstack(scaled).astype(np.float32), np.random.default_rng(0)
    reach = (scene.shape[1] - width) / 2
    rgb = []
    for number in range(_PAN_FRAMES):
        x = reach * (1 - math.cos(number * _PAN_PX / reach))
        moved = cv2.warpAffine(scene, np.array([[1, 0, -x], [0, 1, 0]], np.float32), (width, height))
        grain = rng.normal(0, 3, (height, width, 1))
        rgb.append(np.clip(moved + grain, 0, 255).astype(np.uint8))
    return Film(_PAN, rgb, [grey_luma(one) for one in rgb])


def grid(size: Sequence[int]) -> Floats:
    """x and y of every pixel, (H, W, 2), of width and height `size`."""
    return np.dstack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in size)))


def shrunk(motion: Motion | None, size: tuple[int, int]) -> Motion | None:
    """To width and height `size`."""
    if motion is None:
        return None
    old = motion.mask.shape[::-1]
    grids = [
        np.dstack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in of))) for of in (old, size)
    ]
    flow = cv2.resize(motion.places - grids[0], size, interpolation=cv2.INTER_AREA)
    scale = np.divide(size, old, dtype=np.float32)
    mask = cv2.resize(motion.mask, size, interpolation=cv2.INTER_AREA)
    return Motion(np.asarray(flow * scale + grid(size), np.float32), np.asarray(mask, np.float64))


def clip_of(film: Film, colorizer: Colorizer, step: int = 1) -> Clip | None:
    """Of every `step`-th frame of the film's longest shot; None where that is too short."""
    shot = max(shots_of(film.luma), key=len) if film.name != _PAN else range(len(film.luma))
    part = range(shot.start, shot.stop, step)
    part = part[: (len(part) - 1) // INTERVAL * INTERVAL + 1]
    if len(part) <= INTERVAL:
        return None
    lightness = colorizer.lightness([film.luma[place] for place in part])
    stride = colorizer.network.abilities.stride
    size = [side // stride for side in lightness.shape[-2:]]
    colors = [torch.from_numpy(true_ab(film.rgb[place]).transpose(2, 0, 1).copy())[None] for place in part]
    ab = torch.cat([F.interpolate(one.float(), size, mode="area") for one in colors])
    meter, height, width = FlowMeter(), *lightness.shape[-2:]
    motion = tuple(shrunk(meter.add(film.lightness(place)), (width, height)) for place in part)
    return Clip(film.name if step == 1 else f"{film.name} x{step}", lightness, ab, motion)


def clips(of_films: Iterator[Film], colorizer: Colorizer) -> Iterator[Clip]:
    """Each film at its speed, and faster where it is long enough."""
    for film in of_films:
        for step in (1,) if film.name == _PAN else (1, _SPEED):
            clip = clip_of(film, colorizer, step)
            if clip is not None:
                yield clip


@torch.inference_mode()
def score(clip: Clip, settings: DisSettings, colorizer: Colorizer) -> Score:
    network, count = colorizer.network, len(clip.ab)
    started = time.process_time()
    flows = flows_of(clip.lightness, DisFlow(settings))
    cpu_s = time.process_time() - started
    motion = motion_of(clip.lightness, flows, network.abilities.stride)
    spans = [Span(first, first + INTERVAL) for first in range(0, count - 1, INTERVAL)]
    states = torch.cat([clip.ab, torch.ones_like(clip.ab[:, :1])], 1)
    anchors = {place: states[place] for place in range(0, count, INTERVAL)}
    contexts = network.contexts(clip.lightness)
    ab = propagate(network, motion, contexts, spans, anchors)[:, :2]
    between = [place for place in range(count) if place % INTERVAL]
    apart = (ab - clip.ab)[between].square().sum(1).sqrt()
    square = mean_square(ab[between].numpy(), clip.ab[between].numpy())
    steady = SteadinessMeter()
    for small, moved in zip(ab, clip.motion, strict=True):
        large = F.interpolate(small[None], clip.lightness.shape[-2:], mode="bilinear", align_corners=False)
        steady.add(large[0].permute(1, 2, 0).numpy(), moved)
    result = steady.result()
    assert result is not None
    cpu_ms = 1000 * cpu_s / (2 * (count - 1))
    return Score(cpu_ms, psnr_of(square, peak=AB_PEAK), float(apart.mean()), result.warp_error)


def row(name: str, scores: Sequence[Score], usual: Sequence[Score]) -> str:
    """One line of the table: means over the clips, and how far the worst of them is from `usual`."""

    def mean(values: Sequence[float]) -> float:
        return float(np.mean(values))

    lost = [one.psnr_db - other.psnr_db for one, other in zip(scores, usual, strict=True)]
    return (
        f"| {name} | {mean([one.cpu_ms for one in scores]):.2f} | {mean([one.psnr_db for one in scores]):.2f}"
        f" | {mean(lost):+.3f} | {min(lost):+.2f} | {mean([one.distance for one in scores]):.3f}"
        f" | {mean([one.warp_error for one in scores]):.4f} |"
    )


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="names of films")
    parser.add_argument("--frames", type=int, default=50, help="of each film, from its first")
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    chosen = parser.parse_args()
    print(probe(), flush=True)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    colorizer = Colorizer()
    of_all = chain([pan()], films(chosen.folder, chosen.only, chosen.frames))
    first = next(iter(SETTINGS))
    names = list(dict.fromkeys([first, *chosen.settings]))
    found: dict[str, list[Score]] = {name: [] for name in names}
    for clip in clips(of_all, colorizer):
        for name in names:
            found[name].append(score(clip, SETTINGS[name], colorizer))
        usual = found[first][-1]
        changes = ", ".join(f"{found[name][-1].psnr_db - usual.psnr_db:+.2f}" for name in names[1:])
        print(f"{clip.name}: {len(clip.ab)} frames, {usual.psnr_db:.2f} dB, {changes}", flush=True)
    print("\n| settings | ms of CPU | ab PSNR, dB | change | worst clip | distance | warp error |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, scores in found.items():
        print(row(name, scores, found[first]))


if __name__ == "__main__":
    main()
