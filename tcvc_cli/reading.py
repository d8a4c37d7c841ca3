"""How a file that somebody names is opened for reading: a plain file, of a size that it may have.

A pipe, a socket or a device may never begin or never end, and a file of gigabytes is no list of shots. What
is wrong is an OSError with its words in `strerror`, as the system's own errors have them.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Final

_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_WAITING: Final = getattr(os, "O_NONBLOCK", 0)  # for a writer at the other end of a pipe
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
MOST_BYTES: Final = 32 << 20
"""Of what people and programs write about a film: lists, settings, records."""


def open_plain(path: Path, *, follows_links: bool = True) -> BufferedReader:
    """The file, open for reading. Raises OSError."""
    _refuse_special(path, os.stat(path, follow_symlinks=follows_links).st_mode)  # opening may do something
    handle = os.open(path, _FLAGS | _NO_WAITING | (0 if follows_links else _NO_LINK))
    try:
        _refuse_special(path, os.fstat(handle).st_mode)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def head_of(path: Path, size: int) -> bytes:
    """Its first bytes. Raises OSError."""
    with open_plain(path) as file:
        return file.read(size)


def read_plain(path: Path, most_bytes: int = MOST_BYTES, *, follows_links: bool = True) -> bytes:
    """All that it holds, at most so many bytes: more is refused before anything is read. Raises OSError."""
    with open_plain(path, follows_links=follows_links) as file:
        if (
            os.fstat(file.fileno()).st_size > most_bytes
            # None is what files of the kernel answer that have nothing to say just now
            or len(data := file.read(most_bytes + 1) or b"") > most_bytes
        ):
            raise OSError(errno.EFBIG, f"is larger than {most_bytes >> 20} MiB", str(path))
        return data


def _refuse_special(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = "is a folder" if stat.S_ISDIR(mode) else "is not a plain file"
        raise OSError(errno.EINVAL, kind, str(path))
