"""Which file something was made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.errors import UnreadableInput


@dataclass(frozen=True, slots=True)
class FileMark:
    """`file` is the name without its folder; `modified_ns` is since 1970."""

    file: str
    bytes: int
    modified_ns: int


def mark_of(path: Path) -> FileMark:
    """Raises UnreadableInput."""
    try:
        now = path.stat()
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}") from error
    return FileMark(path.name, now.st_size, now.st_mtime_ns)
