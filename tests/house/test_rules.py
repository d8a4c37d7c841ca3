"""Every rule that the house is held to can be broken: each sees the fault that is planted here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.material.house_rules import (
    FOLDER_FILES,
    FUNCTION_LINES,
    MODULE_LINES,
    crowded_folders,
    imported_from,
    imported_modules,
    importers_of_test_files,
    importers_of_tests,
    long_functions,
    long_modules,
    odds_and_ends,
    rooms_with_networks,
    users_outside,
)


def written(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_an_import_inside_a_function_is_seen(tmp_path: Path) -> None:
    path = written(tmp_path / "one.py", "def f():\n    from av.video import stream\n    import rich.table\n")
    assert imported_modules(path) == {"av.video", "av.video.stream", "rich.table"}


@pytest.mark.parametrize("line", ["import av", "import av.video", "from av.video import stream"])
def test_a_package_outside_its_room(tmp_path: Path, line: str) -> None:
    written(tmp_path / "media" / "probe.py", line)
    assert users_outside(tmp_path, {"av": {"media"}}) == set()
    written(tmp_path / "plan" / "anchors.py", line)
    assert users_outside(tmp_path, {"av": {"media"}}) == {("plan", "av")}


@pytest.mark.parametrize("base", ["nn.Module", "torch.nn.Module", "Module"])
def test_a_network_outside_its_room(tmp_path: Path, base: str) -> None:
    written(tmp_path / "color" / "net.py", f"class Net({base}): ...")
    written(tmp_path / "plan" / "net.py", "class Net(Protocol): ...")
    assert rooms_with_networks(tmp_path) == {"color"}


def test_a_crowded_folder(tmp_path: Path) -> None:
    for number in range(FOLDER_FILES):
        written(tmp_path / "run" / f"m{number}.py")
    assert crowded_folders(tmp_path) == set()
    written(tmp_path / "run" / "one_more.py")
    assert crowded_folders(tmp_path) == {"run"}


def test_a_long_module_and_a_long_function(tmp_path: Path) -> None:
    body = "    pass\n"
    short = written(tmp_path / "short.py", "def f():\n" + body * (FUNCTION_LINES - 1))
    long = written(tmp_path / "long.py", "def f():\n" + body * FUNCTION_LINES)
    assert long_functions([short, long]) == {"long.py:f"}
    written(short, "\n" * MODULE_LINES)
    written(long, "\n" * (MODULE_LINES + 1))
    assert long_modules([short, long]) == {"long.py"}


def test_a_room_for_odds_and_ends(tmp_path: Path) -> None:
    assert odds_and_ends([tmp_path / "color" / "lab.py"]) == set()
    assert odds_and_ends([tmp_path / "utils.py", tmp_path / "common" / "lab.py"]) == {"utils", "common"}


@pytest.mark.parametrize(
    "line",
    [
        "from tests.media.test_remux import colored",
        "from tests.media import test_remux",
        "import tests.media.test_remux",
        "from .test_remux import colored",
        "from tests.conftest import ROOT",
    ],
)
def test_an_import_from_a_test_file(tmp_path: Path, line: str) -> None:
    good = written(
        tmp_path / "good.py", "from tests.material.film_facts import chapters\nimport test_tools\n"
    )
    bad = written(tmp_path / "bad.py", line)
    assert importers_of_test_files([good, bad]) == {"bad.py"}


def test_a_benchmark_that_imports_tests(tmp_path: Path) -> None:
    good = written(tmp_path / "good.py", "from benchmarks import machine")
    bad = written(tmp_path / "bad.py", "from tests.material import media_sources")
    assert importers_of_tests([good, bad]) == {"bad.py"}


def test_a_test_that_imports_a_benchmark(tmp_path: Path) -> None:
    path = written(
        tmp_path / "test_one.py", "def test():\n    from benchmarks.shots import agreement\n    import av\n"
    )
    assert imported_from(path, "benchmarks") == {"benchmarks.shots"}
