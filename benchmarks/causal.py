"""Colouring without a look ahead beside the tool's own way, which looks both ways.

python -m benchmarks.causal FOLDER [--held-out] [--only NAME ...] [--frames N] [--sheets FOLDER]
    [--dissolve N] [--rate FPS] [--piped N] [--model NAME]

FOLDER holds colour films and folders of JPEG frames. Each is turned grey and coloured frame by frame,
causally and both ways, each with the cuts that its way finds. Flicker and chroma as in benchmarks/clips.py,
ab PSNR over all pixels of all frames; ms are those of the model and of the flow for one frame.

With `--dissolve` every film is dissolved into the next of its size over N frames, and both are coloured
causally as one shot: ab PSNR of the frames that follow, beside that of a shot of their own.

Then the longest film goes through `tcvc colorize - -o - --format y4m`, N frames at a steady pace, with
`--causal` and without: how many frames had gone in when one came out, how long it took, and the largest
resident memory.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import IO

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.clips import Film, Score, films, score, sheet, shots_of, true_ab
from benchmarks.coloring import Colorizer, add_model, chosen_network
from benchmarks.machine import probe
from tcvc_cli.measure.fidelity import AB_PEAK, mean_square, psnr_of
from tcvc_cli.media.read.decode import Small
from tcvc_cli.model.causal.coloring import CausalColoring
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.runtime import choose_device, precision_on
from tcvc_cli.plan.shots.detector import find_shots
from tcvc_cli.plan.shots.online import LATENCY_FRAMES, OnlineShotDetector
from tcvc_cli.records import Shot
from tcvc_cli.train.material.motion import HELD_OUT

Floats = NDArray[np.float32]
WAYS = ("frame by frame", "causal", "two-way")


@dataclass(frozen=True, slots=True)
class Row:
    """Of one film, or the mean of several; `ms` for a frame."""

    score: Score
    psnr_db: float
    ms: float

    def __str__(self) -> str:
        score = self.score
        return f"{score.flicker:.4f} | {self.psnr_db:.2f} | {score.chroma:.1f} | {self.ms:.0f} |"


def _small(luma: NDArray[np.uint8]) -> Small:
    scale = 128 / max(luma.shape)
    size = (round(luma.shape[1] * scale), round(luma.shape[0] * scale))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def shots_as_they_come(film: Film) -> tuple[Shot, ...]:
    """As `--causal` finds them."""
    return find_shots(map(_small, film.luma), OnlineShotDetector())


def causal(colorizer: Colorizer, lightness: torch.Tensor) -> Floats:
    """(T, 2, h, w) ab of one shot."""
    coloring = CausalColoring(Engine(colorizer.network, precision_on(choose_device("auto"))))
    return np.stack([coloring.next(frame) for frame in lightness[:, 0].numpy()])


def judge(film: Film, colorizer: Colorizer) -> Iterator[tuple[str, Row, list[Floats]]]:
    """Every way; its row and its ab."""
    both_ways, truth = shots_of(film.luma), [true_ab(frame) for frame in film.rgb]
    lightness = colorizer.lightness(film.luma)
    for way in WAYS:
        shots = shots_as_they_come(film) if way == "causal" else both_ways
        color = {"frame by frame": Colorizer.by_frame, "two-way": Colorizer.film, "causal": causal}[way]
        started = time.perf_counter()
        small = np.concatenate([color(colorizer, lightness[one.start : one.stop]) for one in shots])
        ms = (time.perf_counter() - started) / len(lightness) * 1000
        ab = film.enlarged(colorizer, small)
        square = float(np.mean([mean_square(*pair) for pair in zip(ab, truth, strict=True)]))
        yield way, Row(score(film, ab, both_ways), psnr_of(square, peak=AB_PEAK), ms), ab


def mean(rows: Sequence[Row]) -> str:
    """Each film counts alike; flicker is the mean of each film's."""
    flicker, psnr, chroma, ms = np.mean(
        [(row.score.flicker, row.psnr_db, row.score.chroma, row.ms) for row in rows], axis=0
    )
    return f"{flicker:.4f} | {psnr:.2f} | {chroma:.1f} | {ms:.0f} |"


def dissolved(before: Film, after: Film, colorizer: Colorizer, frames: int) -> tuple[float, float] | None:
    """ab PSNR of what follows a dissolve, and of the same frames when `after` is a shot of its own; None for
    films of two sizes, or too short."""
    first, second = (colorizer.lightness(film.luma) for film in (before, after))
    if first.shape[1:] != second.shape[1:] or min(len(first), len(second)) < 2 * frames:
        return None
    share = (torch.arange(frames) + 1).view(-1, 1, 1, 1) / (frames + 1)
    mixed = torch.lerp(first[-frames:], second[:frames], share)
    crossed = causal(colorizer, torch.cat([first[:-frames], mixed, second[frames:]]))[len(first) :]
    alone = causal(colorizer, second)[frames:]
    rest = after.part(Shot(frames, len(second)))
    truth = [true_ab(frame) for frame in rest.rgb]
    one, other = (
        np.mean([mean_square(*pair) for pair in zip(rest.enlarged(colorizer, ab), truth, strict=True)])
        for ab in (crossed, alone)
    )
    return psnr_of(float(one), peak=AB_PEAK), psnr_of(float(other), peak=AB_PEAK)


def print_dissolved(of_folder: Sequence[Film], colorizer: Colorizer, frames: int) -> None:
    print(
        f"\n| dissolved over {frames} frames | ab PSNR after it, dB | as a shot of its own |\n|---|---:|---:|"
    )
    found = []
    for before, after in pairwise(of_folder):
        figures = dissolved(before, after, colorizer, frames)
        if figures is not None:
            found.append(figures)
            print(f"| {before.name} into {after.name} | {figures[0]:.2f} | {figures[1]:.2f} |", flush=True)
    if found:
        crossed, alone = np.mean(found, axis=0)
        print(f"| mean of {len(found)} | {crossed:.2f} | {alone:.2f} |")


@dataclass(frozen=True, slots=True)
class Piped:
    """A frame came out when `behind` frames more had gone in, `late_s` after it had gone in itself: medians,
    and the `first_s` of the first frame, which waits until the network is loaded."""

    behind: float
    late_s: float
    first_s: float
    peak_mib: float

    def __str__(self) -> str:
        return f"{self.behind:.0f} | {self.late_s:.2f} | {self.first_s:.1f} | {self.peak_mib:.0f} |"


def peak_mib(pid: int) -> float:
    """The largest resident memory so far, as Linux says it; 0 when the process is over."""
    try:
        rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) / 1024


def through_pipes(film: Film, frames: int, rate: float, arguments: Sequence[str]) -> Piped:
    """`frames` of the film, over and over, at `rate` a second."""
    height, width = (side - side % 2 for side in film.luma[0].shape)
    command = [sys.executable, "-m", "tcvc_cli", "colorize", "-", "-o", "-", "--format", "y4m", "-q"]
    process = subprocess.Popen([*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    went_in: list[float] = []

    def feed(pipe: IO[bytes]) -> None:
        pipe.write(f"YUV4MPEG2 W{width} H{height} F25:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL\n".encode())
        grey = bytes([128]) * (width * height // 2)
        for luma in islice(cycle(film.luma), frames):
            pipe.write(b"FRAME\n" + np.ascontiguousarray(luma[:height, :width]).tobytes() + grey)
            pipe.flush()
            went_in.append(time.monotonic())
            time.sleep(1 / rate)
        pipe.close()

    feeder = threading.Thread(target=feed, args=(process.stdin,))
    feeder.start()
    came_out: list[tuple[float, int]] = []
    peak = 0.0
    process.stdout.readline()
    while process.stdout.read(len(b"FRAME\n") + width * height * 3 // 2):
        came_out.append((time.monotonic(), len(went_in)))
        peak = max(peak, peak_mib(process.pid))
    feeder.join()
    status = process.wait()
    if status or len(came_out) != frames:
        raise SystemExit(f"the command failed with status {status} after {len(came_out)} frames")
    late = [at - before for (at, _), before in zip(came_out, went_in, strict=True)]
    behind = [count - number for number, (_, count) in enumerate(came_out, 1)]
    return Piped(float(np.median(behind)), float(np.median(late)), late[0], peak)


def print_piped(film: Film, frames: int, rate: float, model: str) -> None:
    print(f"\n{film.name} through pipes, {frames} frames, {rate:g} a second; --causal decides on a cut")
    print(f"{LATENCY_FRAMES} frames late\n\n| way | frames behind | s behind | first frame, s | peak, MiB |")
    print("|---|---:|---:|---:|---:|")
    for way, arguments in (("causal", ["--causal"]), ("two-way", [])):
        given = [*arguments, "--model", model, "--colour-parts", "recolour"]
        print(f"| {way} | {through_pipes(film, frames, rate, given)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--held-out", action="store_true", help="only the films that training never saw")
    parser.add_argument("--only", nargs="*", default=[], help="names of films")
    parser.add_argument("--frames", type=int, default=60, help="of each film, from its first")
    parser.add_argument("--sheets", type=Path, help="folder for a contact sheet of each film and way")
    parser.add_argument("--dissolve", type=int, default=0, metavar="N", help="dissolve films over N frames")
    parser.add_argument("--rate", type=float, default=5, help="frames a second through the pipe")
    parser.add_argument("--piped", type=int, default=100, help="frames through the pipe; 0 leaves it out")
    add_model(parser)
    chosen = parser.parse_args()
    colorizer = Colorizer(chosen_network(chosen))
    print(f"{probe()}\n\n| clip | way | flicker | ab PSNR, dB | chroma | ms |\n|---|---|---:|---:|---:|---:|")
    rows: dict[str, list[Row]] = {way: [] for way in WAYS}
    chosen_films = list(films(chosen.folder, HELD_OUT if chosen.held_out else chosen.only, chosen.frames))
    for film in chosen_films:
        for way, row, ab in judge(film, colorizer):
            rows[way].append(row)
            print(f"| {film.name} | {way} | {row}", flush=True)
            if chosen.sheets is not None:
                chosen.sheets.mkdir(parents=True, exist_ok=True)
                name = f"{film.name}.{way.replace(' ', '-')}.png"
                cv2.imwrite(str(chosen.sheets / name), sheet(film, ab)[..., ::-1])
    for way, of_films in rows.items():
        print(f"| mean of {len(of_films)} | {way} | {mean(of_films)}")
    if chosen.dissolve:
        print_dissolved(chosen_films, colorizer, chosen.dissolve)
    if chosen_films and chosen.piped:
        longest = max(chosen_films, key=lambda film: len(film.luma))
        print_piped(longest, chosen.piped, chosen.rate, chosen.model)


if __name__ == "__main__":
    main()
