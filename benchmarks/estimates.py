"""What `tcvc colorize --dry-run` says that a run takes, beside what it takes.

python -m benchmarks.estimates [--seconds 10 120 1200] [--size 320x240] [--preset NAME] [--model NAME]

Makes grey films with sound, of shots of 2 to 7 s that differ in detail, grain and motion. Of each it asks
for an estimate with an empty calibration, and with one that is learned from a run on another film, then
colours it. Every command is a process of its own; times are those of the whole process, by the clock on the
wall: measure on a machine that does nothing else. The user's own calibration is not touched.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from benchmarks.machine import probe
from benchmarks.throughput import RATE, make_film
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.run.estimating.calibration import ENVIRONMENT

LEARNED_FROM_S = 20
SHORTEST_S, LONGEST_S = 2, 7


def shots(width: int, height: int, frames: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Grey frames: each shot a part of a photograph, more or less sharp, with more or less grain, still
    or moving."""
    rng = np.random.default_rng(seed)
    scenes = [
        cv2.cvtColor(photograph(), cv2.COLOR_RGB2GRAY)  # type: ignore[no-untyped-call]
        for photograph in (data.astronaut, data.coffee, data.chelsea, data.rocket)
    ]
    left = frames
    while left > 0:
        length = min(left, int(rng.integers(SHORTEST_S * RATE, LONGEST_S * RATE)))
        scene = scenes[rng.integers(len(scenes))]
        sharp = cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.3, 3))
        grain = rng.normal(0, rng.uniform(0.5, 5), (2 * height, 2 * width)).astype(np.float32)
        zoom = max(width / scene.shape[1], height / scene.shape[0]) * rng.uniform(1.1, 2.5)
        over = np.array(scene.shape[::-1]) * zoom - (width, height)
        place, speed = -over * rng.uniform(0.1, 0.9, 2), rng.uniform(-1, 1, 2) * rng.choice((0, 0.5, 2))
        for number in range(length):
            shift = np.column_stack([np.eye(2) * zoom, place + speed * number]).astype(np.float32)
            picture = cv2.warpAffine(
                sharp, shift, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
            )
            y, x = rng.integers(0, height), rng.integers(0, width)
            noisy = picture + grain[y : y + height, x : x + width]
            yield np.clip(noisy, 0, 255).astype(np.uint8)
        left -= length


@dataclass(frozen=True, slots=True)
class Taken:
    """By one command: `last` is its last event."""

    seconds: float
    last: dict[str, Any]


def command(film: Path, calibration: Path, *more: str) -> Taken:
    """`tcvc colorize` in a process of its own."""
    started = time.monotonic()
    words = [sys.executable, "-m", "tcvc_cli", "colorize", str(film), "-y", "--json", *more]
    environment = {**os.environ, ENVIRONMENT: str(calibration)}
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Taken(time.monotonic() - started, json.loads(done.stdout.splitlines()[-1]))


def row(seconds: int, planned: Taken, real: Taken, real_mib: float) -> str:
    """An estimate beside what was true."""
    said_s, said_mib = planned.last["estimated_s"], planned.last["estimated_mib"]
    return (
        f"{seconds:6d} s  {planned.last['estimated_from']:11s}  {planned.seconds:7.1f} s"
        f"  {said_s:7.1f} {real.seconds:7.1f} {said_s / real.seconds:6.2f}"
        f"  {said_mib:7.2f} {real_mib:7.2f} {said_mib / real_mib:6.2f}"
    )


def measure(seconds: Sequence[int], size: tuple[int, int], more: Sequence[str]) -> Iterator[str]:
    """A row for each film and each way to estimate."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        none, learned = folder / "none.json", folder / "learned.json"
        another = folder / "another.mkv"
        make_film(another, size, LEARNED_FROM_S * RATE, shots(*size, LEARNED_FROM_S * RATE, 0))
        command(another, learned, *more)
        for number, length in enumerate(seconds, 1):
            film, result = folder / f"{length}.mkv", folder / f"{length}.color.mkv"
            make_film(film, size, length * RATE, shots(*size, length * RATE, number))
            planned = [command(film, one, "--dry-run", *more) for one in (none, learned)]
            real = command(film, none, "-o", str(result), *more)
            none.unlink(missing_ok=True)
            yield from (row(length, one, real, result.stat().st_size / 2**20) for one in planned)
            yield "          " + ", ".join(f"{stage} {taken:.1f} s" for stage, taken in real.last["timings"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, nargs="*", default=[10, 120])
    parser.add_argument("--size", default="320x240", help="width x height in px")
    parser.add_argument("--preset", default="access")
    parser.add_argument("--model", default=DEFAULT)
    chosen = parser.parse_args()
    width, height = map(int, chosen.size.split("x"))
    print(probe())
    print(f"{'':8s}  {'':11s}    dry run      time in s, real, ratio    size in MiB, real, ratio")
    for line in measure(
        chosen.seconds, (width, height), ("--preset", chosen.preset, "--model", chosen.model)
    ):
        print(line, flush=True)


if __name__ == "__main__":
    main()
