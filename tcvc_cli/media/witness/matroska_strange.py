"""Elements of a Matroska file that no reader of its packets expects: RFC 9559, 5.1. They make players that
know them show something else, or nothing, and FFmpeg does not tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from tcvc_cli.media.structure.ebml import Element, children, top_level
from tcvc_cli.media.witness.elements import inside, payload

_INFO, _TRACKS, _CHAPTERS = b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b", b"\x10\x43\xa7\x70"
_ENTRY, _VIDEO, _SOUND, _COLOR = b"\xae", b"\xe0", b"\xe1", b"\x55\xb0"
_CODINGS, _CODING = b"\x6d\x80", b"\x62\x40"
_EDITION, _ATOM = b"\x45\xb9", b"\xb6"
_DEEPEST: Final = 8  # chapters in each other
_MOST: Final = 1000  # strange elements of a file

Names = Mapping[bytes, str]
_OF_FILE: Final[Names] = MappingProxyType(
    {
        b"\x3c\xb9\x23": "link to the file before",
        b"\x3c\x83\xab": "name of the file before",
        b"\x3e\xb9\x23": "link to the next file",
        b"\x3e\x83\xbb": "name of the next file",
        b"\x44\x44": "family of files",
        b"\x69\x24": "numbers of chapters elsewhere",
    }
)
_OF_TRACKS: Final[Names] = MappingProxyType(
    {
        b"\x53\x7f": "offset of its times",
        b"\x74\x46": "attachment that it needs",
        b"\xe2": "operation on other tracks",
        b"\x66\x24": "number of the track elsewhere",
        b"\x23\x4e\x7a": "length of a field",
        b"\x41\xe4": "additions to its packets",
    }
)
_OF_PICTURES: Final[Names] = MappingProxyType(
    {
        b"\x53\xb9": "old stereo mode",
        b"\x2e\xb5\x24": "coding of plain samples",
        b"\x2f\xb5\x23": "gamma",
        b"\x23\x83\xe3": "rate",
    }
)
_OF_COLORS: Final[Names] = MappingProxyType(
    {
        b"\x55\xb2": "bits of a channel",
        b"\x55\xb3": "chroma of every so many columns",
        b"\x55\xb4": "chroma of every so many rows",
        b"\x55\xb5": "Cb of every so many columns",
        b"\x55\xb6": "Cb of every so many rows",
    }
)
_OF_CODINGS: Final[Names] = MappingProxyType({b"\x50\x35": "encryption"})
_OF_SOUNDS: Final[Names] = MappingProxyType({b"\x7d\x7b": "positions of its channels"})
_OF_CHAPTERS: Final[Names] = MappingProxyType(
    {
        b"\x6e\x67": "chapter of another file",
        b"\x6e\xbc": "edition of another file",
        b"\x69\x44": "commands of a chapter",
        b"\x45\x88": "kind of a chapter to be left out",
        b"\x8f": "tracks that a chapter is of",
    }
)


def strange_elements(path: Path) -> dict[str, tuple[tuple[str, bytes], ...]]:
    """What is stated, and its bytes, by whose it is: "" for the file, and "1", "2" and so on for its tracks.
    Clusters are stepped over. Raises OSError."""
    found: dict[str, list[tuple[str, bytes]]] = {}
    with path.open("rb") as file:
        for whose, name, element in _strange(file):
            if sum(map(len, found.values())) >= _MOST:
                break
            found.setdefault(whose, []).append((name, payload(file, element)))
    return {whose: tuple(one) for whose, one in found.items()}


def _strange(file: BinaryIO) -> Iterator[tuple[str, str, Element]]:
    top = list(top_level(file))
    for info in (one for one in top if one.element_id == _INFO):
        yield from _named(file, info, _OF_FILE, "")
    entries = [one for part in top if part.element_id == _TRACKS for one in inside(file, part, _ENTRY)]
    for number, entry in enumerate(entries, 1):
        yield from _of_track(file, entry, f"{number}")
    for chapters in (one for one in top if one.element_id == _CHAPTERS):
        for edition in inside(file, chapters, _EDITION):
            yield from _of_chapters(file, edition, 0)


def _of_track(file: BinaryIO, entry: Element, whose: str) -> Iterator[tuple[str, str, Element]]:
    yield from _named(file, entry, _OF_TRACKS, whose)
    for codings in inside(file, entry, _CODINGS):
        for coding in inside(file, codings, _CODING):
            yield from _named(file, coding, _OF_CODINGS, whose)
    for sound in inside(file, entry, _SOUND):
        yield from _named(file, sound, _OF_SOUNDS, whose)
    for video in inside(file, entry, _VIDEO):
        yield from _named(file, video, _OF_PICTURES, whose)
        for color in inside(file, video, _COLOR):
            yield from _named(file, color, _OF_COLORS, whose)


def _of_chapters(file: BinaryIO, parent: Element, depth: int) -> Iterator[tuple[str, str, Element]]:
    for atom in inside(file, parent, _ATOM) if depth < _DEEPEST else ():
        yield from _named(file, atom, _OF_CHAPTERS, "")
        yield from _of_chapters(file, atom, depth + 1)


def _named(file: BinaryIO, parent: Element, names: Names, whose: str) -> Iterator[tuple[str, str, Element]]:
    for child in list(children(file, parent)):
        if child.element_id in names:
            yield whose, names[child.element_id], child
