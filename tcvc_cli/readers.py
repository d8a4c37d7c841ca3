"""Who may read what is made: nobody who may not read the film that it is made from.

A film says so when it is opened. Whatever this process makes from then on, by whichever library, is kept from
the same people: the umask, which libraries go by too, gets narrower, and never wider. `own_readers` is for
those who go on to another film.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_OTHERS: Final = ((stat.S_IRGRP, stat.S_IRWXG), (stat.S_IROTH, stat.S_IRWXO))


@dataclass(frozen=True, slots=True)
class _Kept:
    """`hidden` are the permissions that nothing gets; where `groups` are named, no other group gets any.
    `umask` is that of the process as it was before any film had a say."""

    hidden: int = 0
    groups: frozenset[int] = frozenset()
    umask: int = 0


_lock = threading.Lock()
_now = [_Kept()]  # of the process, as the umask is


def keep_as(film: Path) -> None:
    """From here on nothing is made that more people may read than this file. A missing one says nothing."""
    if sys.platform == "win32":
        return  # files there are as private as the folder that they lie in
    try:
        found = film.stat()
    except OSError:
        return
    hidden = sum(all_of for reading, all_of in _OTHERS if not found.st_mode & reading)
    if not hidden:
        return
    groups = frozenset((found.st_gid,)) if found.st_mode & stat.S_IRGRP else frozenset[int]()
    with _lock:
        before = _now[0]
        umask = before.umask if before.hidden else os.umask(0o077)  # it is told to who changes it alone
        _now[0] = _Kept(before.hidden | hidden, before.groups | groups, umask)
        os.umask(umask | _now[0].hidden)


def confine(made: int | Path) -> None:
    """For a new file or folder, by handle or path, where the umask has no say: the folder has permissions of
    its own for what is made in it, or gives it to another group. A disk without permissions (FAT), and a
    folder of somebody else's, stay as they are. Raises OSError."""
    kept = _now[0]
    if not kept.hidden:
        return
    found = os.stat(made)
    hidden = kept.hidden | (stat.S_IRWXG if kept.groups - {found.st_gid} else 0)
    if found.st_mode & hidden:
        with suppress(PermissionError):
            os.chmod(made, stat.S_IMODE(found.st_mode) & ~hidden)


@contextmanager
def own_readers() -> Iterator[None]:
    """What is opened while it lasts has no say about what is made later."""
    before = _now[0]
    try:
        yield
    finally:
        with _lock:
            if _now[0] != before:
                os.umask(_now[0].umask | before.hidden)
                _now[0] = before
