"""Resolution and descriptions put into a coloured photograph, each where its format has a place for it; what
has none there stands in its comment, or beside the description."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from tcvc_cli.media.scans.read import ACROSS, COMMENT, DOWN, INCH_IN_METRES, TAGS, UNIT, ScanFacts
from tcvc_cli.media.structure.stills import jpeg
from tcvc_cli.media.structure.stills.png import chunk, with_chunks
from tcvc_cli.media.structure.stills.tiff import Entry, directory_of, with_entries

_KEYWORD_BYTES: Final = 79
_ASCII, _SHORT, _RATIONAL = 2, 3, 5
_INCHES: Final = 2
_DESCRIPTION: Final = 270
_NUMBERS: Final = {name: tag for tag, name in TAGS.items()}
_LARGEST_DENSITY: Final = 65_535


def photograph_with_facts(data: bytes, suffix: str, facts: ScanFacts) -> bytes:
    """The complete file `data`, in which nothing but our own mark is written; `suffix` is its lower-case
    .png, .jpg, .jpeg, .tif or .tiff."""
    if facts == ScanFacts():
        return data
    if suffix == ".png":
        return with_chunks(data, b"".join(_png_chunks(facts)))
    if suffix in (".jpg", ".jpeg"):
        return _jpeg(data, facts)
    return with_entries(data, [*_resolution(facts), *_tiff_texts(data, facts)])


def _png_chunks(facts: ScanFacts) -> Iterator[bytes]:
    if facts.dpi is not None:
        dots = (round(one / INCH_IN_METRES) for one in facts.dpi)
        yield chunk(b"pHYs", struct.pack(">IIB", *dots, 1))
    for name, words in facts.texts:
        keyword = name.encode("latin-1", "replace")[:_KEYWORD_BYTES] or COMMENT.encode()
        yield chunk(b"iTXt", keyword + b"\0\0\0\0\0" + words.encode("utf-8"))


def _jpeg(data: bytes, facts: ScanFacts) -> bytes:
    """Behind the head of JFIF, which takes the resolution."""
    head_stop = 4 + int.from_bytes(data[4:6], "big") if data[2:4] == b"\xff\xe0" else 2
    head, rest = bytearray(data[:head_stop]), data[head_stop:]
    if facts.dpi is not None and head[6:11] == b"JFIF\0":
        dots = [min(_LARGEST_DENSITY, round(one)) for one in facts.dpi]
        head[13:18] = struct.pack(">BHH", 1, *dots)
    return bytes(head) + _segment(jpeg.APP1, b"Exif\0\0" + _exif(facts)) + b"".join(_comments(facts)) + rest


def _segment(marker: int, body: bytes) -> bytes:
    return jpeg.segment(marker, body[: jpeg.LARGEST_BODY])


def _exif(facts: ScanFacts) -> bytes:
    """A TIFF without a picture."""
    known = [(name, words) for name, words in facts.texts if name in _NUMBERS]
    values = {_NUMBERS[name]: _value(_NUMBERS[name], words) for name, words in known}
    empty = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HI", 0, 0)
    return with_entries(empty, [*_resolution(facts), *values.values()])


def _comments(facts: ScanFacts) -> Iterator[bytes]:
    for name, words in facts.texts:
        if name not in _NUMBERS:
            told = words if name == COMMENT else f"{name}: {words}"
            yield _segment(jpeg.COMMENT, told.encode("utf-8"))


def _resolution(facts: ScanFacts) -> Iterator[tuple[Entry, bytes]]:
    if facts.dpi is None:
        return
    for tag, dots in zip((ACROSS, DOWN), facts.dpi, strict=True):
        exact = dots.limit_denominator(10_000)
        yield Entry(tag, _RATIONAL, 1, b""), struct.pack("<II", exact.numerator, exact.denominator)
    yield Entry(UNIT, _SHORT, 1, struct.pack("<HH", _INCHES, 0)), b""


def _tiff_texts(data: bytes, facts: ScanFacts) -> Iterator[tuple[Entry, bytes]]:
    """The description begins with our mark, which stands there already."""
    directory = directory_of(data)
    marks = [directory.text(data, one) for one in directory.entries if one.tag == _DESCRIPTION]
    mark = marks[0].rstrip(b"\0").decode("ascii") if marks else ""
    lines = [mark] if mark else []
    for name, words in facts.texts:
        if name in _NUMBERS and name != TAGS[_DESCRIPTION]:
            yield _value(_NUMBERS[name], words)
        else:
            lines.append(words if name == TAGS[_DESCRIPTION] else f"{name}: {words}")
    if len(lines) > len(marks):
        yield _value(_DESCRIPTION, "\n".join(lines))


def _value(tag: int, words: str) -> tuple[Entry, bytes]:
    """What is no more than four bytes long stands in the entry itself, in five it does not."""
    text = words.encode("utf-8") + b"\0"
    text += b"\0" * (5 - len(text))
    return Entry(tag, _ASCII, len(text), b""), text
