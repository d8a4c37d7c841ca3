"""How long a user waits before anything happens: for `tcvc --help`, and for the default weights.

python -m benchmarks.startup
"""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.machine import probe

RUNS = 10
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


if __name__ == "__main__":
    print(probe())
    for name, measure in (("tcvc --help", help_seconds), ("loading the weights", load_seconds)):
        taken = sorted([measure() for _ in range(RUNS + 1)][1:])  # the first run meets a cold disk
        print(f"{name}: median {taken[RUNS // 2]:.2f} s, best {taken[0]:.2f} s, worst {taken[-1]:.2f} s")
