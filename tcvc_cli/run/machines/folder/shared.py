"""The hidden folder in the output folder by which shards know of each other. What is read there anybody may
have written."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from tcvc_cli.errors import OutputError
from tcvc_cli.files import NO_LINK, make_folder

_NAME: Final = ".tcvc-shards"
_MOST_BYTES: Final = 1 << 26
_NO_WAITING: Final = getattr(os, "O_NONBLOCK", 0)  # for a writer at the other end of a pipe


def shared_folder(output: Path) -> Path:
    """Where it is, or would be."""
    return output / _NAME


def make_shared_folder(output: Path) -> Path:
    """Makes it where there is none. Raises OutputError or MediaError."""
    folder = shared_folder(output)
    make_folder(folder)
    _refuse_link(folder)
    return folder


def read_shared(path: Path) -> str | None:
    """A file of the folder, as `read_text`."""
    _refuse_link(path.parent)
    return read_text(path)


def read_text(path: Path) -> str | None:
    """What JSON that tcvc has written holds; None where it is not there. Raises OutputError for what is no
    file of ours: a link, a device, more than 64 MiB, or no ASCII."""
    try:
        with open(os.open(path, os.O_RDONLY | NO_LINK | _NO_WAITING), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
                raise OutputError(f"{path} is no file of tcvc", "Look at it, then remove it.")
            return file.read(_MOST_BYTES).decode("ascii")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be read: {error}", "Look at it, then remove it.") from error


def _refuse_link(folder: Path) -> None:
    if folder.is_symlink():
        raise OutputError(f"{folder} is a link, and tcvc writes in no folder but its own", "Remove it.")
