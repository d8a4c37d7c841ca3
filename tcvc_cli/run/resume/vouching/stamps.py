"""What the system says of a file: where nothing of it has changed, nobody has written to the file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from tcvc_cli.errors import BadReference
from tcvc_cli.files import sha256_of

_HAS_CHANGE_TIMES: Final = sys.platform != "win32"  # there it is the time when the file was made


@dataclass(frozen=True, slots=True)
class Stamp:
    """Of the file that a path leads to. `changed_ns` is a time that the system alone sets: whoever edits a
    file and puts its size and `modified_ns` back has moved it on; 0 where the system has no such time."""

    device: int
    inode: int
    size_bytes: int
    modified_ns: int
    changed_ns: int


def stamp_of(path: Path) -> Stamp:
    """Raises OSError."""
    seen = path.stat()
    changed_ns = seen.st_ctime_ns if _HAS_CHANGE_TIMES else 0
    return Stamp(seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, changed_ns)


def sha256_as_it_is(path: Path) -> str:
    """SHA-256 in hex; read anew only when somebody may have written to the file since. Raises OSError."""
    stamp = stamp_of(path)
    return _sha256(path.absolute(), stamp) if stamp.changed_ns else sha256_of(path)


def refuse_another(picture: Path, sha256: str) -> None:
    """Raises BadReference when a picture is not the one that it was when the run began."""
    try:
        is_same = sha256_as_it_is(picture) == sha256
    except OSError as error:
        raise BadReference(f"{picture}: {error.strerror}") from error
    if not is_same:
        raise BadReference(f"{picture.name} was changed during the run", "Run the same command again.")


@lru_cache(maxsize=1 << 16)
def _sha256(path: Path, stamp: Stamp) -> str:
    return sha256_of(path)
