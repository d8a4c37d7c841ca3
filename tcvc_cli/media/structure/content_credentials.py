"""Whether a file holds content credentials: a C2PA manifest store, where each format has its place for one
(C2PA 2.1, annex A)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tcvc_cli.media.structure.boxes import boxes

CREDENTIALS: Final = "content credentials"
_UUID: Final = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")  # of the box in MP4 and QuickTime
_STORE: Final = b"jumdc2pa"  # how every store begins: its description box and the type in it
_ISO_BEGINS: Final = (b"ftyp", b"wide", b"moov", b"mdat", b"free", b"skip")
_LARGEST_PHOTOGRAPH_BYTES: Final = 1 << 31


def has_credentials(path: Path, *, is_photograph: bool) -> bool:
    """Of Matroska they stand in a file beside it, which is no part of it."""
    if is_photograph:
        return path.stat().st_size <= _LARGEST_PHOTOGRAPH_BYTES and _STORE in path.read_bytes()
    with path.open("rb") as file:
        if file.read(8)[4:] not in _ISO_BEGINS:
            return False
        for box in boxes(file, path.stat().st_size):
            file.seek(box.start + box.head)
            if box.kind == b"uuid" and file.read(16) == _UUID:
                return True
    return False
