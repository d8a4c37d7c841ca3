"""What a file is, by its suffix and by its first bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

Kind = Literal["picture", "film"]

HEAD_BYTES: Final = 32
PICTURE_SUFFIXES: Final = (
    ".png",
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".tif",
    ".tiff",
    ".webp",
    ".avif",
    ".jxl",
)
FILM_SUFFIXES: Final = (
    *(".mkv", ".mp4", ".m4v", ".mov", ".webm", ".avi", ".mpg", ".mpeg", ".m2v", ".ts", ".m2ts", ".mts"),
    *(".vob", ".wmv", ".flv", ".ogv", ".mxf", ".dv", ".nut", ".y4m", ".3gp"),
)
_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_FILMS: Final = (b"\x1a\x45\xdf\xa3", b"YUV4MPEG2 ", b"\0\0\x01\xba", b"\0\0\x01\xb3", b"FLV\x01", b"OggS")
_JPEG_XL: Final = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")
_STILL_BRANDS: Final = (b"avif", b"avis", b"mif1", b"heic", b"heix", b"msf1")


def kind_of(path: Path, head: bytes) -> Kind | None:
    """The suffix is believed, as whoever reads the file finds out soon; without one that says anything, its
    first bytes are."""
    suffix = path.suffix.lower()
    if suffix in PICTURE_SUFFIXES:
        return "picture"
    return "film" if suffix in FILM_SUFFIXES else _kind_of_bytes(head)


def is_jpeg_xl(head: bytes) -> bool:
    return head.startswith(_JPEG_XL)


def _kind_of_bytes(head: bytes) -> Kind | None:
    if head.startswith(_PICTURES) or is_jpeg_xl(head):
        return "picture"
    if head.startswith(b"RIFF"):
        return "picture" if head[8:12] == b"WEBP" else "film"
    if head[4:8] == b"ftyp":
        return "picture" if head[8:12] in _STILL_BRANDS else "film"
    return "film" if head.startswith(_FILMS) else None
