"""The rules of the house: who may import whom, how long a thing may be, and one way to run the tests."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.material.house_rules import (
    crowded_folders,
    functions,
    imported_from,
    imported_packages,
    importers_of_test_files,
    importers_of_tests,
    long_functions,
    long_modules,
    odds_and_ends,
    rooms_with_networks,
    users_outside,
)

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tcvc_cli"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCHMARKS = sorted(path for folder in ("benchmarks", "examples") for path in (ROOT / folder).rglob("*.py"))


def test_rooms_keep_to_themselves() -> None:
    command = shutil.which(
        "lint-imports", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    assert command is not None
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


ROOMS = {
    "av": {"media"},
    "ffmpeg": {"media"},
    "typer": {"cli"},
    "rich": {"cli"},
    "huggingface_hub": {"model"},
    "ray": {"run"},
}


def test_packages_stay_in_their_rooms() -> None:
    assert users_outside(PACKAGE, ROOMS) == set()


def test_ffmpeg_python_lives_in_one_file() -> None:
    assert len([path for path in SOURCES if "ffmpeg" in imported_packages(path)]) <= 1


def test_ray_lives_in_one_folder() -> None:
    assert {path.parent.name for path in SOURCES if "ray" in imported_packages(path)} == {"on_ray"}


def test_networks_live_in_model_and_losses_in_train() -> None:
    assert rooms_with_networks(PACKAGE) <= {"model", "train"}


def test_no_folder_is_crowded() -> None:
    assert crowded_folders(PACKAGE) == set()


def test_modules_and_functions_are_short() -> None:
    everything = [*SOURCES, *TESTS, *BENCHMARKS]
    assert long_modules(everything) == set()
    assert long_functions(everything) == set()


def test_most_functions_are_within_ten_lines_of_code() -> None:
    """Counted in statements, as a signature or a docstring is no burden."""
    sizes = [
        sum(isinstance(n, ast.stmt) for n in ast.walk(f)) - 1 for path in SOURCES for f in functions(path)
    ]
    assert sum(size <= 10 for size in sizes) > 0.7 * len(sizes)


def test_no_room_for_odds_and_ends() -> None:
    assert odds_and_ends([*SOURCES, *TESTS, *BENCHMARKS]) == set()


def test_nothing_is_imported_from_a_test_file() -> None:
    assert importers_of_test_files([*TESTS, *BENCHMARKS]) == set()


def test_the_program_benchmarks_and_examples_import_no_tests() -> None:
    assert importers_of_tests([*SOURCES, *BENCHMARKS]) == set()


BENCHMARKS_HELD = {
    "test_shots.py": {"benchmarks.shots", "benchmarks.transnet"},
    "test_dissolves.py": {"benchmarks.dissolves"},
    "test_repeats.py": {"benchmarks.repeats"},
    "test_folder_size.py": {"benchmarks.review_folder"},
    "test_scale.py": {
        "benchmarks.scale",
        *(f"benchmarks.scaling.{part}" for part in ("archive", "costs", "dealers", "limits", "simulation")),
    },
}


def test_a_test_imports_a_benchmark_only_to_hold_its_figure() -> None:
    found = {path.name: imported_from(path, "benchmarks") for path in TESTS}
    assert {name: modules for name, modules in found.items() if modules} == BENCHMARKS_HELD


def test_every_room_has_tests() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms <= {path.parent.name for path in TESTS if path.name.startswith("test_")}


def test_types_and_annotations_are_checked_everywhere() -> None:
    """mypy --strict over all that is Python here, and no exception that makes it look away."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert settings["mypy"]["strict"] is True
    assert set(settings["mypy"]["files"]) == {"tcvc_cli", "tests", "benchmarks", "examples"}
    exceptions = {key for override in settings["mypy"]["overrides"] for key in override}
    assert exceptions == {"module", "ignore_missing_imports"}
    assert "per-file-ignores" not in settings["ruff"]["lint"]
    assert {"ANN", "FBT", "PGH003"} <= set(settings["ruff"]["lint"]["select"])


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
    rooms = ["cli", "plan", "media", "settings", "names", "files", "plain", "records", "errors"]
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
    for name in ("ffmpeg", "chromium"):
        executable(folder / "bin" / name)
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
