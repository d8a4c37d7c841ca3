"""A process that has loaded all that the program needs, and forks a child for each run: a run costs what it
does and no more, and one that crashes, hangs or eats memory takes nothing else along."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import os
import pkgutil
import resource
import select
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tcvc_cli.cli.main import main, run
from tcvc_cli.errors import TcvcError
from tests.material.fuzzing.judge import Ended

PATIENCE_S = 60
CPU_S = 30
MORE_ADDRESSES = 2 << 30  # than the libraries take
LARGEST_FILE = 256 << 20
READ_BYTES = 1 << 20
UNUSED = ("train", "machines")


class Nursery:
    """Words of the runs are kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        load_program()

    def run(self, place: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> Ended:
        """`tcvc ARGUMENTS`, in the folder `place`."""
        out, err = self._folder / "stdout", self._folder / "stderr"
        child = os.fork()
        if child == 0:
            _be_a_run(place, arguments, environment, out, err)
        code, peak_mib = _wait(child)
        return Ended(code, _text(out), _text(err), peak_mib)


def load_program() -> None:
    """Without starting a thread: children would not have it."""
    import tcvc_cli

    for module in pkgutil.walk_packages(tcvc_cli.__path__, "tcvc_cli."):
        if not set(module.name.split(".")) & {"__main__", *UNUSED}:
            importlib.import_module(module.name)
    _keep_networks(importlib.import_module("tcvc_cli.model.runtime"))
    with contextlib.suppress(TcvcError):
        run(["colorize"])  # what is loaded when a command line is read
    gc.collect()
    gc.freeze()  # children copy no page for its sake


def _keep_networks(runtime: Any) -> None:
    """`tcvc-mini` in place of the default, which takes seven times as long; each network is read once."""
    import torch

    read = functools.cache(runtime.load_network)
    runtime.load_network = lambda name, device, *rest: read(
        "tcvc-mini" if name == "tcvc-dino" else name, device, *rest
    )
    runtime.load_describer = functools.cache(runtime.load_describer)
    cpu = torch.device("cpu")
    runtime.load_network("tcvc-mini", cpu)
    runtime.load_describer(cpu)


def _be_a_run(
    place: Path, arguments: Sequence[str], environment: Mapping[str, str], out: Path, err: Path
) -> None:
    """Never comes back."""
    code = 99
    try:
        os.setsid()
        os.chdir(place)
        os.environ |= environment
        for number, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        _limit()
        code = main(list(arguments))
        threading._shutdown()  # type: ignore[attr-defined]  # as the interpreter does: who never ends is seen
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode(errors="replace"))
        code = 70
    finally:
        os._exit(code)


def _limit() -> None:
    addresses = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + MORE_ADDRESSES
    for what, most in (
        (resource.RLIMIT_AS, addresses),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
    ):
        resource.setrlimit(what, (most, most))


def _wait(child: int) -> tuple[int | None, int]:
    """Exit code and peak; whatever the run has started ends with it."""
    handle = os.pidfd_open(child)
    has_ended = bool(select.select([handle], [], [], PATIENCE_S)[0])
    os.close(handle)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status) if has_ended else None, used.ru_maxrss // 1024


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(READ_BYTES).decode("utf-8", "surrogateescape")
