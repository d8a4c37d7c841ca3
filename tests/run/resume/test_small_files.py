"""Files may not be as large as the work needs (`ulimit -f`): nothing nameless stays, and the work goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.run.resume.work_folder import MARKER
from tests.material.media_sources import Source, make

resource = pytest.importorskip("resource")
QUICK = ("--model-size", "64", "--device", "cpu", "--model", "tcvc-mini", "-q")


def limited(largest_bytes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_bytes, largest_bytes))

    command = [sys.executable, "-P", "-m", "tcvc_cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, preexec_fn=limit)


@pytest.mark.parametrize("largest_kib", [0, 1, 8, 24, 40])
def test_a_run_that_may_write_little(tmp_path: Path, largest_kib: int) -> None:
    film, output = make(tmp_path / "film.mkv", Source(frames=12)), tmp_path / "out.mkv"
    arguments = ["colorize", str(film), "-o", str(output), *QUICK]
    done = limited(largest_kib << 10, *arguments)
    assert done.returncode == 4, done.stderr
    assert "ulimit" in done.stderr
    assert "--fresh" not in done.stderr
    left = [path for path in tmp_path.iterdir() if path != film]
    assert all((folder / MARKER).exists() for folder in left)
    assert main(arguments) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"film.mkv", "out.mkv", "out.mkv.json"}
