"""The way to a Ray cluster, or to one that is started for this run: in silence, and on no public address."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tcvc_cli.errors import UsageError
from tcvc_cli.run.machines.options import Machines

_CONNECT_S: Final = 5.0
_STORE_BYTES: Final = 80 * 2**20  # the least that Ray takes, about; events need no more
_LOOPBACK: Final = ("localhost", "127.0.0.1")


@contextmanager
def connected(machines: Machines) -> Iterator[None]:
    """Connected to the cluster, or with one of its own on this machine alone, while the block runs. Raises
    UsageError where there is none."""
    import ray

    folder = _private_folder()
    try:
        with _silent():
            with _inside(folder):
                _connect(machines, folder)
            yield
    finally:
        ray.shutdown()  # which ends the actors too
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Where Ray is met is the first place from which its workers take modules: so not where films lie."""
    outside = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(outside)


@contextmanager
def _silent() -> Iterator[None]:
    """What Ray has to say of workers that die it prints on stdout, which is ours, asked or not."""
    from ray._private import worker as ray_driver

    usual: Any = ray_driver.print_to_stdstream
    ray_driver.print_to_stdstream = _say_nothing
    try:
        yield
    finally:
        ray_driver.print_to_stdstream = usual


def _say_nothing(*_: object, **__: object) -> None: ...


def _private_folder() -> Path:
    """Where Ray keeps its sockets, whose names may not be long, and its logs; nobody else may look inside."""
    short = "/tmp" if os.path.isdir("/tmp") else None
    return Path(tempfile.mkdtemp(prefix="tcvc-ray-", dir=short))


def _connect(machines: Machines, folder: Path) -> None:
    from ray.exceptions import RayError

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    signals = _handlers()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if machines.ray == "local":
                _start_here(machines, folder, quiet)
            else:
                _join(str(machines.ray), quiet)
    except (RayError, ConnectionError, OSError, ValueError, RuntimeError) as error:
        where = "Ray does not start here" if machines.ray == "local" else f"no Ray cluster at {machines.ray}"
        advice = "See docs/many-machines.md for how to start one."
        raise UsageError(f"{where}: {first_line(error)}", advice, option="ray") from error
    finally:
        for number, handler in signals.items():  # Ray takes SIGTERM, and aborts three seconds after it
            signal.signal(number, handler)


def _handlers() -> dict[int, Any]:
    """Of the signals that end a run; only the main thread may change them, as Ray knows too."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    numbers = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
    found = {number: signal.getsignal(number) for number in numbers}
    return {number: handler for number, handler in found.items() if handler is not None}


def _start_here(machines: Machines, folder: Path, quiet: dict[str, Any]) -> None:
    """A cluster of this machine alone."""
    import ray

    wanted = -(-(machines.ray_workers or 0) * machines.ray_cpus // 1)
    with _loopback():
        ray.init(
            "local",
            num_cpus=max(int(wanted), os.cpu_count() or 1),
            include_dashboard=False,
            object_store_memory=_STORE_BYTES,
            _node_ip_address="127.0.0.1",
            _temp_dir=str(folder / "ray"),  # which Ray opens to everybody; the folder around it stays closed
            **quiet,
        )


def _join(address: str, quiet: dict[str, Any]) -> None:
    """Ray waits a minute and more for a cluster that is not there; a look before does not."""
    import ray

    host, _, port = address.rpartition(":")
    if not host:
        ray.init(address, **quiet)
        return
    socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()
    if host in _LOOPBACK:
        with _loopback():
            ray.init(address, **quiet)
    else:
        ray.init(address, **quiet)


@contextmanager
def _loopback() -> Iterator[None]:
    """Inside, 127.0.0.1 stays what it is. On Linux Ray puts the machine's public address in its place, and
    then listens on all of them; by the same switch it does not on Windows and macOS."""
    from ray._private import ray_constants

    usual = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = usual


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
