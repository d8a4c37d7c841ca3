"""The words in a coloured photograph that say that its colours were computed.

PNG has them as the text COLORIZED_WITH, JPEG as its comment, TIFF as its ImageDescription, where every
viewer shows them. A contact sheet says beside it, in the text Software, that it is one.
"""

from __future__ import annotations

import struct
from pathlib import Path

from tcvc_cli.media.structure.stills.jpeg import COMMENT, segment, segments
from tcvc_cli.media.structure.stills.png import chunk, with_chunks
from tcvc_cli.media.structure.stills.tiff import directory_of, with_entry
from tcvc_cli.records import COMPUTED

WORDS = "tcvc: the colours of this photograph were computed"
SHEET = "tcvc: a contact sheet, no photograph"
_LINE = f"{COMPUTED}: {WORDS}".encode("ascii")
_JPEG_START = b"\xff\xd8"
_SHEET_HEAD = 4096  # bytes in which its mark stands
_SOFTWARE = "Software"
_DESCRIPTION = 270  # ImageDescription
_ASCII = 2


def with_mark(data: bytes, suffix: str) -> bytes:
    """The complete file `data` with the mark; `suffix` is its lower-case .png, .jpg, .jpeg, .tif or .tiff."""
    if suffix == ".png":
        return with_chunks(data, _png_text(COMPUTED, WORDS))
    if suffix in (".jpg", ".jpeg"):
        return data[:2] + segment(COMMENT, _LINE) + data[2:]
    return with_entry(data, _DESCRIPTION, _ASCII, _LINE + b"\0")


def has_mark(path: Path) -> bool:
    """Whether a photograph carries the mark; False for a file of another kind."""
    data = path.read_bytes()
    try:
        if data.startswith(_JPEG_START):
            return (COMMENT, _LINE) in segments(data)
        if data[:4] in (b"II*\0", b"MM\0*"):
            description = _tiff_description(data) or b""
            return description.startswith((_LINE + b"\0", _LINE + b"\n"))
    except (struct.error, IndexError):  # it ends too early
        return False
    return data[1:4] == b"PNG" and _png_text(COMPUTED, WORDS) in data


def with_sheet_mark(data: bytes) -> bytes:
    """The complete PNG `data`, saying that it is a contact sheet."""
    return with_chunks(data, _png_text(_SOFTWARE, SHEET))


def is_sheet(path: Path) -> bool:
    """Whether a PNG says that it is a contact sheet; False for a file of another kind."""
    with path.open("rb") as file:
        data = file.read(_SHEET_HEAD)
    return data[1:4] == b"PNG" and _png_text(_SOFTWARE, SHEET) in data


def _png_text(name: str, words: str) -> bytes:
    return chunk(b"tEXt", name.encode("ascii") + b"\0" + words.encode("ascii"))


def _tiff_description(data: bytes) -> bytes | None:
    directory = directory_of(data)
    found = (directory.text(data, one) for one in directory.entries if one.tag == _DESCRIPTION)
    return next(found, None)
