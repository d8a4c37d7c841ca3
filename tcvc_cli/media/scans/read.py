"""Resolution and descriptions of a photograph, as PNG, JPEG and TIFF have them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from tcvc_cli.media.read.orientation import tags_start, turn_of
from tcvc_cli.media.structure.stills import jpeg
from tcvc_cli.media.structure.stills.png import chunks
from tcvc_cli.media.structure.stills.tiff import Directory, Entry, directory_of
from tcvc_cli.records import COMPUTED

# Descriptions that people give, by their numbers in TIFF and Exif, as PNG calls them.
TAGS: Final = {
    269: "Document",
    270: "Description",
    271: "Make",
    272: "Model",
    285: "Page",
    306: "Creation Time",
    315: "Author",
    316: "Host Computer",
    33432: "Copyright",
}
COMMENT: Final = "Comment"
ACROSS, DOWN, UNIT = 282, 283, 296
INCH_IN_METRES: Final = Fraction(254, 10_000)
_CENTIMETRES: Final = 3
_XMP: Final = "XML:com.adobe.xmp"
_INLINE: Final = 4
_MOST_TEXT: Final = 1 << 20
_PNG, _JPEG, _TIFF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", (b"II*\0", b"MM\0*")


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """`dpi`: dots per inch across and down, as the picture stands upright; None where nobody says. `texts`:
    what is written, by what it is called, in its order."""

    dpi: tuple[Fraction, Fraction] | None = None
    texts: tuple[tuple[str, str], ...] = ()


NOTHING_WRITTEN: Final = ScanFacts()


def scan_facts(path: Path) -> ScanFacts:
    """Without what results say of themselves. Of another kind of file, or of one cut short, nothing."""
    data = path.read_bytes()
    try:
        facts = _facts(data)
    except (struct.error, zlib.error, ZeroDivisionError, IndexError, ValueError):
        return ScanFacts()
    is_turned = facts.dpi is not None and turn_of(path).is_swapped
    dpi = facts.dpi[::-1] if is_turned and facts.dpi is not None else facts.dpi
    return ScanFacts(dpi, tuple(_of_people(facts.texts)))


def _of_people(texts: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    for name, words in texts:
        lines = [line for line in words.split("\n") if not line.startswith(f"{COMPUTED}: ")]
        if name != COMPUTED and any(lines):
            yield name, "\n".join(lines)


def _facts(data: bytes) -> ScanFacts:
    if data.startswith(_PNG):
        return _of_png(data)
    if data.startswith(_JPEG):
        return _of_jpeg(data)
    return _of_tiff(data) if data[:4] in _TIFF else ScanFacts()


def _of_png(data: bytes) -> ScanFacts:
    exif = _of_exif(data)
    dpi, texts = None, list[tuple[str, str]]()
    for kind, body in chunks(data):
        if kind == b"pHYs" and body[8:9] == b"\1":
            across, down = struct.unpack_from(">II", body)
            dpi = (across * INCH_IN_METRES, down * INCH_IN_METRES)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            texts.append(_png_text(kind, body))
    texts = [one for one in texts if one[0] != _XMP and one[1]]
    return ScanFacts(dpi or exif.dpi, (*texts, *(one for one in exif.texts if one not in texts)))


def _png_text(kind: bytes, body: bytes) -> tuple[str, str]:
    name, _, rest = body.partition(b"\0")
    is_packed = kind == b"zTXt"
    if kind == b"zTXt":
        rest = rest[1:]
    elif kind == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[2]
    words = zlib.decompressobj().decompress(rest, _MOST_TEXT) if is_packed else rest[:_MOST_TEXT]
    return name.decode("latin-1"), words.decode("utf-8" if kind == b"iTXt" else "latin-1", "replace")


def _of_jpeg(data: bytes) -> ScanFacts:
    exif = _of_exif(data)
    dpi, comments = None, []
    for marker, body in jpeg.segments(data):
        if marker == jpeg.APP0 and body.startswith(b"JFIF\0") and body[7] in (1, 2):
            across, down = struct.unpack_from(">HH", body, 8)
            scale = Fraction(1) if body[7] == 1 else Fraction(254, 100)
            dpi = (across * scale, down * scale)
        elif marker == jpeg.COMMENT:
            comments.append((COMMENT, body.rstrip(b"\0").decode("utf-8", "replace")))
    return ScanFacts(exif.dpi or dpi, (*exif.texts, *comments))


def _of_exif(data: bytes) -> ScanFacts:
    try:
        start = tags_start(data)
    except ValueError:
        return ScanFacts()
    return _of_tiff(data[start:]) if start else ScanFacts()


def _of_tiff(data: bytes) -> ScanFacts:
    directory = directory_of(data)
    entries = {one.tag: one for one in directory.entries}
    texts = tuple(
        (name, words)
        for tag, name in TAGS.items()
        if tag in entries and (words := _words(data, directory, entries[tag]))
    )
    return ScanFacts(_dpi(data, directory, entries), texts)


def _words(data: bytes, directory: Directory, entry: Entry) -> str:
    raw = entry.value[: entry.size] if entry.size <= _INLINE else directory.text(data, entry)
    return raw[:_MOST_TEXT].rstrip(b"\0").decode("utf-8", "replace").strip()


def _dpi(data: bytes, directory: Directory, entries: dict[int, Entry]) -> tuple[Fraction, Fraction] | None:
    if ACROSS not in entries or DOWN not in entries:
        return None
    values = []
    for tag in (ACROSS, DOWN):
        (place,) = struct.unpack(f"{directory.order}I", entries[tag].value)
        values.append(Fraction(*struct.unpack_from(f"{directory.order}II", data, place)))
    unit = 2
    if UNIT in entries:
        (unit,) = struct.unpack(f"{directory.order}H", entries[UNIT].value[:2])
    scale = {2: Fraction(1), _CENTIMETRES: Fraction(254, 100)}.get(unit)
    return None if scale is None or not all(values) else (values[0] * scale, values[1] * scale)
