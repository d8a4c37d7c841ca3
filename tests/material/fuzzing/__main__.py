"""python -m tests.material.fuzzing [--seed N [--count N]] [--minutes N] [--keep FOLDER]

Each case is a whole file, damaged, and the command that reads it, in a process of its own; the seed says all.
With --seed that case (and those that follow), with its words; else cases after a random seed, which is
printed, until time is up. What fails is kept: FOLDER/SEED holds the files and a note with the command. The
same FOLDER again goes on behind the last seed that was tried there.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.material.fuzzing.cases import Cases, Finding

FOLDER = Path("runs") / "fuzz"
NEXT = "next-seed"
SEEDS = 2**32


def main() -> int:
    arguments = _arguments()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="tcvc-fuzz-") as folder:
        cases = Cases(Path(folder) / "cases")
        for finding in map(cases.try_out, _seeds(arguments)):
            if arguments.seed is not None or finding.faults:
                print(json.dumps(finding.plain()), flush=True)
            if arguments.seed is None:
                _note(arguments.keep, finding, cases)
            failed += bool(finding.faults)
    print(f"{failed} failed", file=sys.stderr)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--keep", type=Path, default=FOLDER)
    return parser.parse_args()


def _seeds(arguments: argparse.Namespace) -> Iterator[int]:
    if arguments.seed is not None:
        yield from range(arguments.seed, arguments.seed + arguments.count)
        return
    noted = arguments.keep / NEXT
    seed = int(noted.read_text()) if noted.exists() else random.randrange(SEEDS)
    print(f"from seed {seed} on; what fails is kept in {arguments.keep}", file=sys.stderr, flush=True)
    until = time.monotonic() + 60 * arguments.minutes
    while time.monotonic() < until:
        yield seed
        seed += 1


def _note(keep: Path, finding: Finding, cases: Cases) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    if finding.faults:
        cases.lay(finding.seed)  # as it was before the run
        shutil.copytree(cases.place, keep / str(finding.seed), dirs_exist_ok=True)
        (keep / f"{finding.seed}.json").write_text(json.dumps(finding.plain(), indent=2), encoding="utf-8")
    (keep / NEXT).write_text(str(finding.seed + 1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
