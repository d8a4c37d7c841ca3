"""A file stands under its final name only when it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tcvc_cli.media.failures import writing


def part_path(output: Path) -> Path:
    """The temporary name of `output` while it is written."""
    return output.with_name(f".{output.name}.part")


@contextmanager
def part_of(output: Path, *, on_whole: Callable[[Path], None] | None = None) -> Iterator[Path]:
    """A temporary name beside `output`; moved to `output` at the end, removed on any error.

    What is moved has reached the disk. `on_whole` is called with it just before. Raises DiskFull,
    OutputFolderMissing, OutputError, MediaError.
    """
    part = part_path(output)
    try:
        with writing(output):
            yield part
            _sync(part)
            if on_whole is not None:
                on_whole(part)
            os.replace(part, output)
            _sync(output.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
