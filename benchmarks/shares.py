"""What it costs and gains to share one film: a shot beside its work, and many processes beside one.

python -m benchmarks.shares [--shots N] [--seconds N]

    overhead   a film of many short shots of small pictures, by one run, by one shard and a join, and as tasks
               of an executor; times are of the colouring alone, the better of two
    speed-up   a film of 480 lines, by one run that has all cores, and by as many shards at once as there are
               cores, each with one thread on a core of its own, and a join; times are of all commands
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import probe
from benchmarks.scaling.one_worker import pictures
from benchmarks.throughput import SIZES, make_film
from examples.six_shots import read_result
from tcvc_cli.names import sidecar_path
from tcvc_cli.run.estimating.calibration import ENVIRONMENT
from tcvc_cli.run.events import Finished
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.machines.events import ShareFinished, ShotsEnded, ShotsStarted
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.machines.shard import Shard
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.shares.distribution import Joined, Share, Spread

SHORT_FRAMES = 12
SHOT_S, RATE = 4, 24


@dataclass(frozen=True, slots=True)
class Overhead:
    """Seconds of the colouring, by one run, by a shard, and as tasks; and of the join of the shard."""

    shots: int
    alone_s: float
    share_s: float
    tasks_s: float
    join_s: float

    def per_shot_ms(self, seconds: float) -> float:
        """By how much `seconds` are more than those of one run, for each shot."""
        return (seconds - self.alone_s) / self.shots * 1000


def overhead(film: Path, shots: int) -> Overhead:
    def options(name: str) -> Options:
        return Options(film, film.with_name(name), model_size_px=64, device="cpu", color_parts="recolour")

    list(colorize(options("first.mkv")))  # whatever is loaded once
    alone, share, tasks, join = list[float](), list[float](), list[float](), list[float]()
    for turn in range(2):
        alone.append(alone_s(options(f"alone {turn}.mkv")))
        shared = options(f"share {turn}.mkv")
        share.append(share_s(shared))
        began = time.perf_counter()
        list(colorize(shared, Joined()))
        join.append(time.perf_counter() - began)
        tasks.append(tasks_s(options(f"tasks {turn}.mkv")))
    return Overhead(shots, min(alone), min(share), min(tasks), min(join))


def alone_s(options: Options) -> float:
    """Of one run, its colouring."""
    last = list(colorize(options))[-1]
    assert isinstance(last, Finished)
    return dict(last.timings)["colorize"]


def share_s(options: Options) -> float:
    last = list(colorize(options, Share(Shard(1, 1))))[-1]
    assert isinstance(last, ShareFinished)
    return last.seconds


def tasks_s(options: Options) -> float:
    """From the first task's begin to the last one's end, one after the other, in this process."""
    began, ended = list[float](), list[float]()
    for event in colorize(options, Spread(Machines())):
        if isinstance(event, ShotsStarted):
            began.append(time.perf_counter())
        elif isinstance(event, ShotsEnded):
            ended.append(time.perf_counter())
    return ended[-1] - began[0]


def command(film: Path, output: Path, *words: str) -> list[str]:
    given = ["--device", "cpu", "--colour-parts", "recolour", "-q", *words]
    return [sys.executable, "-m", "tcvc_cli", "colorize", str(film), "-o", str(output), *given]


def joining(film: Path, output: Path) -> list[str]:
    return [sys.executable, "-m", "tcvc_cli", "join", str(film), "-o", str(output), "-q"]


def run(words: Sequence[str], more: Mapping[str, str] | None = None) -> None:
    subprocess.run(words, env={**os.environ, **(more or {})}, check=True)


def side_by_side(film: Path, output: Path, count: int) -> None:
    """Shards with one thread each, on a core of its own where the system has such a thing."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    running = []
    for index in range(1, count + 1):
        one = subprocess.Popen(command(film, output, "--shard", f"{index}/{count}"), env=environment)
        if cores:
            os.sched_setaffinity(one.pid, {cores[(index - 1) % len(cores)]})
        running.append(one)
    if any(one.wait() for one in running):
        raise RuntimeError("a shard has failed")


def timings(output: Path) -> Mapping[str, float]:
    found: Mapping[str, float] = json.loads(sidecar_path(output).read_text("utf-8"))["timings"]
    return found


def speed_up(film: Path, count: int) -> Iterator[str]:
    alone, shared = film.with_name("one.mkv"), film.with_name("many.mkv")
    began = time.perf_counter()
    run(command(film, alone))
    one_s = time.perf_counter() - began
    began = time.perf_counter()
    side_by_side(film, shared, count)
    coloured_s = time.perf_counter() - began
    run(joining(film, shared))
    many_s = time.perf_counter() - began
    first = timings(alone)
    serial_s = first.get("shots", 0.0) + first.get("memory", 0.0)
    is_same = read_result(alone) == read_result(shared)
    yield f"one run, {count} threads: {one_s:.1f} s, of these {serial_s:.1f} s until its shots are settled"
    yield f"{count} shards of one thread: {coloured_s:.1f} s, and the join {many_s - coloured_s:.1f} s"
    yield f"speed-up {one_s / many_s:.2f}; packets {'equal' if is_same else 'DIFFER'}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=60, metavar="N")
    parser.add_argument("--seconds", type=int, default=40, metavar="N", help="of the film of 480 lines")
    given = parser.parse_args()
    os.environ[ENVIRONMENT] = ""  # nothing of this is kept for later runs
    print(probe())
    with tempfile.TemporaryDirectory() as place:
        small, large = Path(place) / "small.mkv", Path(place) / "large.mkv"
        frames = given.shots * SHORT_FRAMES
        make_film(small, SIZES["48p"], frames, pictures(SIZES["48p"], given.shots, SHORT_FRAMES))
        found = overhead(small, given.shots)
        print(f"\noverhead: {found.shots} shots of {SHORT_FRAMES} frames, {SIZES['48p']}")
        print(f"one run {found.alone_s:.2f} s, join of shots that are there {found.join_s:.2f} s")
        for name, seconds in (("one shard", found.share_s), ("tasks", found.tasks_s)):
            print(f"{name} {seconds:.2f} s: {found.per_shot_ms(seconds):.1f} ms a shot more")
        shots = max(2, given.seconds // SHOT_S)
        size, per_shot = SIZES["480p"], SHOT_S * RATE
        make_film(large, size, shots * per_shot, pictures(size, shots, per_shot))
        print(f"\nspeed-up: {shots} shots of {SHOT_S} s, {size}")
        for line in speed_up(large, os.cpu_count() or 1):
            print(line, flush=True)


if __name__ == "__main__":
    main()
