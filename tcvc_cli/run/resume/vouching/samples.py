"""Samples of a file's content: what tells one film from another without reading all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_WHOLE_BYTES: Final = 32 << 20  # a smaller file is read completely
_END_BYTES: Final = 1 << 20  # of the head and of the tail, where containers keep their indices
_PIECE_BYTES: Final = 1 << 16
_PIECES: Final = 254


def samples_of(path: Path) -> str:
    """SHA-256 in hex of the file's size, its head and tail, and pieces spread evenly between them: 18 MiB in
    256 places, however large it is. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        size_bytes = file.seek(0, 2)
        digest.update(f"{size_bytes}\n".encode())
        for start, count in sampled(size_bytes):
            file.seek(start)
            digest.update(file.read(count))
    return digest.hexdigest()


def sampled(size_bytes: int) -> Iterator[tuple[int, int]]:
    """The places of the samples: where each begins, and how many bytes it has."""
    if size_bytes <= _WHOLE_BYTES:
        yield 0, size_bytes
        return
    yield 0, _END_BYTES
    between = size_bytes - 2 * _END_BYTES - _PIECE_BYTES
    yield from ((_END_BYTES + between * number // (_PIECES - 1), _PIECE_BYTES) for number in range(_PIECES))
    yield size_bytes - _END_BYTES, _END_BYTES
