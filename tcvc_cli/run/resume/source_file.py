"""Which file a film is, whatever it is called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.errors import UnreadableInput
from tcvc_cli.files import sha256_of


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content, and when it was last written (ns since 1970) while it had that content."""

    size_bytes: int
    modified_ns: int
    sha256: str


def refuse_pipe(path: Path) -> None:
    """A film is read more than once. Raises UnreadableInput for what can be read only once, or never ends."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise UnreadableInput(
            f"{path} is not a file", f"Pipe it in: tcvc colorize - {{output}} FILE < {path}"
        )


def source_of(path: Path, seen: Source | None = None) -> Source:
    """Reads the whole file, unless it has the size and the time of `seen`. Raises UnreadableInput."""
    try:
        stat = path.stat()
        if seen is not None and (seen.size_bytes, seen.modified_ns) == (stat.st_size, stat.st_mtime_ns):
            return seen
        return Source(stat.st_size, stat.st_mtime_ns, sha256_of(path))
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}") from error
