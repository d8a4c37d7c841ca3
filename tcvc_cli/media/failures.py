"""Turns what libav says into the error tree of tcvc."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError

from tcvc_cli.errors import DiskFull, MediaError, OutputError, OutputFolderMissing, TcvcError

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Anything that goes wrong inside while `path` is written.

    Raises DiskFull, OutputFolderMissing, OutputError (no permission) or MediaError.
    """
    try:
        yield
    except (FFmpegError, OSError) as error:
        raise _while_writing(path, error) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Anything that goes wrong inside while packets of `path` are read. Raises MediaError."""
    try:
        yield
    except (FFmpegError, OSError) as error:
        raise MediaError(f"could not read {path.name}: {error.strerror or error}") from error


def _while_writing(path: Path, error: FFmpegError | OSError) -> TcvcError:
    if error.errno in _FULL:
        return DiskFull(f"no room left while writing {path.name}")
    if error.errno == errno.ENOENT and not path.parent.is_dir():
        return OutputFolderMissing(f"the folder {path.parent} does not exist")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"no permission to write in {path.parent}")
    return MediaError(f"could not write {path.name}: {error.strerror or error}")
