"""The folder of a result, made when the work begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tcvc_cli.errors import OutputError, OutputFolderMissing


@contextmanager
def folder_made(folder: Path | None) -> Iterator[None]:
    """Inside, it is there; when nothing came into it, it is gone again afterwards. The one above is not made,
    since its name may be mistyped. Raises OutputFolderMissing or OutputError."""
    if folder is None or folder.is_dir():
        yield
        return
    _make(folder)
    try:
        yield
    finally:
        with suppress(OSError):  # it is not empty
            folder.rmdir()


def _make(folder: Path) -> None:
    if not folder.absolute().parent.is_dir():
        raise OutputFolderMissing(f"there is no folder {folder.absolute().parent}")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {folder} cannot be made: {error.strerror}") from error
