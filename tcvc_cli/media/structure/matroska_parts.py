"""Chapters and tags of a Matroska file as they stand in it, of which FFmpeg tells and writes a part: one
language, one level, one edition (RFC 9559, 5.1.7 and 5.1.8)."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from tcvc_cli.media.structure.ebml import Element, children, top_level

CHAPTERS: Final = b"\x10\x43\xa7\x70"
_TAGS: Final = b"\x12\x54\xc3\x67"
_EDITION, _EDITION_NAME = b"\x45\xb9", b"\x45\x20"
_EDITION_MARKS: Final = {b"\x45\xbd": "hidden editions", b"\x45\xdd": "ordered editions"}
_ATOM, _DISPLAY, _COUNTRY = b"\xb6", b"\x80", b"\x43\x7e"
_OF_ATOMS: Final = {
    b"\x56\x54": "identifiers of chapters",  # ChapterStringUID
    b"\x6e\x67": "chapters of other files",  # ChapterSegmentUUID
    b"\x69\x44": "commands of chapters",  # ChapProcess
    b"\x63\xc3": "what chapters are on a disc or tape",  # ChapterPhysicalEquiv
    b"\x8f": "chapters of single tracks",  # ChapterTrack
}
_INFO: Final = b"\x15\x49\xa9\x66"
_LINKS: Final = (
    b"\x3c\xb9\x23",  # PrevUUID
    b"\x3c\x83\xab",  # PrevFilename
    b"\x3e\xb9\x23",  # NextUUID
    b"\x3e\x83\xbb",  # NextFilename
    b"\x44\x44",  # SegmentFamily
    b"\x69\x24",  # ChapterTranslate
)
_HIDDEN, _ENABLED = b"\x98", b"\x45\x98"
_TAG, _TARGETS, _SIMPLE, _NAME = b"\x73\x73", b"\x63\xc0", b"\x67\xc8", b"\x45\xa3"
_LANGUAGES: Final = (b"\x44\x7a", b"\x44\x7b")
_LEVEL: Final = b"\x68\xca"
_OF_PARTS: Final = (b"\x63\xc9", b"\x63\xc4", b"\x63\xc6")  # an edition, a chapter, an attachment
_READ: Final = (CHAPTERS, _TAGS, _INFO)
_USUAL_LEVEL: Final = 50
_MOST_BYTES: Final = 1 << 24
_DEEPEST: Final = 16


class Found(NamedTuple):
    """An element of the top level, from its first byte at `start` on."""

    start: int
    whole: bytes
    payload: bytes


class Parts(NamedTuple):
    """The first of each kind that a Matroska file has, None where it has none of at most 16 MiB; `too_large`
    are the kinds of which there is a larger one."""

    chapters: Found | None
    tags: Found | None
    info: Found | None
    too_large: frozenset[bytes]


def parts_of(path: Path) -> Parts:
    """In one walk over the top level."""
    found: dict[bytes, Found] = {}
    too_large: set[bytes] = set()
    with path.open("rb") as file:
        for child in top_level(file):
            size = child.size or 0
            if child.element_id in _READ and size > _MOST_BYTES:
                too_large.add(child.element_id)
            elif child.element_id in _READ and child.element_id not in found:
                found[child.element_id] = _found(file, child)
    return Parts(found.get(CHAPTERS), found.get(_TAGS), found.get(_INFO), frozenset(too_large))


def _found(file: BinaryIO, element: Element) -> Found:
    start = element.start - element.head_bytes
    file.seek(start)
    whole = file.read(element.head_bytes + (element.size or 0))
    return Found(start, whole, whole[element.head_bytes :])


def chapter_facts(parts: Parts) -> frozenset[str]:
    """What FFmpeg does not carry of the chapters of a file."""
    if CHAPTERS in parts.too_large:
        return frozenset(("more chapters than any film has",))
    found = parts.chapters
    return frozenset() if found is None else frozenset(_of_chapters(io.BytesIO(found.payload)))


def link_facts(parts: Parts) -> frozenset[str]:
    """What a file says of those before and behind it, which FFmpeg does not carry."""
    found = parts.info
    inside = [] if found is None else _all(io.BytesIO(found.payload), len(found.payload))
    return frozenset("links to other files" for one in inside if one.element_id in _LINKS)


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
        if one.element_id in _OF_ATOMS:
            yield _OF_ATOMS[one.element_id]
        if one.element_id == _DISPLAY and any(part.element_id == _COUNTRY for part in _in(file, one)):
            yield "countries of chapters"
        if one.element_id == _ATOM and depth < _DEEPEST:
            yield from _of_atom(file, one, depth + 1)


def tag_facts(parts: Parts) -> frozenset[str]:
    """What FFmpeg does not carry of the tags of a file."""
    if _TAGS in parts.too_large:
        return frozenset(("more tags than any film has",))
    return frozenset() if parts.tags is None else frozenset(_of_tags(io.BytesIO(parts.tags.payload)))


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
