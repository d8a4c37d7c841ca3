"""The folder where the segments of one unfinished film lie, and who may work in it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tcvc_cli.errors import OutputBusy, OutputFolderMissing
from tcvc_cli.media.failures import writing

JOURNAL = "journal.sqlite"
SUFFIX = ".work"
_LOCK = "lock"
_NAME_BYTES = 120  # of the 255 that a name may have


def folder_of(output: Path, work_dir: Path | None) -> Path:
    """Hidden, beside the result or in `work_dir`; the same one for the same result, run after run."""
    key = output.name if work_dir is None else str(output.absolute())
    name = os.fsencode(output.name)[:_NAME_BYTES].decode(errors="ignore")
    digest = hashlib.sha256(os.fsencode(key)).hexdigest()[:8]
    return (work_dir or output.parent) / f".{name}.{digest}{SUFFIX}"


def is_work_folder(path: Path) -> bool:
    """Whether tcvc made it: by what is in it."""
    if path.is_symlink() or not path.is_dir():
        return False
    names = [one.name for one in path.iterdir()]
    return _LOCK in names or all(name.startswith((JOURNAL, "segment-", ".segment-")) for name in names)


def segment_path(folder: Path, number: int) -> Path:
    return folder / f"segment-{number:06d}.mkv"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Makes the folder where there is none, and keeps it from everyone else; a killed process lets go.

    Raises OutputBusy when another process works there, OutputFolderMissing, OutputError or DiskFull.
    """
    if not folder.parent.is_dir():
        raise OutputFolderMissing(f"there is no folder {folder.parent}", "Make it first.")
    with writing(folder):
        handle = _lock(folder)
    try:
        yield
    finally:
        os.close(handle)


def _lock(folder: Path) -> int:
    """The lock file's handle. Whoever had it may have removed the folder meanwhile: then once more."""
    while True:
        folder.mkdir(exist_ok=True)
        try:
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.stat(folder / _LOCK).st_ino == os.fstat(handle).st_ino:
                return handle
        except FileNotFoundError:
            pass
        except BlockingIOError:
            os.close(handle)
            raise OutputBusy(f"another tcvc is at work in {folder}") from None
        os.close(handle)


def remove(folder: Path) -> None:
    """The journal first, so that what a kill leaves of the folder is nothing to go on from."""
    remove_journal(folder)
    shutil.rmtree(folder, ignore_errors=True)


def remove_journal(folder: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{JOURNAL}{suffix}").unlink(missing_ok=True)


def remove_all_but(folder: Path, kept: set[Path]) -> None:
    """Whatever lies in the folder and is neither in `kept` nor the lock or the journal."""
    for path in folder.iterdir():
        if path not in kept and path.name != _LOCK and not path.name.startswith(JOURNAL):
            path.unlink()
