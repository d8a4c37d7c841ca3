"""Which file a film is, whatever it is called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.errors import UnreadableInput
from tcvc_cli.files import sha256_of
from tcvc_cli.run.resume.vouching.samples import samples_of
from tcvc_cli.run.resume.vouching.stamps import Stamp, stamp_of


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content, and when it was last written (ns since 1970) while it had that content. `samples` are
    those of `samples_of`, empty where nobody has taken any; `changed_ns` is as in `Stamp`, 0 where nobody
    knows."""

    size_bytes: int
    modified_ns: int
    sha256: str
    samples: str = ""
    changed_ns: int = 0

    def seems_to_be(self, path: Path, stamp: Stamp) -> bool:
        """Whether the file still is this, as far as can be told without reading it whole. Raises OSError."""
        is_same = (self.size_bytes, self.modified_ns) == (stamp.size_bytes, stamp.modified_ns)
        is_untouched = not self.changed_ns or self.changed_ns == stamp.changed_ns
        return is_same and is_untouched and (not self.samples or self.samples == samples_of(path))


def refuse_pipe(path: Path) -> None:
    """A film is read more than once. Raises UnreadableInput for what can be read only once, or never ends."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise UnreadableInput(
            f"{path} is not a file", f"Pipe it in: tcvc colorize - {{output}} FILE < {path}"
        )


def source_of(path: Path, seen: Source | None = None) -> Source:
    """Reads the whole file, unless it has the size, times and samples of `seen`. Raises UnreadableInput."""
    try:
        stamp = stamp_of(path)
        if seen is not None and seen.seems_to_be(path, stamp):
            return seen
        samples, sha256 = samples_of(path), sha256_of(path)
        return Source(stamp.size_bytes, stamp.modified_ns, sha256, samples, stamp.changed_ns)
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}") from error
