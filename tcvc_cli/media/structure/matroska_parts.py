"""Chapters and tags of a Matroska file as they stand in it, of which FFmpeg tells and writes a part: one
language, one level, one edition (RFC 9559, 5.1.7 and 5.1.8)."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from tcvc_cli.media.structure.ebml import Element, children, read_element

CHAPTERS: Final = b"\x10\x43\xa7\x70"
_TAGS: Final = b"\x12\x54\xc3\x67"
_EDITION, _EDITION_NAME = b"\x45\xb9", b"\x45\x20"
_EDITION_MARKS: Final = {b"\x45\xbd": "hidden editions", b"\x45\xdd": "ordered editions"}
_ATOM, _DISPLAY = b"\xb6", b"\x80"
_HIDDEN, _ENABLED = b"\x98", b"\x45\x98"
_TAG, _TARGETS, _SIMPLE, _NAME = b"\x73\x73", b"\x63\xc0", b"\x67\xc8", b"\x45\xa3"
_LANGUAGES: Final = (b"\x44\x7a", b"\x44\x7b")
_LEVEL: Final = b"\x68\xca"
_OF_PARTS: Final = (b"\x63\xc9", b"\x63\xc4", b"\x63\xc6")  # an edition, a chapter, an attachment
_USUAL_LEVEL: Final = 50
_MOST_BYTES: Final = 1 << 20
_DEEPEST: Final = 16


class Found(NamedTuple):
    """An element of the top level, from its first byte at `start` on."""

    start: int
    whole: bytes
    payload: bytes


def found_in(path: Path, element_id: bytes) -> Found | None:
    """The first such element of a Matroska file; None where there is none of at most a mebibyte."""
    with path.open("rb") as file:
        header = read_element(file)
        file.seek(header.start + (header.size or 0) if header else 0)
        segment = read_element(file)
        if header is None or segment is None:
            return None
        before = segment.start
        for child in children(file, segment):
            if child.element_id == element_id and child.size is not None and child.size <= _MOST_BYTES:
                file.seek(before)
                whole = file.read(child.start - before + child.size)
                return Found(before, whole, whole[child.start - before :])
            before = child.start + (child.size or 0)
    return None


def chapter_facts(path: Path) -> frozenset[str]:
    """What FFmpeg does not carry of the chapters of a file."""
    found = found_in(path, CHAPTERS)
    return frozenset() if found is None else frozenset(_of_chapters(io.BytesIO(found.payload)))


def _of_chapters(file: BinaryIO) -> Iterator[str]:
    editions = [one for one in _all(file, _size(file)) if one.element_id == _EDITION]
    if len(editions) > 1:
        yield "chapters of further editions"
    for edition in editions:
        for child in _in(file, edition):
            if child.element_id == _EDITION_NAME:
                yield "names of chapters' editions"
            elif child.element_id in _EDITION_MARKS and _number(file, child):
                yield f"chapters in {_EDITION_MARKS[child.element_id]}"
            elif child.element_id == _ATOM:
                yield from _of_atom(file, child)


def _of_atom(file: BinaryIO, atom: Element, depth: int = 0) -> Iterator[str]:
    parts = _in(file, atom)
    kinds = Counter(one.element_id for one in parts)
    if kinds[_DISPLAY] > 1:
        yield "chapters in further languages"
    if depth or kinds[_ATOM]:
        yield "chapters within chapters"
    for one in parts:
        if one.element_id == _HIDDEN and _number(file, one):
            yield "hidden chapters"
        if one.element_id == _ENABLED and not _number(file, one):
            yield "disabled chapters"
        if one.element_id == _ATOM and depth < _DEEPEST:
            yield from _of_atom(file, one, depth + 1)


def tag_facts(path: Path) -> frozenset[str]:
    """What FFmpeg does not carry of the tags of a file."""
    found = found_in(path, _TAGS)
    return frozenset() if found is None else frozenset(_of_tags(io.BytesIO(found.payload)))


def _of_tags(file: BinaryIO) -> Iterator[str]:
    for tag in (one for one in _all(file, _size(file)) if one.element_id == _TAG):
        parts = _in(file, tag)
        for target in (one for one in parts if one.element_id == _TARGETS):
            for one in _in(file, target):
                if one.element_id in _OF_PARTS and _number(file, one):
                    yield "tags of chapters, editions or attachments"
                elif one.element_id == _LEVEL and _number(file, one) != _USUAL_LEVEL:
                    yield "tags of other levels than the film's"
        simple = [one for one in parts if one.element_id == _SIMPLE]
        names: Counter[bytes] = Counter()
        for one in simple:
            yield from _of_simple(file, one, names)
        if any(count > 1 for count in names.values()):
            yield "several tags of one name"


def _of_simple(file: BinaryIO, simple: Element, names: Counter[bytes]) -> Iterator[str]:
    for one in _in(file, simple):
        if one.element_id == _SIMPLE:
            yield "tags within tags"
        elif one.element_id == _NAME:
            names[_bytes(file, one)] += 1
        elif one.element_id in _LANGUAGES and _bytes(file, one).rstrip(b"\0") not in (b"und", b""):
            yield "languages of tags"


def _size(file: BinaryIO) -> int:
    return file.seek(0, io.SEEK_END)


def _all(file: BinaryIO, size: int) -> list[Element]:
    return list(children(file, Element(b"", 0, size)))


def _in(file: BinaryIO, parent: Element) -> list[Element]:
    return list(children(file, parent))


def _bytes(file: BinaryIO, element: Element) -> bytes:
    file.seek(element.start)
    return file.read(element.size or 0)


def _number(file: BinaryIO, element: Element) -> int:
    return int.from_bytes(_bytes(file, element)[:8])
