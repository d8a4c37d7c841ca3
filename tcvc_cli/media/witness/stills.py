"""What a photograph's file says beside its picture, read from its parts: TIFF 6.0, PNG (W3C, third edition),
JPEG (ITU-T T.81) with JFIF's, Exif's and ICC's application segments."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

_INCH_IN_METRES = Fraction(254, 10_000)
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_TIFF = {b"II*\0": "<", b"MM\0*": ">"}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # bytes by type
# Descriptions that people give, by their numbers in TIFF and Exif.
_TEXTS = {269: "document", 270: "description", 271: "make", 272: "model", 285: "page", 306: "date"}
_TEXTS |= {315: "artist", 316: "computer", 33432: "copyright"}
_ACROSS, _DOWN, _UNIT, _NEXT_EXIF = 282, 283, 296, 34665
_XMP, _IPTC, _ICC = 700, 33723, 34675
_XMP_IN_PNG = "XML:com.adobe.xmp"
_MOST_PAGES = 10_000
_MOST_TEXT = 1 << 24
_DPI_STEP = Fraction(1, 10)


@dataclass(frozen=True, slots=True)
class StillFacts:
    """`dpi`: dots per inch across and down, None where the file does not say or counts in no unit. `texts`:
    what is written, by what it is called. `has`: which of ICC profile, Exif, XMP and IPTC there are."""

    pages: int = 1
    dpi: tuple[Fraction, Fraction] | None = None
    texts: tuple[tuple[str, str], ...] = ()
    has: frozenset[str] = frozenset()


def still_facts(path: Path) -> StillFacts:
    """Raises OSError; a file of another kind, or one that is cut short, says nothing further."""
    data = path.read_bytes()
    try:
        if data.startswith(_PNG):
            return _of_png(data)
        if data.startswith(_JPEG):
            return _of_jpeg(data)
        if data[:4] in _TIFF:
            return _of_tiff(data)
    except (struct.error, zlib.error, ZeroDivisionError, IndexError):
        pass
    return StillFacts()


def _of_png(data: bytes) -> StillFacts:
    dpi, texts, has = None, [], set()
    place = len(_PNG)
    while place + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        if kind == b"pHYs" and body[8:9] == b"\1":
            across, down = struct.unpack_from(">II", body)
            dpi = _stepped(across * _INCH_IN_METRES, down * _INCH_IN_METRES)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            texts.append(_png_text(kind, body))
        has |= {b"iCCP": {"ICC profile"}, b"eXIf": {"Exif"}}.get(kind, set())
        place += 12 + length
    has |= {"XMP"} if any(name == _XMP_IN_PNG for name, _ in texts) else set()
    written = tuple(text for text in texts if text[0] != _XMP_IN_PNG)
    return StillFacts(1, dpi, written, frozenset(has))


def _png_text(kind: bytes, body: bytes) -> tuple[str, str]:
    name, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        rest = zlib.decompressobj().decompress(rest[1:], _MOST_TEXT)
    if kind == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        rest = zlib.decompressobj().decompress(rest, _MOST_TEXT) if is_packed else rest
    coding = "utf-8" if kind == b"iTXt" else "latin-1"
    return name.decode("latin-1"), rest.decode(coding, "replace").strip()


def _of_jpeg(data: bytes) -> StillFacts:
    facts, texts = StillFacts(), []
    dpi, has = None, set()
    for marker, body in _segments(data):
        if marker == 0xE0 and body.startswith(b"JFIF\0") and body[7] in (1, 2):
            scale = 1 if body[7] == 1 else Fraction(254, 100)
            dpi = _stepped(*(one * scale for one in struct.unpack_from(">HH", body, 8)))
        elif marker == 0xFE:
            texts.append(("comment", body.rstrip(b"\0").decode("utf-8", "replace").strip()))
        elif marker == 0xE1 and body.startswith(b"Exif\0\0"):
            facts = _of_tiff(body[6:])
            has |= {"Exif"}
        elif marker == 0xE1 and body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            has |= {"XMP"}
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
            has |= {"ICC profile"}
        elif marker == 0xED:
            has |= {"IPTC"}
    return StillFacts(1, dpi or facts.dpi, (*facts.texts, *texts), frozenset(has))


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Up to the first scan."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", data, place + 2)
        yield data[place + 1], data[place + 4 : place + 2 + length]
        place += 2 + length


def _of_tiff(data: bytes) -> StillFacts:
    order = _TIFF.get(data[:4], "<")
    pages = _pages(data, order)
    values = dict(_entries(data, order, pages[0])) if pages else {}
    texts = tuple(
        (name, values[tag].rstrip(b"\0").decode("utf-8", "replace").strip())
        for tag, name in _TEXTS.items()
        if tag in values
    )
    marks = {_XMP: "XMP", _IPTC: "IPTC", _ICC: "ICC profile", _NEXT_EXIF: "Exif"}
    has = frozenset(name for tag, name in marks.items() if tag in values)
    return StillFacts(max(1, len(pages)), _tiff_dpi(values, order), texts, has)


def _pages(data: bytes, order: str) -> list[int]:
    """Where each directory stands; the chain may be a ring."""
    found: list[int] = []
    (place,) = struct.unpack_from(f"{order}I", data, 4)
    while place and place not in found and place + 2 <= len(data) and len(found) < _MOST_PAGES:
        found.append(place)
        (count,) = struct.unpack_from(f"{order}H", data, place)
        if place + 6 + 12 * count > len(data):
            break
        (place,) = struct.unpack_from(f"{order}I", data, place + 2 + 12 * count)
    return found


def _entries(data: bytes, order: str, place: int) -> Iterator[tuple[int, bytes]]:
    (count,) = struct.unpack_from(f"{order}H", data, place)
    for number in range(count):
        at = place + 2 + 12 * number
        tag, kind, length = struct.unpack_from(f"{order}HHI", data, at)
        size = _SIZES.get(kind, 0) * length
        (start,) = (at + 8,) if size <= 4 else struct.unpack_from(f"{order}I", data, at + 8)
        yield tag, data[start : start + size]


def _tiff_dpi(values: dict[int, bytes], order: str) -> tuple[Fraction, Fraction] | None:
    unit = struct.unpack(f"{order}H", values[_UNIT])[0] if len(values.get(_UNIT, b"")) == 2 else 2
    if unit not in (2, 3) or not all(len(values.get(tag, b"")) == 8 for tag in (_ACROSS, _DOWN)):
        return None
    scale = Fraction(1) if unit == 2 else Fraction(254, 100)
    across, down = (Fraction(*struct.unpack(f"{order}II", values[tag])) * scale for tag in (_ACROSS, _DOWN))
    return _stepped(across, down)


def _stepped(across: Fraction | int, down: Fraction | int) -> tuple[Fraction, Fraction] | None:
    """Metres, centimetres and inches agree to a tenth of a dot; nothing is stated by 0."""
    if not across or not down:
        return None
    return round(across / _DPI_STEP) * _DPI_STEP, round(down / _DPI_STEP) * _DPI_STEP
