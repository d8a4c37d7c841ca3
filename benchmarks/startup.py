"""How long a user waits before anything happens: for `tcvc --help`, for the default weights, and for the
shots and the first coloured frame of a film (ten seconds of 854x480), from the shell's point of view.

python -m benchmarks.startup
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import probe
from benchmarks.throughput import RATE, SIZES, make_film

RUNS = 10
FILM_RUNS = 5
FILM_S = 10
HELP = (sys.executable, "-m", "tcvc_cli", "--help")
# Once in each process, as a run does it: hash, read, widen to single precision.
LOAD = """
import time, torch
from tcvc_cli.model.colorizer import DEFAULT
from tcvc_cli.model.runtime import load_network
started = time.perf_counter()
load_network(DEFAULT, torch.device("cpu"))
print(time.perf_counter() - started)
"""


def help_seconds() -> float:
    """Wall-clock seconds from the shell's point of view."""
    started = time.perf_counter()
    subprocess.run(HELP, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def load_seconds() -> float:
    """Of the weights alone, behind all imports."""
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    return float(done.stdout)


def film_seconds(film: Path) -> tuple[float, float]:
    """From the start of `tcvc colorize` to its shots, and to its first coloured frame; it is stopped then."""
    shots_s: float | None = None
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tcvc-") as folder:
        command = (sys.executable, "-m", "tcvc_cli", "colorize", str(film), "--json")
        with subprocess.Popen(
            (*command, "-o", str(Path(folder) / "result.mkv")), stdout=subprocess.PIPE, text=True
        ) as run:
            assert run.stdout is not None
            try:
                for line in run.stdout:
                    event = json.loads(line)
                    if event["event"] == "ShotsFound":
                        shots_s = time.perf_counter() - started
                    if (
                        event["event"] == "FramesDone"
                        and event["stage"] == "colorize"
                        and event["frames"] > 0
                    ):
                        assert shots_s is not None
                        return shots_s, time.perf_counter() - started
            finally:
                run.kill()
    raise SystemExit("the command ended without a coloured frame")


def print_row(name: str, seconds: list[float]) -> None:
    taken = sorted(seconds)
    middle = taken[len(taken) // 2]
    print(f"{name}: median {middle:.2f} s, best {taken[0]:.2f} s, worst {taken[-1]:.2f} s")


def main() -> None:
    print(probe())
    for name, measure in (("tcvc --help", help_seconds), ("loading the weights", load_seconds)):
        print_row(name, [measure() for _ in range(RUNS + 1)][1:])  # the first run meets a cold disk
    with tempfile.TemporaryDirectory(prefix="tcvc-") as folder:
        film = Path(folder) / "film.mkv"
        make_film(film, SIZES["480p"], FILM_S * RATE)
        rows = [film_seconds(film) for _ in range(FILM_RUNS + 1)][1:]
    print_row("shots found", [shots_s for shots_s, _ in rows])
    print_row("first frame coloured", [first_s for _, first_s in rows])


if __name__ == "__main__":
    main()
