"""The rules of the house: who may import whom, how long a thing may be, and one way to run the tests."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "tcvc_cli").rglob("*.py"))
MODULE_LINES = 400
FUNCTION_LINES = 60
NETWORKS = {"flownet2.py", "siggraph17.py", "idc.py", "mini.py"}  # a network in one file may be longer


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path) -> str:
    return path.relative_to(ROOT / "tcvc_cli").parts[0]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def imported(path: Path) -> set[str]:
    """Top-level names of every package that a file imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_rooms_keep_to_themselves() -> None:
    command = shutil.which(
        "lint-imports", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    assert command is not None
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("package", "rooms"),
    [
        ("av", {"media"}),
        ("ffmpeg", {"media"}),
        ("typer", {"cli"}),
        ("rich", {"cli"}),
        ("huggingface_hub", {"model"}),
    ],
)
def test_packages_stay_in_their_rooms(package: str, rooms: set[str]) -> None:
    users = {room(path) for path in SOURCES if package in imported(path)}
    assert users <= rooms


def test_ffmpeg_python_lives_in_one_file() -> None:
    assert len([path for path in SOURCES if "ffmpeg" in imported(path)]) <= 1


def is_network(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base) in ("nn.Module", "torch.nn.Module", "Module") for base in node.bases)


def test_networks_live_in_model_and_losses_in_train() -> None:
    classes = ((path, n) for path in SOURCES for n in ast.walk(tree(path)) if isinstance(n, ast.ClassDef))
    assert {room(path) for path, node in classes if is_network(node)} <= {"model", "train"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_and_functions_are_short(path: Path) -> None:
    if path.name not in NETWORKS:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES
    long = {f.name for f in functions(path) if (f.end_lineno or 0) - f.lineno + 1 > FUNCTION_LINES}
    assert long == set()


def test_most_functions_are_within_ten_lines_of_code() -> None:
    """Counted in statements, as a signature or a docstring is no burden."""
    sizes = [
        sum(isinstance(n, ast.stmt) for n in ast.walk(f)) - 1 for path in SOURCES for f in functions(path)
    ]
    assert sum(size <= 10 for size in sizes) > 0.7 * len(sizes)


def test_no_room_for_odds_and_ends() -> None:
    names = {part for path in SOURCES for part in (path.stem, path.parent.name)}
    assert names.isdisjoint({"utils", "util", "helpers", "common", "misc"})


LIGHT = """
import importlib, pkgutil, sys
import tcvc_cli
for name in sys.argv[1:]:
    package = importlib.import_module("tcvc_cli." + name)
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
        importlib.import_module(module.name)
assert "torch" not in sys.modules
"""


def test_torch_is_not_loaded_by_rooms_that_do_not_compute_with_it() -> None:
    rooms = ["cli", "plan", "media", "names", "files", "records", "errors"]
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, *rooms], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr


def code_blocks(markdown: str) -> list[str]:
    return re.findall(r"^```[a-z]*\n(.*?)^```", markdown, re.DOTALL | re.MULTILINE)


def test_readme_opens_with_two_commands() -> None:
    first, second = code_blocks((ROOT / "README.md").read_text(encoding="utf-8"))[:2]
    assert first.count("\n") == second.count("\n") == 1
    assert "venv" in first
    assert "pip install -c constraints.txt ." in first
    small_torch, _, rest = first.partition("download.pytorch.org/whl/cpu torch && ")
    assert "--no-deps -c constraints.txt --extra-index-url" in small_torch
    assert ".venv/bin/pip install -c constraints.txt ." in rest
    assert first.rstrip().endswith("colorize examples/film.mkv")
    assert "-c constraints.txt" in second
    assert second.rstrip().endswith("scripts/test")


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def run_ci(folder: Path, words: tuple[str, str, str]) -> subprocess.CompletedProcess[str]:
    """`.ci/run` in a folder whose README tells which of its three blocks was run."""
    executable(folder / "bin" / "ffmpeg")
    executable(folder / "scripts" / "test-lowest").write_text("#!/bin/sh\necho lowest\n")
    (folder / ".ci").mkdir()
    script = shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    blocks = [f"```sh\necho {word}\n```\n" for word in words]
    (folder / "README.md").write_text("\ntext\n".join(blocks))
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    return subprocess.run([script], capture_output=True, text=True, timeout=60, env=environment, check=False)


def test_ci_runs_the_first_two_blocks_as_they_stand_and_the_oldest_libraries(tmp_path: Path) -> None:
    done = run_ci(tmp_path, ("first", "second", "third"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["first", "second", "lowest"]


def test_ci_fails_where_a_block_does(tmp_path: Path) -> None:
    """With an environment that is there already, the first is not needed."""
    executable(tmp_path / ".venv" / "bin" / "pip")
    done = run_ci(tmp_path, ("first", "second && exit 3", "third"))
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines() == ["second"]


def test_constraints_pin_every_dependency() -> None:
    def bare(requirement: str) -> str:
        return re.split(r"[<>=!~\[; ]", requirement)[0].lower().replace("_", "-")

    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {bare(line) for line in lines if "==" in line}
    project = re.findall(r'^    "([A-Za-z][^"]+)",$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    wanted = {bare(entry) for entry in project if re.search(r"[<>=]", entry)}
    assert len(wanted) > 15
    assert wanted <= pinned
