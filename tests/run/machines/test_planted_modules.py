"""Nothing that lies in the current folder is run, whichever way a process starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tcvc_cli import import_path
from tcvc_cli.import_path import found_program, isolate_children
from tcvc_cli.media import ffmpeg_command
from tcvc_cli.run.machines.choice import executor_on
from tcvc_cli.run.machines.executor import Executor
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.machines.processes import Processes
from tests.material.planted_modules import plant_modules, plant_program
from tests.material.trivial_tasks import Trivial, outcomes

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current one, with modules in it."""
    for name in ("PYTHONPATH", "PYTHONSAFEPATH", "PATH"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # so that they are put back
    monkeypatch.delenv("PYTHONSAFEPATH")
    here = tmp_path / "here"
    plant_modules(here)
    monkeypatch.chdir(here)
    return here


def word_of(folder: Path) -> list[str]:
    word = folder.parent / f"{folder.name} was loaded"
    return word.read_text().split() if word.exists() else []


def doubled(executor: Executor, folder: Path) -> list[int | str]:
    notes = folder.parent / "notes"
    notes.mkdir()
    return outcomes(executor, [Trivial(1, notes), Trivial(2, notes)])[1]


@pytest.mark.slow
@pytest.mark.parametrize("paths", ["", os.pathsep, f".{os.pathsep}"])
def test_workers_take_no_module_from_it(folder: Path, paths: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", paths)
    assert sorted(map(str, doubled(Processes(1), folder))) == ["2", "4"]
    assert word_of(folder) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_workers_of_ray_take_no_module_from_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("PYTHONPATH", f"{os.pathsep}{ROOT}")
    with executor_on(Machines(ray="local", ray_workers=1)) as executor:
        assert Path.cwd() == folder
        assert sorted(map(str, doubled(executor, folder))) == ["2", "4"]
    assert word_of(folder) == []


def test_the_command_takes_no_module_from_it(folder: Path) -> None:
    """Beyond those that Python itself has loaded before our first line is read."""
    late = ("typer", "json", "tomllib", "logging", "numpy", "torch", "av", "platformdirs")
    for path in folder.iterdir():
        if path.stem not in late:
            path.unlink()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tcvc_cli", "config", "show"]
    run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, word_of(folder)) == (0, []), run.stderr


def test_an_empty_or_relative_entry_of_a_path_counts_for_nothing(folder: Path) -> None:
    other = str(folder.parent)
    given = {
        "PYTHONPATH": os.pathsep.join(["", ".", "lib", other, ""]),
        "PATH": os.pathsep.join([".", other]),
    }
    isolate_children(given)
    assert [one for one in given["PYTHONPATH"].split(os.pathsep) if one != str(ROOT)] == [other]
    assert given["PATH"] == other
    assert given["PYTHONSAFEPATH"] == "1"
    bare = {"PYTHONPATH": ""}
    isolate_children(bare)
    assert "" not in bare.get("PYTHONPATH", "x").split(os.pathsep)


def test_the_running_program_forgets_it_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = str(Path(os.__file__).parent)
    monkeypatch.setenv("PYTHONPATH", f"{os.pathsep}lib")
    asked = [str(folder), str(folder / "lib"), str(ROOT)]
    monkeypatch.setattr(sys, "path", [*asked, library, str(folder / "installed")])
    import_path.leave_out_current_folder()
    assert sys.path == [str(ROOT), library, str(folder / "installed")]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script is no program there")
@pytest.mark.parametrize("first", ["", "."])
def test_no_program_is_taken_from_it(folder: Path, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    word = plant_program(folder, "ffmpeg")
    installed = folder.parent / "bin"
    installed.mkdir()
    monkeypatch.setenv("PATH", os.pathsep.join([first, str(installed)]))
    assert found_program("ffmpeg") is None
    assert ffmpeg_command.version() is None
    assert not word.exists()
    plant_program(installed, "ffmpeg")
    assert found_program("ffmpeg") == str(installed / "ffmpeg")
    assert ffmpeg_command.version() == ""
    assert word.exists()  # now by the one that is installed


def test_ffmpeg_writes_no_report_for_a_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not ffmpeg_command.is_installed():
        pytest.skip("there is no ffmpeg")
    monkeypatch.setenv("FFREPORT", f"file={folder / 'report'}:level=32")
    assert ffmpeg_command.version()
    assert not (folder / "report").exists()
