"""Who works in a work folder, as far as that is seen without touching it."""

from __future__ import annotations

import re
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LOCKS: Final = Path("/proc/locks")
# 1: FLOCK  ADVISORY  WRITE 4711 08:01:123456 0 EOF
_LOCKED = re.compile(r"^\d+: FLOCK +\w+ +WRITE (-?\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that works in a folder. `pid` is None where the system does not tell it."""

    host: str
    pid: int | None
    is_alive: bool | None


def holder_of(folder: Path) -> Holder | None:
    """By the lock in the folder, which only this machine's own processes show, and only where the system
    lists its locks."""
    try:
        lock, locks = (folder / "lock").lstat(), _LOCKS.read_text("ascii", errors="replace")
    except OSError:
        return None
    if not stat.S_ISREG(lock.st_mode):
        return None
    for pid, _, _, inode in _LOCKED.findall(locks):  # a device has other numbers there on some file systems
        if int(inode) == lock.st_ino:
            return Holder(socket.gethostname(), int(pid) if int(pid) > 0 else None, is_alive=True)
    return None
