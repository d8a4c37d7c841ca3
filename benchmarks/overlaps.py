"""How many frames should two windows share? By what comes of colour films shown grey, and by the anchors that
have to be looked at.

python -m benchmarks.overlaps FOLDER... [--overlaps 1 8 17] [--frames 150]

Of each clip of at least 90 frames: PSNR of ab against the true ones, flicker and drift as the report has
them, and the anchors of all windows, each counted once. Means over the clips stand at the end.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.coloring import add_model, chosen_network, grey_luma
from benchmarks.machine import probe
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.color.lightness import lightness_from_luma
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.runtime import precision_on
from tcvc_cli.model.shot import color_shot, coloring_of
from tcvc_cli.plan.model_size import model_size
from tcvc_cli.plan.steps import InWindows, anchors_of
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Shot
from tcvc_cli.run.appraise.meter import SegmentMeter

Floats = NDArray[np.float32]
_LEAST_FRAMES = 90
_INTERVAL_FRAMES = 16


def pictures(clip: Path, frames: int, size_px: int) -> Iterator[NDArray[np.uint8]]:
    """(H, W, 3) RGB at the model's size."""
    with av.open(str(clip)) as film:
        for frame in islice(film.decode(video=0), frames):
            rgb = frame.to_ndarray(format="rgb24")
            height, width = rgb.shape[:2]
            size = model_size(width, height, sample_aspect=Fraction(1), short_side_px=size_px, multiple=4)
            yield np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def true_colors(picture: NDArray[np.uint8]) -> Floats:
    """ab (2, H/4, W/4)."""
    ab = lab_from_rgb(picture.astype(np.float32) / 255)[..., 1:]
    size = (picture.shape[1] // 4, picture.shape[0] // 4)
    small = cv2.resize(np.ascontiguousarray(ab), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).transpose(2, 0, 1)


def judged(engine: Engine, seen: list[NDArray[np.uint8]], overlap: int) -> tuple[float, float, float, int]:
    """PSNR in dB, flicker, drift, and anchors."""
    lightness = [lightness_from_luma(grey_luma(one), bit_depth=8, full_range=True) for one in seen]
    steps = InWindows(_INTERVAL_FRAMES, overlap).steps(Take(Shot(0, len(seen))))
    meter, error = SegmentMeter(engine, range(len(seen))), 0.0
    colors = color_shot(coloring_of("windows", engine), steps, iter(lightness))
    for number, (light, ab) in enumerate(zip(lightness, colors, strict=True)):
        meter.add(number, light, ab)
        error += float(np.square(ab - true_colors(seen[number])).mean()) / len(seen)
    found = meter.result()
    assert found is not None
    psnr = 10 * np.log10(255**2 / error)
    return float(psnr), found.flicker or 0.0, found.drift or 0.0, len(anchors_of(steps))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--overlaps", type=int, nargs="+", default=[1, 8, 17])
    parser.add_argument("--frames", type=int, default=150)
    add_model(parser)
    chosen = parser.parse_args()
    print(probe())
    network = chosen_network(chosen)
    engine = Engine(network, precision_on(torch.device("cpu")))
    every = defaultdict[int, list[tuple[float, float, float, int]]](list)
    for clip in (one for folder in chosen.folders for one in sorted(folder.glob("*.mp4"))):
        seen = list(pictures(clip, chosen.frames, network.abilities.native_size_px))
        if len(seen) < _LEAST_FRAMES:
            continue
        for overlap in chosen.overlaps:
            found = judged(engine, seen, overlap)
            every[overlap].append(found)
            print(f"{clip.stem[:28]:28s} {overlap:3d} " + _row(found), flush=True)
    for overlap, found_of in every.items():
        psnr, flicker, drift, anchors = (float(np.mean(one)) for one in zip(*found_of, strict=True))
        print(f"{len(found_of)} clips{'':21s} {overlap:3d} " + _row((psnr, flicker, drift, anchors)))


def _row(found: tuple[float, float, float, float]) -> str:
    psnr, flicker, drift, anchors = found
    return f"PSNR {psnr:6.2f} dB, flicker {flicker:.4f}, drift {drift:.3f}, anchors {anchors:.1f}"


if __name__ == "__main__":
    main()
