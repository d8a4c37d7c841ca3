"""Writes what PyAV cannot hand to FFmpeg's muxer into the header of a finished Matroska file: the sample
aspect ratio of the picture, and the delay of sound.

The track is made with a longer name (`reserve`); afterwards its entry is written anew within the same
number of bytes (`fill_places`): the true name, what was missing, an empty place, and the checksum of the
element around it. Elements and numbers are those of RFC 9559.
"""

from __future__ import annotations

import io
import secrets
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tcvc_cli.media.shape.matroska_display import DISPLAY_IDS, Display
from tcvc_cli.media.structure.cropping import CROP_IDS, Crop
from tcvc_cli.media.structure.ebml import (
    CRC_32_ID,
    Element,
    children,
    top_level,
    write_element,
    write_number,
    write_void,
)
from tcvc_cli.media.structure.matroska_tracks import (
    LANGUAGE_BCP47,
    SOUND,
    TRACK_ENTRY,
    TRACKS,
    VIDEO,
    TrackFact,
)

_NAME = b"\x53\x6e"
_CODEC_DELAY = b"\x56\xaa"
# Eight numbers of up to four bytes, a tag of 35, their heads, and the least that an empty place takes; an
# empty place of 128 bytes is the longest that one byte can count. Drawn anew in each process, so that no
# film has a track that is called so.
_ROOM = secrets.token_hex(52)


def reserve(title: str | None) -> str:
    """The name to make the track with."""
    return (title or "") + _ROOM


@dataclass(frozen=True, slots=True)
class Place:
    """What one track is given: its display, cropping, a delay of so many nanoseconds, a language by its tag
    (BCP 47, up to 35 letters), flags by their IDs, and `facts` as they stand in the film."""

    display: Display | None = None
    crop: Crop | None = None
    delay_ns: int | None = None
    language: str | None = None
    flags: tuple[tuple[bytes, int], ...] = ()
    facts: tuple[TrackFact, ...] = ()

    def of(self, parent: bytes | None) -> dict[bytes, bytes]:
        """Those of the facts that stand there, by their IDs."""
        return {one.element_id: one.payload for one in self.facts if one.parent == parent}


def fill_places(path: Path, places: Sequence[Place]) -> None:
    """Give the tracks that were made with `reserve`, in order, their true names and these facts.

    Raises ValueError when the file has not as many such tracks.
    """
    with path.open("r+b") as file:
        tracks = _find_tracks(file)
        file.seek(tracks.start)
        old = file.read(tracks.size or 0)
        new = b"".join(_rewritten(old, places))
        if new == old or len(new) != len(old):
            raise ValueError(f"{path.name} has no track with a reserved place")
        file.seek(tracks.start)
        file.write(_with_checksum(new))


def _find_tracks(file: BinaryIO) -> Element:
    for element in top_level(file):
        if element.element_id == TRACKS:
            return element
    raise ValueError("no Tracks element before the first cluster")


def _parts(payload: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(id, payload, element with its header) of those that `payload` is made of."""
    file, position = io.BytesIO(payload), 0
    for child in children(file, Element(b"", 0, len(payload))):
        end = child.start + (child.size or 0)
        yield child.element_id, payload[child.start : end], payload[position:end]
        position = end


def _rewritten(tracks: bytes, places: Sequence[Place]) -> Iterator[bytes]:
    left = list(places)
    for element_id, payload, element in _parts(tracks):
        is_ours = element_id == TRACK_ENTRY and any(_is_reserved(*part) for part in _parts(payload))
        if is_ours:
            head = element[: len(element) - len(payload)]
            if not left:
                raise ValueError("more tracks have a reserved place than are to be filled")
            yield head + _entry(payload, left.pop(0))
        else:
            yield element
    if left:
        raise ValueError("fewer tracks have a reserved place than are to be filled")


def _is_reserved(element_id: bytes, payload: bytes, _whole: bytes) -> bool:
    return element_id == _NAME and payload.endswith(_ROOM.encode())


def _entry(entry: bytes, place: Place) -> bytes:
    kept, facts = list[bytes](), place.of(None)
    for element_id, payload, element in _parts(entry):
        if element_id == _NAME:
            title = payload[: -len(_ROOM)]
            kept.append(write_element(_NAME, title) if title else b"")
        elif element_id in (VIDEO, SOUND):
            kept.append(_within(element_id, payload, place))
        elif element_id not in {**dict(place.flags), **facts}:
            kept.append(element)
    if place.delay_ns is not None:
        kept.append(write_number(_CODEC_DELAY, place.delay_ns))
    if place.language is not None:
        kept.append(write_element(LANGUAGE_BCP47, place.language.encode()))
    kept += [write_number(*flag) for flag in place.flags]
    kept += [write_element(*fact) for fact in facts.items()]
    new = b"".join(kept)
    return new + write_void(len(entry) - len(new))


def _within(parent: bytes, payload: bytes, place: Place) -> bytes:
    """What a track says of its picture or its sound."""
    facts = place.of(parent)
    if parent == VIDEO and place.crop is not None:
        facts |= {one: _number(value) for one, value in zip(CROP_IDS, place.crop, strict=True)}
    if parent == VIDEO and place.display is not None:
        facts |= {one: _number(value) for one, value in zip(DISPLAY_IDS, place.display, strict=True)}
    others = b"".join(element for element_id, _, element in _parts(payload) if element_id not in facts)
    return write_element(parent, others + b"".join(write_element(*fact) for fact in facts.items()))


def _number(value: int) -> bytes:
    return value.to_bytes(max(1, -(-value.bit_length() // 8)), "big")


def _with_checksum(payload: bytes) -> bytes:
    """The CRC-32 element comes first in its parent and covers what follows, least byte first."""
    first = next(_parts(payload))
    if first[0] != CRC_32_ID:
        return payload
    head, rest = first[2][:-4], payload[len(first[2]) :]
    return head + zlib.crc32(rest).to_bytes(4, "little") + rest
