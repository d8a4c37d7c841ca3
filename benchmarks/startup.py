"""How long `tcvc --help` takes, from the shell's point of view; it should stay under 0.4 s.

python -m benchmarks.startup
"""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.machine import probe

RUNS = 10


def seconds() -> list[float]:
    """Wall-clock seconds of each run, the first one (cold disk) left out; rising."""
    taken = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "tcvc_cli", "--help"], stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - started)
    return sorted(taken[1:])


if __name__ == "__main__":
    print(probe())
    taken = seconds()
    print(f"tcvc --help: median {taken[RUNS // 2]:.2f} s, best {taken[0]:.2f} s, worst {taken[-1]:.2f} s")
