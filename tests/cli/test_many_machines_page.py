"""What docs/many-machines.md tells people to type about folders works as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples.six_shots import make_film
from tcvc_cli.run.machines.folder.dealt import Dealt
from tcvc_cli.run.machines.shard import MOST_SHARDS, shard_of

NAMES = ("1924/reel.mkv", "1931/first.mkv", "1931/second.mkv")
RESULTS = {"reel.color.mkv", "first.color.mkv", "second.color.mkv"}


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "many-machines.md").read_text("utf-8")


@pytest.fixture
def desk(root: Path, tmp_path: Path) -> Path:
    """A folder with an archive, and tcvc as it is typed."""
    for name in NAMES:
        (tmp_path / "archive" / name).parent.mkdir(parents=True, exist_ok=True)
        make_film(tmp_path / "archive" / name)
    (tmp_path / "bin").mkdir()
    script = f"#!/bin/sh\nPYTHONPATH='{root}' exec '{sys.executable}' -m tcvc_cli \"$@\"\n"
    (tmp_path / "bin" / "tcvc").write_text(script)
    (tmp_path / "bin" / "tcvc").chmod(0o755)
    return tmp_path


def blocks_of(page: str, heading: str) -> list[str]:
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


def run(desk: Path, script: str, **variables: str) -> str:
    """What a shell says that runs it."""
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("no bash")
    path = os.pathsep.join((str(desk / "bin"), os.environ["PATH"]))
    small = {"TCVC_MODEL": "tcvc-mini", "TCVC_MODEL_SIZE": "64", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [shell, "-e", "-c", script],
        cwd=desk,
        env={**os.environ, "PATH": path, **small, **variables},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def results(desk: Path) -> set[str]:
    return {path.name for path in (desk / "colour").rglob("*.mkv")}


@pytest.mark.slow
def test_shards_one_after_another_and_how_they_stand(page: str, desk: Path) -> None:
    (block,) = blocks_of(page, "Shards of a folder")
    said = run(desk, block)
    assert results(desk) == RESULTS
    (total,) = (line.split() for line in said.splitlines() if line.startswith(" done"))
    assert total[1] == str(len(NAMES))


@pytest.mark.slow
def test_an_array_job(page: str, desk: Path) -> None:
    script = blocks_of(page, "Array jobs")[0]
    assert script.startswith("#!/bin/sh\n#SBATCH --array=1-8\n")
    for task in ("1", "2"):
        shape = {"SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "2"}
        run(desk, script, SLURM_ARRAY_TASK_ID=task, **shape)
        own = [film for film, one in Dealt(desk / "colour", 2).look().items() if one.shard <= int(task)]
        assert len(results(desk)) == len(own)
    assert results(desk) == RESULTS


@pytest.mark.slow
def test_a_loop(page: str, desk: Path) -> None:
    run(desk, blocks_of(page, "Array jobs")[1])
    assert results(desk) == RESULTS


def test_the_table_says_what_each_scheduler_is_asked(page: str) -> None:
    rows = re.findall(r"^\| [^|]+ \| `(\w+)`[^|]* \| (yes|no)[^|]* \| [^|]* \|$", page, re.MULTILINE)
    assert len(rows) == 5
    for variable, is_enough in rows:
        assert shard_of("auto/8", {variable: "3"}).index == 3
        with pytest.raises(ValueError, match="_COUNT|_FIRST" if is_enough == "yes" else "how many"):
            shard_of("auto", {variable: "3"})
    assert MOST_SHARDS >= 1000
