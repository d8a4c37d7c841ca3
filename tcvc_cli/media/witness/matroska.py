"""All that a Matroska file says beside its packets, read from its elements: RFC 9559, 5.1. FFmpeg shows one
name of a chapter, one edition, one level and one target of tags."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tcvc_cli.media.structure.ebml import Element, children, read_element

Payloads = dict[bytes, list[bytes]]
_Stated = tuple[tuple[str, bytes, int], ...]

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
_ATTACHED, _FILE_UID, _FILE_DATA = b"\x61\xa7", b"\x46\xae", b"\x46\x5c"
_FILE_NAME, _FILE_MIME, _FILE_WORDS = b"\x46\x6e", b"\x46\x60", b"\x46\x7e"
_TRACK_UID, _TRACK_TYPE, _TRACK_NAME = b"\x73\xc5", b"\x83", b"\x53\x6e"
_VIDEO, _COLOR, _MASTERING = b"\xe0", b"\x55\xb0", b"\x55\xd0"
_DEFAULT_LEVEL = 50
_DEEPEST = 8  # levels of chapters and of tags in each other; more come from files that mean harm
_MOST = 100_000  # elements of one list
_LONGEST_TEXT = 1 << 20

# Name of what a track says, its element, and the value that counts where it is not there.
_OF_TRACKS: _Stated = (("enabled", b"\xb9", 1), ("commentary", b"\x55\xaf", 0), ("original", b"\x55\xae", 0))
_OF_TRACKS += (("hearing impaired", b"\x55\xab", 0), ("visual impaired", b"\x55\xac", 0))
_OF_TRACKS += (("text descriptions", b"\x55\xad", 0), ("forced", b"\x55\xaa", 0))
_OF_PICTURES: _Stated = (("stereo mode", b"\x53\xb8", 0), ("alpha", b"\x53\xc0", 0))
_OF_PICTURES += (("crop top", b"\x54\xbb", 0), ("crop bottom", b"\x54\xaa", 0))
_OF_PICTURES += (("crop left", b"\x54\xcc", 0), ("crop right", b"\x54\xdd", 0))
_OF_COLORS: _Stated = (("matrix", b"\x55\xb1", 2), ("range", b"\x55\xb9", 0), ("transfer", b"\x55\xba", 2))
_OF_COLORS += (("primaries", b"\x55\xbb", 2), ("content light level", b"\x55\xbc", 0))
_OF_COLORS += (("average light level", b"\x55\xbd", 0),)
_OF_COLORS += (("siting across", b"\x55\xb7", 0), ("siting down", b"\x55\xb8", 0))
# Chroma to the left, half way between two rows, is where it is when nothing is said.
_USUAL = {"siting across": (1,), "siting down": (2,)}
_MASTERING_IDS = tuple(bytes((0x55, 0xD0 + number)) for number in range(1, 11))


@dataclass(frozen=True, slots=True)
class Fact:
    """`name` of something that the file states, such as `chapter 1.2 "Deux" (fra)`, and its value."""

    name: str
    value: str


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
            tracks=tuple(tuple(_track(file, one)) for one in _listed(file, top, _TRACKS, _TRACK_ENTRY)),
        )


def _top(file: BinaryIO) -> list[Element]:
    """What the segment holds, without its clusters."""
    header = read_element(file)
    file.seek(header.start + (header.size or 0) if header else 0)
    segment = read_element(file)
    wanted = (_INFO, _TRACKS, _CHAPTERS, _TAGS, _ATTACHMENTS)
    return [one for one in children(file, segment) if one.element_id in wanted] if segment else []


def _inside(file: BinaryIO, parent: Element, element_id: bytes) -> list[Element]:
    found = [one for one in children(file, parent) if one.element_id == element_id]
    return found[:_MOST]


def _listed(file: BinaryIO, top: Sequence[Element], parent: bytes, element_id: bytes) -> list[Element]:
    parents = [one for one in top if one.element_id == parent]
    return [found for one in parents for found in _inside(file, one, element_id)]


def _payload(file: BinaryIO, element: Element) -> bytes:
    file.seek(element.start)
    return file.read(min(element.size or 0, _LONGEST_TEXT))


def _payloads(file: BinaryIO, parent: Element) -> Payloads:
    found: Payloads = {}
    for child in list(children(file, parent)):
        if child.element_id not in (_FILE_DATA, _ATOM, _SIMPLE):
            found.setdefault(child.element_id, []).append(_payload(file, child))
    return found


def _number(payloads: Payloads, element_id: bytes, missing: int = 0) -> int:
    found = payloads.get(element_id)
    return int.from_bytes(found[0][:8]) if found else missing


def _text(payloads: Payloads, element_id: bytes, missing: str = "") -> str:
    found = payloads.get(element_id)
    return found[0].rstrip(b"\0").decode("utf-8", "replace") if found else missing


def _chapters(file: BinaryIO, top: Sequence[Element]) -> Iterator[Fact]:
    editions = _listed(file, top, _CHAPTERS, _EDITION)
    for number, edition in enumerate(editions, 1):
        flags = _payloads(file, edition)
        hidden, default, ordered = (_number(flags, one) for one in _EDITION_FLAGS)
        default |= len(editions) == 1  # or there would be none
        yield Fact(f"edition {number}", f"hidden {hidden}, default {default}, ordered {ordered}")
        yield from _atoms(file, edition, f"{number}:", 0)


def _atoms(file: BinaryIO, parent: Element, place: str, depth: int) -> Iterator[Fact]:
    if depth >= _DEEPEST:
        return
    for number, atom in enumerate(_inside(file, parent, _ATOM), 1):
        values, name = _payloads(file, atom), f"chapter {place}{number}"
        hidden, enabled = _number(values, _HIDDEN), _number(values, _ENABLED, 1)
        yield Fact(name, f"from {_number(values, _START)} ns on, hidden {hidden}, enabled {enabled}")
        if _END in values:
            yield Fact(f"{name} ends", f"at {_number(values, _END)} ns")
        for display in _inside(file, atom, _DISPLAY):
            shown = _payloads(file, display)
            languages = sorted(_languages(shown))
            yield Fact(f"{name} in {' '.join(languages)}", _text(shown, _STRING))
        yield from _atoms(file, atom, f"{place}{number}.", depth + 1)


def _languages(display: Payloads) -> list[str]:
    """By BCP 47 where that is stated, which then counts alone."""
    stated = display.get(_LANGUAGE_BCP47) or display.get(_LANGUAGE) or [b"eng"]
    return [one.rstrip(b"\0").decode("ascii", "replace") for one in stated]


def _tags(file: BinaryIO, top: Sequence[Element]) -> Iterator[Fact]:
    targets = _targets(file, top)
    for info in (one for one in top if one.element_id == _INFO):
        title = _text(_payloads(file, info), _TITLE)
        yield from [Fact(f"of the file, level {_DEFAULT_LEVEL}: TITLE", title)] if title else []
    for number, entry in enumerate(_listed(file, top, _TRACKS, _TRACK_ENTRY), 1):
        name = _text(_payloads(file, entry), _TRACK_NAME)
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
        (target, _number(_payloads(file, element), uid)): f"{kind} {number}"
        for target, kind, uid, elements in kinds
        for number, element in enumerate(elements, 1)
    }


def _all_atoms(file: BinaryIO, top: Sequence[Element]) -> list[Element]:
    found, parents = [], _listed(file, top, _CHAPTERS, _EDITION)
    for _ in range(_DEEPEST):
        parents = [atom for parent in parents for atom in _inside(file, parent, _ATOM)]
        found += parents
    return found


def _whose(file: BinaryIO, tag: Element, targets: dict[tuple[bytes, int], str]) -> str:
    """The target of a tag: `of the file`, or which track, chapter, edition or attachment; and its level."""
    found = _inside(file, tag, _TARGETS)
    values = _payloads(file, found[0]) if found else {}
    names = [
        targets.get((target, int.from_bytes(one[:8])), "nothing")
        for target in (_TRACK_TARGET, _EDITION_TARGET, _CHAPTER_TARGET, _ATTACHMENT_TARGET)
        for one in values.get(target, [])
        if int.from_bytes(one[:8])
    ]
    whose = f"of {' and '.join(names)}" if names else "of the file"
    return f"{whose}, level {_number(values, _LEVEL, _DEFAULT_LEVEL)}"


def _simple_tags(file: BinaryIO, parent: Element, place: str, depth: int) -> Iterator[Fact]:
    if depth >= _DEEPEST:
        return
    for simple in _inside(file, parent, _SIMPLE):
        values = _payloads(file, simple)
        name = place + _text(values, _TAG_NAME).upper().replace(" ", "_")  # as FFmpeg writes them
        binary = values.get(_TAG_BINARY)
        value = f"bytes {hashlib.sha256(binary[0]).hexdigest()}" if binary else _text(values, _TAG_STRING)
        yield Fact(name, value)
        yield from _simple_tags(file, simple, f"{name}/", depth + 1)


def _attachments(file: BinaryIO, top: Sequence[Element]) -> Iterator[Fact]:
    for number, attached in enumerate(_listed(file, top, _ATTACHMENTS, _ATTACHED), 1):
        values, name = _payloads(file, attached), f"attachment {number}"
        yield Fact(f"{name} name", _text(values, _FILE_NAME))
        yield Fact(f"{name} type", _text(values, _FILE_MIME))
        if words := _text(values, _FILE_WORDS):
            yield Fact(f"{name} description", words)
        for data in _inside(file, attached, _FILE_DATA):
            yield Fact(f"{name} bytes", _sha256(file, data))


def _sha256(file: BinaryIO, element: Element) -> str:
    digest, left = hashlib.sha256(), element.size or 0
    file.seek(element.start)
    while left > 0 and (block := file.read(min(left, _LONGEST_TEXT))):
        digest.update(block)
        left -= len(block)
    return digest.hexdigest()


def _track(file: BinaryIO, entry: Element) -> Iterator[Fact]:
    """What it says otherwise than by being silent."""
    values = _payloads(file, entry)
    yield Fact("type", f"{_number(values, _TRACK_TYPE)}")
    yield from _stated(values, _OF_TRACKS)
    for video in _inside(file, entry, _VIDEO):
        yield from _stated(_payloads(file, video), _OF_PICTURES)
        for color in _inside(file, video, _COLOR):
            yield from _stated(_payloads(file, color), _OF_COLORS)
            for mastering in _inside(file, color, _MASTERING):
                yield from _mastering(_payloads(file, mastering))


def _stated(payloads: Payloads, names: Sequence[tuple[str, bytes, int]]) -> Iterator[Fact]:
    for name, element_id, silent in names:
        value = _number(payloads, element_id, silent)
        if value not in (silent, *_USUAL.get(name, ())):
            yield Fact(name, f"{value}")


def _mastering(payloads: Payloads) -> Iterator[Fact]:
    """Floats of four or eight bytes, to five places, as muxers write the one or the other."""
    numbers = [payloads.get(one, [b""])[0] for one in _MASTERING_IDS]
    floats = [struct.unpack({4: ">f", 8: ">d"}[len(one)], one)[0] for one in numbers if len(one) in (4, 8)]
    yield Fact("mastering display", " ".join(f"{one:.5g}" for one in floats))
