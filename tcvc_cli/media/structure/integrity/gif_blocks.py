"""Where a GIF stops to be one: a byte that begins no block, or an end without the block that ends it (GIF89a,
sections 7 and 27). FFmpeg shows what it has until then, and takes it for all."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

from tcvc_cli.media.structure.integrity.matroska_clusters import BrokenPlace

_MAGIC: Final = (b"GIF87a", b"GIF89a")
_EXTENSION, _IMAGE, _END = b"\x21", b"\x2c", b"\x3b"


def broken_blocks(path: Path) -> tuple[BrokenPlace, ...]:
    """From the first wrong byte to the end of the file, which may be the same; none of a whole GIF, and of
    another file. Raises OSError."""
    with path.open("rb") as file:
        if file.read(6) not in _MAGIC:
            return ()
        size, wrong = path.stat().st_size, _first_wrong(file)
        return () if wrong is None else (BrokenPlace(min(wrong, size), size, None, None),)


def _first_wrong(file: BinaryIO) -> int | None:
    _skip_palette(file, file.read(7)[4:5])
    while True:
        place, kind = file.tell(), file.read(1)
        if kind == _END:
            return None
        if kind == _EXTENSION:
            file.read(1)
        elif kind == _IMAGE:
            _skip_palette(file, file.read(9)[8:9])
            file.read(1)
        else:
            return place
        _skip_parts(file)


def _skip_palette(file: BinaryIO, flags: bytes) -> None:
    if flags and flags[0] & 0x80:
        file.seek(3 << (flags[0] & 7) + 1, 1)


def _skip_parts(file: BinaryIO) -> None:
    while length := file.read(1):
        if length == b"\0":
            return
        file.seek(length[0], 1)
