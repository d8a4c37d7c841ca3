"""A folder for what one machine is sent in one run: its workers share it, nobody else may open it, and it
goes with the run."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from tcvc_cli.errors import OutputError
from tcvc_cli.files import NO_LINK, writing

_PREFIX: Final = "tcvc-ship-"
_USED: Final = "used"  # locked by whoever works in the folder
_LEFT_S: Final = 3600.0


@lru_cache(maxsize=1)
def machine_folder(token: str) -> Path:
    """That of the run with this token, which nobody can guess; this process uses it until it ends. Those of
    runs that were killed an hour ago and more are removed. Raises OutputError, or what `writing` does."""
    for left in _left():
        shutil.rmtree(left, ignore_errors=True)
    folder = _folder_of(token)
    with writing(folder):
        folder.mkdir(0o700, exist_ok=True)
        if not _is_private(folder):
            raise OutputError(f"{folder} is not this user's alone", "Remove it.")
        _use(folder)
    return folder


def remove_machine_folder(token: str) -> None:
    """When nobody works there any more."""
    shutil.rmtree(_folder_of(token), ignore_errors=True)


def _folder_of(token: str) -> Path:
    return Path(tempfile.gettempdir()) / f"{_PREFIX}{token}"


def _is_private(folder: Path) -> bool:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    own_id = getattr(os, "getuid", None)  # Windows has no such modes
    return own_id is None or (found.st_uid == own_id() and not found.st_mode & 0o077)


def _use(folder: Path) -> None:
    """The handle stays open, and with it the lock, until the process ends, however it does."""
    handle = os.open(folder / _USED, os.O_RDWR | os.O_CREAT | NO_LINK, 0o600)
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_SH)


def _left() -> Iterator[Path]:
    """Folders of this user that no process uses."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            is_old = time.time() - folder.lstat().st_mtime > _LEFT_S
            if is_old and _is_private(folder) and not _is_used(folder):
                yield folder
        except OSError:
            continue


def _is_used(folder: Path) -> bool:
    if sys.platform == "win32":
        return True  # as far as anybody can tell
    import fcntl

    handle = os.open(folder / _USED, os.O_RDWR | NO_LINK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
