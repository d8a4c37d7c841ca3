"""tcvc as it is on a CPU that has no fast bfloat16.

python -m benchmarks.without_bfloat16 colorize FILM ...

The environment keeps PyTorch and its libraries from newer instructions (benchmarks/unlike_machines.py), but
what the CPU has they tell all the same, and tcvc chooses its arithmetic by that.
"""

from __future__ import annotations

import sys

from tcvc_cli.cli.main import main
from tcvc_cli.model import runtime


def hide() -> None:
    """From here on this process sees no such instructions."""
    runtime.fast_bfloat16_instructions = tuple


if __name__ == "__main__":
    hide()
    sys.exit(main(sys.argv[1:]))
