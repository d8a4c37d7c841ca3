"""What a Matroska file says of its tracks and FFmpeg does not tell: RFC 9559."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from tcvc_cli.media.structure.ebml import Element, children, top_level
from tcvc_cli.records import FilmInfo, StreamKind

TRACKS, TRACK_ENTRY, TRACK_TYPE, VIDEO = b"\x16\x54\xae\x6b", b"\xae", b"\x83", b"\xe0"
_NUMBER = b"\xd7"
SOUND = b"\xe1"
_PICTURE, _SOUNDS, _TEXTS = 1, 2, 17
LANGUAGE_BCP47 = b"\x22\xb5\x9d"
FLAGS = {b"\xb9": 1, b"\x55\xad": 0}  # enabled, text descriptions; and what is usual
_KINDS: dict[int, StreamKind] = {_PICTURE: "video", _SOUNDS: "audio", _TEXTS: "subtitle"}
# How long a packet lasts; of sound the rate behind an extension of its band, bits of a sample, and emphasis.
_DEFAULT_DURATION, _OF_SOUND = b"\x23\xe3\x83", (b"\x78\xb5", b"\x62\x64", b"\x52\xf1")
_INTERLACED, _FIELD_ORDER, _UNKNOWN_ORDER = b"\x9a", b"\x9d", 2
_LONGEST_NUMBER = 8
_TAG = re.compile(rb"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
LONGEST_TAG = 35  # letters that software must hold: RFC 5646, 4.4.1
_LONGEST_VALUE = 255


class TrackFact(NamedTuple):
    """An element of a track entry, or of the element `parent` in it."""

    parent: bytes | None
    element_id: bytes
    payload: bytes


def track_entries(file: BinaryIO) -> Iterator[Element]:
    """Of every track, in the order of the file."""
    tracks = next((element for element in top_level(file) if element.element_id == TRACKS), None)
    if tracks is not None:
        yield from [entry for entry in children(file, tracks) if entry.element_id == TRACK_ENTRY]


def values(file: BinaryIO, parent: Element) -> dict[bytes, bytes]:
    """What the elements in `parent` hold, by their IDs; long ones only as far as names and numbers go."""
    found = {}
    for child in list(children(file, parent)):
        file.seek(child.start)
        found[child.element_id] = file.read(min(child.size or 0, _LONGEST_VALUE))
    return found


def picture_values(film: FilmInfo) -> dict[bytes, bytes]:
    """The track's metadata of the film's own picture; nothing where the film is no Matroska file."""
    if "matroska" not in film.container:
        return {}
    before = [one for one in film.streams[: film.video_index] if one.kind == "video" and not one.is_picture]
    with film.path.open("rb") as file:
        pictures = [e for e in track_entries(file) if number(values(file, e), TRACK_TYPE) == _PICTURE]
        if len(before) >= len(pictures):
            return {}
        video = next((e for e in children(file, pictures[len(before)]) if e.element_id == VIDEO), None)
        return values(file, video) if video else {}


def number(values: dict[bytes, bytes], element_id: bytes) -> int:
    """0 where it is not there."""
    return int.from_bytes(values.get(element_id, b"")[:8])


def languages(film: FilmInfo) -> dict[int, str]:
    """Tags such as `pt-BR` (BCP 47) by index of the film's streams, of those that have one."""
    found = {}
    for index, track in _tracks_of(film):
        tag = track.get(LANGUAGE_BCP47, b"").rstrip(b"\0")
        if _TAG.fullmatch(tag):
            found[index] = tag.decode()
    return found


def flags(film: FilmInfo) -> dict[int, tuple[tuple[bytes, int], ...]]:
    """By index of the film's streams, those that FFmpeg does not read and that are not as usual: of each
    the ID and its value."""
    found = {}
    for index, track in _tracks_of(film):
        stated = tuple(
            (one, value) for one in FLAGS if one in track and (value := number(track, one)) != FLAGS[one]
        )
        if stated:
            found[index] = stated
    return found


def facts_of_copies(film: FilmInfo) -> dict[int, tuple[TrackFact, ...]]:
    """By index of the film's streams, what FFmpeg reads and does not write again, or otherwise: how long a
    packet lasts, and of sound, whose packets are copied, its rates and bits; of the film's own picture, that
    it is interlaced though nobody knows which field comes first."""
    if "matroska" not in film.container:
        return {}
    with film.path.open("rb") as file:
        tracks = {number(values(file, entry), _NUMBER): entry for entry in track_entries(file)}
        found = {}
        for index, track in _tracks_of(film):
            facts = [TrackFact(None, _DEFAULT_DURATION, track.get(_DEFAULT_DURATION, b""))]
            entry = tracks[number(track, _NUMBER)]
            parent = VIDEO if number(track, TRACK_TYPE) == _PICTURE else SOUND
            inner = next((values(file, one) for one in children(file, entry) if one.element_id == parent), {})
            facts += [TrackFact(parent, one, inner.get(one, b"")) for one in _OF_SOUND if parent == SOUND]
            if index == film.video_index and film.fields == "none" and _is_of_unknown_order(inner):
                facts.append(TrackFact(parent, _INTERLACED, inner[_INTERLACED]))
            found[index] = tuple(one for one in facts if 0 < len(one.payload) <= _LONGEST_NUMBER)
    return {index: facts for index, facts in found.items() if facts}


def _is_of_unknown_order(video: dict[bytes, bytes]) -> bool:
    order = number(video, _FIELD_ORDER) if _FIELD_ORDER in video else _UNKNOWN_ORDER
    return number(video, _INTERLACED) == 1 and order == _UNKNOWN_ORDER


def _tracks_of(film: FilmInfo) -> Iterator[tuple[int, dict[bytes, bytes]]]:
    """Each track's metadata, with the index of its stream."""
    if "matroska" not in film.container:
        return
    with film.path.open("rb") as file:
        tracks = [values(file, entry) for entry in track_entries(file)]
    for track_type, kind in _KINDS.items():
        alike = [track for track in tracks if number(track, TRACK_TYPE) == track_type]
        streams = [one for one in film.streams if one.kind == kind and not one.is_picture]
        for stream, track in zip(streams, alike, strict=False):
            yield stream.index, track


def says_more(tag: str | None) -> bool:
    """Than the three letters that every container has: a script, a region, a variety."""
    return tag is not None and "-" in tag
