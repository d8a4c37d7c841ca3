"""Turns what libav says into the error tree of tcvc."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError

from tcvc_cli.errors import MediaError
from tcvc_cli.files import while_writing


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Anything that goes wrong inside while `path` is written.

    Raises DiskFull, OutputFolderMissing, OutputError (no permission) or MediaError.
    """
    try:
        yield
    except (FFmpegError, OSError) as error:
        raise while_writing(path, error) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Anything that goes wrong inside while packets of `path` are read. Raises MediaError."""
    try:
        yield
    except (FFmpegError, OSError) as error:
        raise MediaError(f"could not read {path.name}: {error.strerror or error}") from error
