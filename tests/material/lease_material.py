"""Leases of others, and processes that hold one until they are told otherwise."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.plain import to_json
from tcvc_cli.run.machines.identity import ProcessIdentity
from tcvc_cli.run.resume import lease

ROOT = Path(__file__).parents[2]
ELSEWHERE = ProcessIdentity("elsewhere", "other-boot", 4711, "1")
_HOLD = """
import sys
from pathlib import Path
from tcvc_cli.errors import OutputBusy
from tcvc_cli.run.resume import lease, work_folder
lease.BEAT_S = float(sys.argv[2])
folder = Path(sys.argv[1])
try:
    with work_folder.reserved(folder, folder / "film.mkv", folder / "out.mkv") as held:
        print("held", flush=True)
        for line in sys.stdin:
            held.refuse_lost()
            print("ours", flush=True)
            if line.strip() == "remove":
                work_folder.remove(held)
            if line.strip() in ("remove", "end"):
                break
except OutputBusy as error:
    print(f"busy: {error}", flush=True)
"""


@dataclass(frozen=True, slots=True)
class HoldingProcess:
    """A process that holds a work folder."""

    process: subprocess.Popen[str]

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def asked(self, what: str) -> str:
        """Its answer to a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.says()


@contextmanager
def holding(folder: Path, beat_s: float = 10.0) -> Iterator[HoldingProcess]:
    """It has the folder when the block begins, and is killed at its end."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _HOLD, str(folder), str(beat_s)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        held = HoldingProcess(process)
        try:
            assert held.says() == "held"
            yield held
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class LeaseText:
    """What a lease holds, as other versions of tcvc may write it too."""

    process: ProcessIdentity
    token: str
    beat: int
    beat_s: float
    tool: str = "tcvc"
    schema: int = 1


def write_lease(
    folder: Path, process: ProcessIdentity = ELSEWHERE, *, number: int = 1, beat: int = 0, token: str = ""
) -> Path:
    """A lease as `process` leaves it."""
    path = folder / f"lease-{number:06d}.json"
    text = LeaseText(process, token or secrets.token_hex(16), beat, lease.BEAT_S)
    draft = folder.parent / f"{secrets.token_hex(8)}.lease"
    draft.write_text(to_json(text).ljust(511) + "\n", "ascii")
    draft.replace(path)  # nobody sees half of it
    return path
