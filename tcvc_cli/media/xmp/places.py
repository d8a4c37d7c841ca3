"""Where each kind of file keeps XMP. Matroska, MXF and streams have no place for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tcvc_cli.media.xmp.jpeg import jpeg_with_xmp, xmp_of_jpeg
from tcvc_cli.media.xmp.png import png_with_xmp, xmp_of_png
from tcvc_cli.media.xmp.quicktime import xmp_of_quicktime
from tcvc_cli.media.xmp.riff import xmp_of_riff
from tcvc_cli.media.xmp.tiff import tiff_with_xmp, xmp_of_tiff
from tcvc_cli.records import FilmInfo

_START, _END = b"<x:xmpmeta", b"</x:xmpmeta>"
_TIFF: Final = (b"II*\0", b"MM\0*")


def xmp_of(film: FilmInfo) -> tuple[bytes, ...]:
    """The packets of a film or a photograph, most often one or none. Raises OSError."""
    if film.is_photograph:
        return xmp_of_photograph(film.path)
    if "mp4" in film.container:
        return xmp_of_quicktime(film.path)
    return xmp_of_riff(film.path) if film.container == "avi" else ()


def xmp_of_photograph(path: Path) -> tuple[bytes, ...]:
    """Of kinds that have no reader here, what looks like a packet."""
    data = path.read_bytes()
    if data.startswith(b"\xff\xd8"):
        return xmp_of_jpeg(data)
    if data[1:4] == b"PNG":
        return xmp_of_png(data)
    if data.startswith(_TIFF):
        return xmp_of_tiff(data)
    if data.startswith(b"RIFF"):
        return xmp_of_riff(path)
    start, stop = data.find(_START), data.rfind(_END)
    return (data[start : stop + len(_END)],) if 0 <= start < stop else ()


def photograph_with_xmp(data: bytes, suffix: str, packet: bytes) -> bytes:
    """The complete file `data`, which has none; `suffix` is its lower-case .png, .jpg, .jpeg, .tif or
    .tiff."""
    if suffix == ".png":
        return png_with_xmp(data, packet)
    return (jpeg_with_xmp if suffix in (".jpg", ".jpeg") else tiff_with_xmp)(data, packet)
