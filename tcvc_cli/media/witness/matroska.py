"""All that a Matroska file says beside its packets, read from its elements: RFC 9559, 5.1. FFmpeg shows one
name of a chapter, one edition, one level and one target of tags."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tcvc_cli.media.structure.ebml import Element, top_level
from tcvc_cli.media.witness.elements import (
    LONGEST_TEXT,
    Fact,
    Payloads,
    inside,
    payloads,
    text,
    unsigned,
)
from tcvc_cli.media.witness.matroska_tracks import track_facts

_INFO, _TRACKS, _CHAPTERS = b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b", b"\x10\x43\xa7\x70"
_TAGS, _ATTACHMENTS = b"\x12\x54\xc3\x67", b"\x19\x41\xa4\x69"
_TITLE, _TRACK_ENTRY = b"\x7b\xa9", b"\xae"
_EDITION, _EDITION_UID, _EDITION_FLAGS = b"\x45\xb9", b"\x45\xbc", (b"\x45\xbd", b"\x45\xdb", b"\x45\xdd")
_ATOM, _CHAPTER_UID = b"\xb6", b"\x73\xc4"
_START, _END, _HIDDEN, _ENABLED = b"\x91", b"\x92", b"\x98", b"\x45\x98"
_DISPLAY, _STRING, _LANGUAGE, _LANGUAGE_BCP47 = b"\x80", b"\x85", b"\x43\x7c", b"\x43\x7d"
_TAG, _TARGETS, _SIMPLE = b"\x73\x73", b"\x63\xc0", b"\x67\xc8"
_LEVEL, _TRACK_TARGET, _EDITION_TARGET = b"\x68\xca", b"\x63\xc5", b"\x63\xc9"
_CHAPTER_TARGET, _ATTACHMENT_TARGET = b"\x63\xc4", b"\x63\xc6"
_TAG_NAME, _TAG_STRING, _TAG_BINARY = b"\x45\xa3", b"\x44\x87", b"\x44\x85"
_TAG_LANGUAGE, _TAG_LANGUAGE_BCP47 = b"\x44\x7a", b"\x44\x7b"
_ATTACHED, _FILE_UID, _FILE_DATA = b"\x61\xa7", b"\x46\xae", b"\x46\x5c"
_FILE_NAME, _FILE_MIME, _FILE_WORDS = b"\x46\x6e", b"\x46\x60", b"\x46\x7e"
_TRACK_UID, _TRACK_NAME = b"\x73\xc5", b"\x53\x6e"
_DEFAULT_LEVEL = 50
_DEEPEST = 8  # levels of chapters and of tags in each other; more come from files that mean harm


@dataclass(frozen=True, slots=True)
class MatroskaFacts:
    """What is stated of chapters, tags, attachments, and of each track, by the order of the file."""

    chapters: tuple[Fact, ...]
    tags: tuple[Fact, ...]
    attachments: tuple[Fact, ...]
    tracks: tuple[tuple[Fact, ...], ...]


def matroska_facts(path: Path) -> MatroskaFacts:
    """Nothing is decoded, and clusters are stepped over. Raises OSError."""
    with path.open("rb") as file:
        top = _top(file)
        return MatroskaFacts(
            chapters=tuple(_chapters(file, top)),
            tags=tuple(_tags(file, top)),
            attachments=tuple(_attachments(file, top)),
            tracks=tuple(tuple(track_facts(file, one)) for one in _listed(file, top, _TRACKS, _TRACK_ENTRY)),
        )


def _top(file: BinaryIO) -> list[Element]:
    """What the segment holds, without its clusters."""
    wanted = (_INFO, _TRACKS, _CHAPTERS, _TAGS, _ATTACHMENTS)
    return [one for one in top_level(file) if one.element_id in wanted]


def _listed(file: BinaryIO, top: Sequence[Element], parent: bytes, element_id: bytes) -> list[Element]:
    parents = [one for one in top if one.element_id == parent]
    return [found for one in parents for found in inside(file, one, element_id)]


def _chapters(file: BinaryIO, top: Sequence[Element]) -> Iterator[Fact]:
    editions = _listed(file, top, _CHAPTERS, _EDITION)
    for number, edition in enumerate(editions, 1):
        flags = payloads(file, edition)
        hidden, default, ordered = (unsigned(flags, one) for one in _EDITION_FLAGS)
        default |= len(editions) == 1  # or there would be none
        yield Fact(f"edition {number}", f"hidden {hidden}, default {default}, ordered {ordered}")
        yield from _atoms(file, edition, f"{number}:", 0)


def _atoms(file: BinaryIO, parent: Element, place: str, depth: int) -> Iterator[Fact]:
    if depth >= _DEEPEST:
        return
    for number, atom in enumerate(inside(file, parent, _ATOM), 1):
        values, name = payloads(file, atom), f"chapter {place}{number}"
        hidden, enabled = unsigned(values, _HIDDEN), unsigned(values, _ENABLED, 1)
        yield Fact(name, f"from {unsigned(values, _START)} ns on, hidden {hidden}, enabled {enabled}")
        if _END in values:
            yield Fact(f"{name} ends", f"at {unsigned(values, _END)} ns")
        for display in inside(file, atom, _DISPLAY):
            shown = payloads(file, display)
            languages = sorted(_languages(shown))
            yield Fact(f"{name} in {' '.join(languages)}", text(shown, _STRING))
        yield from _atoms(file, atom, f"{place}{number}.", depth + 1)


def _languages(display: Payloads) -> list[str]:
    """By BCP 47 where that is stated, which then counts alone."""
    stated = display.get(_LANGUAGE_BCP47) or display.get(_LANGUAGE) or [b"eng"]
    return [one.rstrip(b"\0").decode("ascii", "replace") for one in stated]


def _tags(file: BinaryIO, top: Sequence[Element]) -> Iterator[Fact]:
    targets = _targets(file, top)
    for info in (one for one in top if one.element_id == _INFO):
        title = text(payloads(file, info), _TITLE)
        yield from [Fact(f"of the file, level {_DEFAULT_LEVEL}: TITLE", title)] if title else []
    for number, entry in enumerate(_listed(file, top, _TRACKS, _TRACK_ENTRY), 1):
        name = text(payloads(file, entry), _TRACK_NAME)
        yield from [Fact(f"of track {number}, level {_DEFAULT_LEVEL}: TITLE", name)] if name else []
    for tag in _listed(file, top, _TAGS, _TAG):
        whose = _whose(file, tag, targets)
        yield from _simple_tags(file, tag, f"{whose}: ", 0)


def _targets(file: BinaryIO, top: Sequence[Element]) -> dict[tuple[bytes, int], str]:
    """What is meant by a UID, which a muxer makes anew: its place in the file."""
    kinds = (
        (_TRACK_TARGET, "track", _TRACK_UID, _listed(file, top, _TRACKS, _TRACK_ENTRY)),
        (_EDITION_TARGET, "edition", _EDITION_UID, _listed(file, top, _CHAPTERS, _EDITION)),
        (_ATTACHMENT_TARGET, "attachment", _FILE_UID, _listed(file, top, _ATTACHMENTS, _ATTACHED)),
        (_CHAPTER_TARGET, "chapter", _CHAPTER_UID, _all_atoms(file, top)),
    )
    return {
        (target, unsigned(payloads(file, element), uid)): f"{kind} {number}"
        for target, kind, uid, elements in kinds
        for number, element in enumerate(elements, 1)
    }


def _all_atoms(file: BinaryIO, top: Sequence[Element]) -> list[Element]:
    found, parents = [], _listed(file, top, _CHAPTERS, _EDITION)
    for _ in range(_DEEPEST):
        parents = [atom for parent in parents for atom in inside(file, parent, _ATOM)]
        found += parents
    return found


def _whose(file: BinaryIO, tag: Element, targets: dict[tuple[bytes, int], str]) -> str:
    """The target of a tag: `of the file`, or which track, chapter, edition or attachment; and its level."""
    found = inside(file, tag, _TARGETS)
    values = payloads(file, found[0]) if found else {}
    names = [
        targets.get((target, int.from_bytes(one[:8])), "nothing")
        for target in (_TRACK_TARGET, _EDITION_TARGET, _CHAPTER_TARGET, _ATTACHMENT_TARGET)
        for one in values.get(target, [])
        if int.from_bytes(one[:8])
    ]
    whose = f"of {' and '.join(names)}" if names else "of the file"
    return f"{whose}, level {unsigned(values, _LEVEL, _DEFAULT_LEVEL)}"


def _simple_tags(file: BinaryIO, parent: Element, place: str, depth: int) -> Iterator[Fact]:
    if depth >= _DEEPEST:
        return
    for simple in inside(file, parent, _SIMPLE):
        values = payloads(file, simple)
        name = place + text(values, _TAG_NAME).upper().replace(" ", "_")  # as FFmpeg writes them
        language = text(values, _TAG_LANGUAGE_BCP47) or text(values, _TAG_LANGUAGE, "und")
        name += "" if language in ("und", "") else f" ({language})"
        binary = values.get(_TAG_BINARY)
        value = f"bytes {hashlib.sha256(binary[0]).hexdigest()}" if binary else text(values, _TAG_STRING)
        yield Fact(name, value)
        yield from _simple_tags(file, simple, f"{name}/", depth + 1)


def _attachments(file: BinaryIO, top: Sequence[Element]) -> Iterator[Fact]:
    for number, attached in enumerate(_listed(file, top, _ATTACHMENTS, _ATTACHED), 1):
        values, name = payloads(file, attached), f"attachment {number}"
        yield Fact(f"{name} name", text(values, _FILE_NAME))
        yield Fact(f"{name} type", text(values, _FILE_MIME))
        if words := text(values, _FILE_WORDS):
            yield Fact(f"{name} description", words)
        for data in inside(file, attached, _FILE_DATA):
            yield Fact(f"{name} bytes", _sha256(file, data))


def _sha256(file: BinaryIO, element: Element) -> str:
    digest, left = hashlib.sha256(), element.size or 0
    file.seek(element.start)
    while left > 0 and (block := file.read(min(left, LONGEST_TEXT))):
        digest.update(block)
        left -= len(block)
    return digest.hexdigest()
