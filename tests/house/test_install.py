"""What an installation may ask of a machine: no library of a desktop, nothing that POSIX alone has, nothing
loaded that the work at hand does not need, and versions that were tested."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tcvc_cli.run import requirements
from tcvc_cli.run.requirements import libraries
from tests.material.media_sources import Source, make

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OF_THE_PROGRAM = [Requirement(text) for text in PROJECT["dependencies"]]
EVERY_MODULE = """
import importlib, pkgutil
def load_everything():
    import tcvc_cli
    for module in pkgutil.walk_packages(tcvc_cli.__path__, "tcvc_cli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""


def python(code: str, *arguments: str | Path) -> str:
    """What `code` prints in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_library_of_a_desktop_is_loaded() -> None:
    code = f"{EVERY_MODULE}\nload_everything()\nprint(open('/proc/self/maps').read())"
    loaded = {Path(line.split()[-1]) for line in python(code).splitlines() if ".so" in line}
    assert any(path.name.startswith("cv2") for path in loaded)
    of_the_system = {path.name for path in loaded if "site-packages" not in path.parts}
    desktop = re.compile(r"lib(GL|EGL|OpenGL|glib|gthread|X11|Xext|SM|ICE|xcb|Qt)")
    assert {name for name in of_the_system if desktop.match(name)} == set()


# Third parties have their own ways on each system; they come first, then what Windows lacks is taken away.
WITHOUT_POSIX = (
    EVERY_MODULE
    + """
import os, signal, sys
import av, cv2, filelock, huggingface_hub, numpy, platformdirs, psutil, rich, safetensors, torch, typer
import asyncio, concurrent.futures.process, multiprocessing.pool, sqlite3, subprocess, tempfile
for name in ("fcntl", "grp", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
for name in ("fork", "geteuid", "getuid", "killpg", "mkfifo", "nice", "setsid", "statvfs", "sysconf"):
    delattr(os, name)
for name in ("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGUSR1"):
    delattr(signal, name)
load_everything()
"""
)


@pytest.mark.slow
def test_everything_is_imported_without_what_posix_alone_has() -> None:
    python(WITHOUT_POSIX)


POSIX_ALONE = {
    "os": "chown fork geteuid getuid getloadavg killpg mkfifo nice posix_fadvise posix_fallocate "
    "sched_getaffinity setsid statvfs sysconf uname wait4 O_DIRECTORY O_NOFOLLOW O_NONBLOCK",
    "signal": "SIGALRM SIGCHLD SIGHUP SIGKILL SIGPIPE SIGQUIT SIGUSR1 SIGUSR2 pthread_sigmask sigwait alarm",
}


@pytest.mark.parametrize("module", POSIX_ALONE)
def test_nothing_is_called_that_posix_alone_has(module: str) -> None:
    used = {
        (path.name, node.attr)
        for path in (ROOT / "tcvc_cli").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module
    }
    assert used
    assert {one for one in used if one[1] in POSIX_ALONE[module].split()} == set()


COLORS_WITHOUT = """
import sys
from tcvc_cli.cli.main import main
assert main(["colorize", sys.argv[1], "-q", "--proof", "--model-size", "64"]) == 0
print(sorted({"ffmpeg", "huggingface_hub", "httpx2", "hf_xet", "bagit", "matplotlib"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_a_film_is_coloured_without_what_only_other_commands_need(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mkv", Source(frames=2))
    assert python(COLORS_WITHOUT, film).strip() == "[]"


def pins(name: str) -> dict[str, Version]:
    lines = (line.partition("==") for line in (ROOT / name).read_text().splitlines())
    return {one.lower().replace("_", "-"): Version(version) for one, equal, version in lines if equal}


def least(specifier: SpecifierSet) -> Version:
    return next(Version(one.version) for one in specifier if one.operator == ">=")


@pytest.mark.parametrize("required", OF_THE_PROGRAM, ids=lambda required: required.name)
def test_both_ends_of_what_is_admitted_are_tested(required: Requirement) -> None:
    """The lower end itself stands in constraints-lowest.txt. The upper end stops at the next version that may
    break something, above the pin of constraints.txt: a major one, or a minor one before 1.0."""
    newest, oldest = (pins(name)[required.name] for name in ("constraints.txt", "constraints-lowest.txt"))
    assert oldest == least(required.specifier)
    assert newest in required.specifier
    assert Version(f"{newest.major + 1}.0") not in required.specifier
    if newest.major == 0:
        assert Version(f"0.{newest.minor + 1}") not in required.specifier


def test_the_doctors_libraries_are_those_of_the_project() -> None:
    found = list(libraries())
    assert {one.name for one in found} == {one.name for one in OF_THE_PROGRAM}
    assert all(one.is_tested for one in found), [one for one in found if not one.is_tested]


def test_an_untested_version_and_a_missing_library_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["numpy<2.5,>=99", "no-such-library>=1", 'bagit>=99; extra == "bag"']
    monkeypatch.setattr(requirements, "requires", lambda name: wanted)
    assert [(one.name, one.is_tested) for one in libraries()] == [
        ("numpy", False),
        ("no-such-library", False),
    ]
    assert str(list(libraries())[1]) == "no-such-library is missing"
