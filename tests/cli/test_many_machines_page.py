"""What docs/many-machines.md tells people to type works as it stands there, and so do its scripts."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from examples.six_shots import make_film, read_result
from tcvc_cli.cli.main import app
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
    """What a shell says that runs it, to the end."""
    done = tried(desk, script, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


def tried(desk: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("no bash")
    path = os.pathsep.join((str(desk / "bin"), os.environ["PATH"]))
    small = {"TCVC_MODEL": "tcvc-mini", "TCVC_MODEL_SIZE": "64", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [shell, "-e", "-c", script],
        cwd=desk,
        env={**os.environ, "PATH": path, **small, **variables},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


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


@pytest.fixture
def scripts(root: Path) -> Path:
    return root / "examples" / "many_machines"


@pytest.fixture
def film(desk: Path) -> Path:
    """By itself, with what one machine makes of it as `alone.mkv` beside it."""
    shutil.copy(desk / "archive" / NAMES[0], desk / "film.mkv")
    run(desk, "tcvc colorize film.mkv -o alone.mkv --quiet")
    return desk / "film.mkv"


def is_as_alone(film: Path) -> bool:
    return read_result(film.with_name("film.color.mkv")) == read_result(film.with_name("alone.mkv"))


def task(number: int, count: int) -> dict[str, str]:
    """What Slurm tells a task of an array."""
    shape = {"ID": number, "COUNT": count, "MIN": 1, "MAX": count}
    return {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in shape.items()}


@pytest.mark.slow
def test_one_film(page: str, desk: Path, film: Path) -> None:
    (block,) = blocks_of(page, "One film")
    first, second, join = block.splitlines()
    run(desk, first)
    missing = tried(desk, join)
    assert missing.returncode == 3
    assert "shots are not coloured yet" in missing.stderr
    run(desk, f"{second}\n{join}")
    assert is_as_alone(film)


@pytest.mark.slow
def test_one_film_as_an_array_job(scripts: Path, desk: Path, film: Path) -> None:
    words = f"sh '{scripts}/film.sbatch' film.mkv"
    run(desk, words, **task(2, 2))
    run(desk, words, **{**task(1, 1), "SHARDS": "2"})  # the first, sent alone
    run(desk, f"sh '{scripts}/join.sbatch' film.mkv")
    assert is_as_alone(film)


@pytest.mark.slow
def test_a_folder_as_an_array_job(scripts: Path, desk: Path) -> None:
    words = f"sh '{scripts}/array.sbatch' archive colour"
    run(desk, words, **task(1, 2))
    run(desk, words, **{**task(2, 2), "SLURM_ARRAY_TASK_COUNT": "1", "SHARDS": "2"})
    assert results(desk) == RESULTS
    assert {path.name for path in (desk / "colour" / ".tcvc-shards").glob("shard-*")} == {
        "shard-1-of-2.json",
        "shard-2-of-2.json",
    }


@pytest.fixture
def no_network(desk: Path) -> None:
    """What the script takes for ssh: a shell in another folder gets the last word. `nobody` is down."""
    lines = [
        "#!/bin/sh",
        'for word; do [ "$word" != nobody ] || exit 255; done',
        'cd / && exec sh -c "$word"',
    ]
    (desk / "bin" / "ssh").write_text("\n".join(lines) + "\n")
    (desk / "bin" / "ssh").chmod(0o755)


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
def test_over_ssh(scripts: Path, desk: Path, film: Path) -> None:
    (desk / "archive").rename(desk / "it's new")
    said = run(desk, f"'{scripts}/over_ssh.sh' \"it's new\" colour", HOSTS="anna berta")
    assert results(desk) == RESULTS
    assert re.search(r"^ done +3 ", said, re.MULTILINE)
    down = tried(desk, f"'{scripts}/over_ssh.sh' film.mkv", HOSTS="anna nobody")
    assert down.returncode == 1
    assert down.stderr.splitlines()[-1] == "shard 2 on nobody ended with exit code 255"
    assert not film.with_name("film.color.mkv").exists()
    run(desk, f"'{scripts}/over_ssh.sh' film.mkv", HOSTS="anna berta")
    assert is_as_alone(film)
    sidecar = json.loads(film.with_name("film.color.mkv.json").read_text())
    assert {row["machine"] for row in sidecar["segments"]} == set(range(len(sidecar["machines"])))


def test_scripts_are_those_that_are_named_and_shells_take_them(root: Path, scripts: Path, page: str) -> None:
    listed = (root / "examples" / "README.md").read_text("utf-8")
    for path in scripts.iterdir():
        assert f"`{path.name}`" in listed
        assert path.name in page
    shells = [path for path in scripts.iterdir() if path.read_text("utf-8").startswith("#!/bin/sh\n")]
    assert len(shells) == 4
    shellcheck = shutil.which("shellcheck")
    words = [shellcheck, *map(str, shells)] if shellcheck else ["sh", "-n", str(shells[0])]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_service_writes_where_it_may_and_nowhere_else(scripts: Path) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(scripts / "tcvc-inbox.service", "utf-8")
    service = unit["Service"]
    program, command, folder, *words = shlex.split(service["ExecStart"])
    assert (Path(program).name, command) == ("tcvc", "batch")
    assert words[words.index("-o") + 1] == service["ReadWritePaths"] != folder
    group = typer.main.get_command(app)
    batch = group.commands["batch"]  # type: ignore[attr-defined]
    flags = {flag for parameter in batch.params for flag in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= flags
    assert (service["ProtectSystem"], service["NoNewPrivileges"], service["PrivateNetwork"]) == (
        "strict",
        "yes",
        "yes",
    )
    assert "MemoryDenyWriteExecute" not in service  # PyTorch: could not create a primitive
