"""Which process on which machine: told to others through files, and whether it still runs.

A pid says nothing without the system that gave it, so it stands beside a name of the running system: on
Linux its boot and its pid namespace (containers count their own), elsewhere the machine. Where that cannot be
had, or is another one's, nobody can tell from here whether the process lives.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_MOST_PID = 2**32 - 1
_HOST = re.compile(r"[A-Za-z0-9._-]{0,64}", re.ASCII)
_SYSTEM = re.compile(r"[A-Za-z0-9:\[\]._-]{0,128}", re.ASCII)
_STARTED = re.compile(r"[0-9]{0,20}(\.[0-9]{1,9})?", re.ASCII)
_NOT_IN_HOSTS = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)
_RANDOM_NODE = 1 << 40  # set where `getnode` found no network card and made a number up
_SAME_START_S = 2.0
_DEAD_STATES = "ZXx"  # a zombie has let go of all it had


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """`system` and `started` are empty where they could not be had; both are to be compared, not to be read.

    ValueError for what no process can be.
    """

    host: str
    system: str
    pid: int
    started: str

    def __post_init__(self) -> None:
        if not 0 < self.pid <= _MOST_PID:
            raise ValueError(f"{self.pid} is no process")
        for text, allowed in ((self.host, _HOST), (self.system, _SYSTEM), (self.started, _STARTED)):
            if allowed.fullmatch(text) is None:
                raise ValueError(f"{text!r} is not how a process is told")

    def __str__(self) -> str:
        return f"pid {self.pid} on {self.host or 'an unnamed machine'}"


def this_process() -> ProcessIdentity:
    pid = os.getpid()
    return ProcessIdentity(_host(), _system(), pid, _started(pid) or "")


def is_running(process: ProcessIdentity) -> bool | None:
    """None where it cannot be told from here."""
    if not process.system or process.system != _system():
        return None
    return _is_running_here(process)


def _is_running_here(process: ProcessIdentity) -> bool | None:
    if sys.platform == "linux":
        try:
            os.kill(process.pid, 0)
        except ProcessLookupError:
            return False
        except (PermissionError, OverflowError):
            pass  # it is another user's, or no pid of this system
        return _is_same_start(process)
    import psutil

    return bool(psutil.pid_exists(process.pid)) and _is_same_start(process)


def _is_same_start(process: ProcessIdentity) -> bool | None:
    """Of a process that is there: it may have the pid of one that has ended."""
    try:
        started = _started(process.pid)
    except ProcessLookupError:
        return False
    if not started or not process.started:
        return None
    if sys.platform == "linux":
        return started == process.started
    return abs(float(started) - float(process.started)) <= _SAME_START_S


def _started(pid: int) -> str | None:
    """None where the system does not say. Raises ProcessLookupError where it has ended, and only its parent
    does not know yet."""
    if sys.platform == "linux":
        return _ticks(pid)
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            raise ProcessLookupError(pid)
        return f"{process.create_time():.6f}"
    except psutil.NoSuchProcess:
        raise ProcessLookupError(pid) from None
    except psutil.Error:
        return None


def _ticks(pid: int) -> str | None:
    """Since this boot, so that nobody who sets the clock changes it, as psutil's time would be."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()  # the name before may hold anything
    if state in _DEAD_STATES:
        raise ProcessLookupError(pid)
    return rest[18] if len(rest) > 18 and rest[18].isdecimal() else None


def _host() -> str:
    return _NOT_IN_HOSTS.sub("-", socket.gethostname())[:64]


@cache
def _system() -> str:
    if sys.platform != "linux":
        node = uuid.getnode()
        return "" if node & _RANDOM_NODE else f"{sys.platform}-{node:012x}"
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        system = f"{boot}-{os.readlink('/proc/self/ns/pid')}-{_host()}"
    except (OSError, ValueError):
        return ""
    return system if _SYSTEM.fullmatch(system) else ""
