"""Speed and peak memory with a reference for every shot, beside the automatic run.

python -m benchmarks.references_speed [--shots 20] [--seconds 60] [--short 0.25] [--size 854x480]

Makes a grey film of so many shots, each a camera moving over another part of a photograph, and the middle
frame of each in colour. `tcvc colorize` runs on it without and with the pictures, and on a film of the
`short` part of both its shots and its length, each time in a process of its own; the shots are given as a
list. Frames per second are of the whole command, start included; memory is the largest resident one. 200
shots in 1200 seconds are a film of twenty minutes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from benchmarks.coloring import Bytes
from benchmarks.machine import probe
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.records import Shot

RATE: Final = 24
_PHOTOGRAPHS: Final = (data.astronaut, data.coffee, data.chelsea, data.rocket)
_PAN_PX: Final = (0.8, 0.4)  # a frame


@dataclass(frozen=True, slots=True)
class ShotsFilm:
    """A film on disk, its list of shots, and the folder of a picture for each."""

    path: Path
    shots: Path
    pictures: Path
    frames: int


@dataclass(frozen=True, slots=True)
class Run:
    seconds: float
    peak_mib: float


def shots_of(count: int, seconds: float) -> list[Shot]:
    """`count` shots of nearly equal length."""
    frames = max(count, round(seconds * RATE))
    edges = [number * frames // count for number in range(count + 1)]
    return [Shot(start, stop) for start, stop in pairwise(edges)]


def scene(number: int, size: tuple[int, int], frames: int) -> Iterator[Bytes]:
    """(H, W, 3) RGB of a shot; `size` is (width, height). No two numbers show the same."""
    rng = np.random.default_rng(number)
    photograph: Bytes = _PHOTOGRAPHS[number % len(_PHOTOGRAPHS)]()  # type: ignore[no-untyped-call]
    photograph = photograph[..., rng.permutation(3)]
    if rng.random() < 0.5:
        photograph = photograph[:, ::-1]
    scale = max(size[0] / photograph.shape[1], size[1] / photograph.shape[0]) * rng.uniform(1.4, 3)
    room = [scale * side - of for side, of in zip(photograph.shape[1::-1], size, strict=True)]
    start, way = rng.uniform(0.1, 0.9, 2) * room, rng.choice((-1, 1), 2)
    still = np.ascontiguousarray(photograph)
    for frame in range(frames):
        x, y = start + way * frame * np.array(_PAN_PX)
        move = np.array([[scale, 0, -x], [0, scale, -y]], np.float32)
        seen = cv2.warpAffine(still, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        yield np.asarray(seen, np.uint8)


def make_film(folder: Path, size: tuple[int, int], shots: list[Shot]) -> ShotsFilm:
    """H.264 in Matroska, grey with grain; a PNG for each shot, named after its frame."""
    folder.mkdir()
    film = ShotsFilm(folder / "film.mkv", folder / "shots.csv", folder / "pictures", shots[-1].stop)
    film.pictures.mkdir()
    rows = [f"{shot.start},{shot.stop}" for shot in shots]
    film.shots.write_text("\n".join(["start_frame,stop_frame", *rows]) + "\n")
    grain = np.random.default_rng(0).normal(0, 3, (2 * size[1], 2 * size[0])).astype(np.float32)
    with av.open(str(film.path), "w") as file:
        video = file.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "18"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        for number, shot in enumerate(shots):
            for frame, rgb in enumerate(scene(number, size, len(shot)), shot.start):
                if frame == (shot.start + shot.stop) // 2:
                    cv2.imwrite(str(film.pictures / f"ref_{frame:06d}.png"), rgb[..., ::-1])
                grey = av.VideoFrame.from_ndarray(_grey(rgb, grain, frame), format="gray")
                file.mux(video.encode(grey.reformat(format="yuv420p")))
        file.mux(video.encode(None))
    return film


def _grey(rgb: Bytes, grain: NDArray[np.float32], frame: int) -> Bytes:
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    random = np.random.default_rng(frame)
    y, x = (int(random.integers(0, side)) for side in luma.shape)
    aged = luma + grain[y : y + luma.shape[0], x : x + luma.shape[1]]
    return np.asarray(np.clip(aged, 0, 255), np.uint8)


def run_command(film: ShotsFilm, model: str, *, has_references: bool) -> Run:
    """`tcvc colorize` in a process of its own."""
    command = [sys.executable, "-m", "tcvc_cli", "colorize", str(film.path), "--shots", str(film.shots)]
    command += ["-o", str(film.path.with_name("result.mkv")), "--model", model, "-q", "-y"]
    command += ["--refs", str(film.pictures)] if has_references else []
    started = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the command failed with status {status}")
    return Run(time.monotonic() - started, usage.ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--short", type=float, default=0.25, metavar="PART")
    parser.add_argument("--size", default="854x480")
    parser.add_argument("--model", default=DEFAULT)
    chosen = parser.parse_args()
    width, height = map(int, chosen.size.split("x"))
    print(probe(), end="\n\n")
    long_runs: list[Run] = []
    for part in (chosen.short, 1.0):
        shots = shots_of(max(1, round(chosen.shots * part)), chosen.seconds * part)
        with tempfile.TemporaryDirectory() as place:
            film = make_film(Path(place) / "film", (width, height), shots)
            print(f"{len(shots)} shots, {film.frames} frames of {width} x {height}")
            long_runs.clear()
            for has_references in (False, True):
                run = run_command(film, chosen.model, has_references=has_references)
                long_runs.append(run)
                name = "a reference for each" if has_references else "automatic"
                rate = film.frames / run.seconds
                print(f"  {name:22s} {rate:7.2f} frames/s, peak {run.peak_mib:6.0f} MiB", flush=True)
    automatic, referenced = long_runs
    print(f"with references {automatic.seconds / referenced.seconds:.0%} of the automatic speed")


if __name__ == "__main__":
    main()
