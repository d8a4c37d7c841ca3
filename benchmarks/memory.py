"""Peak memory of a long film beside that of a short one: it must not depend on the length.

python -m benchmarks.memory [--short SECONDS] [--long SECONDS] [--size 320x240]

Both films are the same pictures over and over, once with a cut every 4 s and once as a single shot. Each
runs in a process of its own; the figure is its largest resident memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice, pairwise
from pathlib import Path

import av
import numpy as np

from benchmarks.machine import probe
from benchmarks.throughput import moving_pictures

RATE = 24
SHOT_S = 4
SETTINGS = ("--model-size", "64", "--device", "cpu", "-q", "-y")


def make_film(path: Path, size: tuple[int, int], seconds: int) -> None:
    """H.264 in Matroska; two seconds of pictures, forwards and backwards for ever."""
    pictures = [picture for picture, _ in zip(moving_pictures(*size, 3 * RATE), range(RATE), strict=False)]
    with av.open(str(path), "w") as film:
        video = film.add_stream("libx264", rate=RATE, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        for number, picture in enumerate(islice(cycle(pictures + pictures[::-1]), seconds * RATE)):
            turned = np.ascontiguousarray(picture[::-1]) if number // RATE // SHOT_S % 2 else picture
            frame = av.VideoFrame.from_ndarray(turned, "gray").reformat(format="yuv420p")
            frame.pts = number
            film.mux(video.encode(frame))
        film.mux(video.encode(None))


def peak_mib(film: Path, shots: Sequence[int]) -> float:
    """Of `tcvc colorize` with shots that begin at these frames; the last number is the end."""
    table = film.with_suffix(".csv")
    rows = [f"{start},{stop}" for start, stop in pairwise(shots)]
    table.write_text("\n".join(["start_frame,stop_frame", *rows]))
    output = film.with_name("result.mkv")
    command = [sys.executable, "-m", "tcvc_cli", "colorize", str(film), "-o", str(output)]
    process = subprocess.Popen([*command, "--shots", str(table), *SETTINGS])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the command failed with status {status}")
    return usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", type=int, default=120, metavar="SECONDS")
    parser.add_argument("--long", type=int, default=3600, metavar="SECONDS")
    parser.add_argument("--size", default="320x240")
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    print(probe())
    with tempfile.TemporaryDirectory() as place:
        for name in ("a cut every 4 s", "a single shot"):
            peaks = []
            for seconds in (given.short, given.long):
                film, frames = Path(place) / f"{seconds}.mkv", seconds * RATE
                if not film.exists():
                    make_film(film, (width, height), seconds)
                step = SHOT_S * RATE if name != "a single shot" else frames
                peaks.append(peak_mib(film, [*range(0, frames, step), frames]))
            print(
                f"{name}: {given.short} s {peaks[0]:.0f} MiB, {given.long} s {peaks[1]:.0f} MiB", flush=True
            )


if __name__ == "__main__":
    main()
