"""A folder of films that several processes colour side by side, as machines with one disk do."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SETTINGS = (
    "--model",
    "tcvc-mini",
    "--model-size",
    "64",
    "--device",
    "cpu",
    "--interval",
    "2",
    "--overlap",
    "2",
)
_ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
_MOST_S = 240


@dataclass(frozen=True, slots=True)
class SharedFilms:
    """The films lie in `films`, the results in `out`."""

    films: Path
    out: Path

    def add(self, film: Path, *names: str) -> None:
        for name in names:
            (self.films / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(film, self.films / name)

    def command(self, *words: str) -> list[str]:
        given = [str(self.films), "-o", str(self.out), "-r", *SETTINGS, *words]
        return [sys.executable, "-m", "tcvc_cli", "batch", *given]

    def run(self, *words: str) -> int:
        """The exit code."""
        done = subprocess.run(
            self.command(*words), env=_ENVIRONMENT, timeout=_MOST_S, capture_output=True, check=False
        )
        return done.returncode

    def lines(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        """What it prints as JSON."""
        done = subprocess.run(
            self.command(*words, "--json"),
            env=_ENVIRONMENT,
            timeout=_MOST_S,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def status(self, *words: str) -> dict[str, dict[str, Any]]:
        """By the name of the film; under "" the total."""
        lines = self.lines("--status", *words)
        return {Path(one["film"]).name if "film" in one else "": one for one in lines}

    def states(self) -> dict[str, str]:
        return {name: one["state"] for name, one in self.status().items() if name}

    def results(self) -> dict[str, Path]:
        """By the names of their films without the endings."""
        return {path.name.partition(".")[0]: path for path in self.out.rglob("*.color.mkv")}

    def side_by_side(self, *shards: str) -> list[int]:
        """The exit codes of processes that run at the same time."""
        quiet = subprocess.DEVNULL
        every = [
            subprocess.Popen(self.command("--shard", one), env=_ENVIRONMENT, stdout=quiet, stderr=quiet)
            for one in shards
        ]
        return [one.wait(_MOST_S) for one in every]

    @contextmanager
    def stopped_in_a_film(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A process that stands still after its first segment, and is killed at the end."""
        pipe = subprocess.PIPE
        with subprocess.Popen(
            self.command(*words, "--json"),
            env=_ENVIRONMENT,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert any('"SegmentDone"' in line for line in process.stdout)
            process.send_signal(signal.SIGSTOP)
            try:
                yield process
            finally:
                process.kill()

    def shard_report(self, shard: str) -> Any:
        index, count = shard.split("/")
        path = self.out / ".tcvc-shards" / f"shard-{index}-of-{count}.json"
        return json.loads(path.read_text("ascii"))

    def stamps(self) -> dict[str, tuple[int, int]]:
        """Of everything below `out`: the time and the inode."""
        found = (self.out, *self.out.rglob("*")) if self.out.exists() else ()
        return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_ino) for path in found}
