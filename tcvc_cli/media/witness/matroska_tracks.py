"""What a track entry of a Matroska file states: RFC 9559, 5.1.4.1."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from tcvc_cli.media.structure.ebml import Element
from tcvc_cli.media.witness.elements import Fact, Payloads, decimal, inside, payloads, text, unsigned

_Stated = tuple[tuple[str, bytes, int], ...]

_TYPE, _PRIVATE, _CODEC = b"\x83", b"\x63\xa2", b"\x86"
_VIDEO, _SOUND = b"\xe0", b"\xe1"
_COLOR, _MASTERING, _PROJECTION = b"\x55\xb0", b"\x55\xd0", b"\x76\x70"
_LANGUAGE_BCP47, _LANGUAGE = b"\x22\xb5\x9d", b"\x22\xb5\x9c"
_RATE, _OUTPUT_RATE, _DEPTH, _CHANNELS = b"\xb5", b"\x78\xb5", b"\x62\x64", b"\x9f"
_PROJECTION_TYPE = b"\x76\x71"
_PICTURE: Final = 1
_USUAL_RATE: Final = 8000.0
_FLAC: Final = b"A_FLAC"
_STREAMINFO = slice(8, 42)  # behind the magic word and its own head: RFC 9639, 8
# Codings whose samples have a depth of their own; of the others it is what a decoder may give.
_WITH_DEPTH: Final = (b"A_PCM", _FLAC, b"A_ALAC", b"A_TTA1", b"A_WAVPACK4", b"A_TRUEHD", b"A_MLP")

# Name of what a track says, its element, and the value that counts where it is not there.
_OF_TRACKS: _Stated = (("enabled", b"\xb9", 1), ("commentary", b"\x55\xaf", 0), ("original", b"\x55\xae", 0))
_OF_TRACKS += (("hearing impaired", b"\x55\xab", 0), ("visual impaired", b"\x55\xac", 0))
_OF_TRACKS += (("text descriptions", b"\x55\xad", 0), ("forced", b"\x55\xaa", 0), ("default", b"\x88", 1))
_OF_TRACKS += (("default duration", b"\x23\xe3\x83", 0),)
_OF_SOUNDS: _Stated = (("codec delay", b"\x56\xaa", 0), ("seek pre-roll", b"\x56\xbb", 0))
_OF_PICTURES: _Stated = (("stereo mode", b"\x53\xb8", 0), ("alpha", b"\x53\xc0", 0))
_OF_PICTURES += (("crop top", b"\x54\xbb", 0), ("crop bottom", b"\x54\xaa", 0))
_OF_PICTURES += (("crop left", b"\x54\xcc", 0), ("crop right", b"\x54\xdd", 0))
_OF_PICTURES += (("interlaced", b"\x9a", 0), ("aspect ratio type", b"\x54\xb3", 0))
_OF_COLORS: _Stated = (("matrix", b"\x55\xb1", 2), ("range", b"\x55\xb9", 0), ("transfer", b"\x55\xba", 2))
_OF_COLORS += (("primaries", b"\x55\xbb", 2), ("content light level", b"\x55\xbc", 0))
_OF_COLORS += (("average light level", b"\x55\xbd", 0),)
_OF_COLORS += (("siting across", b"\x55\xb7", 0), ("siting down", b"\x55\xb8", 0))
# Chroma to the left, half way between two rows, is where it is when nothing is said; nor does progressive
# say more than nothing.
_USUAL = {"siting across": (1,), "siting down": (2,), "interlaced": (2,)}
_MASTERING_IDS = tuple(bytes((0x55, 0xD0 + place)) for place in range(1, 11))
_POSE = (b"\x76\x73", b"\x76\x74", b"\x76\x75")


def track_facts(file: BinaryIO, entry: Element) -> Iterator[Fact]:
    """What it says otherwise than by being silent. Of the picture, which is coded anew, the header of its
    coding and its delay are not among them."""
    values = payloads(file, entry)
    kind = unsigned(values, _TYPE)
    yield Fact("type", f"{kind}")
    yield from _stated(values, _OF_TRACKS)
    yield Fact("language", text(values, _LANGUAGE_BCP47) or text(values, _LANGUAGE, "eng"))
    if kind != _PICTURE:
        yield from _stated(values, _OF_SOUNDS)
        yield from _header(values)
    for sound in inside(file, entry, _SOUND):
        yield from _of_sound(payloads(file, sound), values.get(_CODEC, [b""])[0])
    for video in inside(file, entry, _VIDEO):
        yield from _stated(payloads(file, video), _OF_PICTURES)
        yield from _of_projection(file, video)
        for color in inside(file, video, _COLOR):
            yield from _stated(payloads(file, color), _OF_COLORS)
            for mastering in inside(file, color, _MASTERING):
                yield from _mastering(payloads(file, mastering))


def _stated(values: Payloads, names: Sequence[tuple[str, bytes, int]]) -> Iterator[Fact]:
    for name, element_id, silent in names:
        value = unsigned(values, element_id, silent)
        if value not in (silent, *_USUAL.get(name, ())):
            yield Fact(name, f"{value}")


def _header(values: Payloads) -> Iterator[Fact]:
    """What a decoder has to know beforehand. Of FLAC the part that it cannot do without: muxers leave out
    its tags and tables, of which the first packet knows nothing."""
    found = values.get(_PRIVATE, [b""])[0]
    if values.get(_CODEC, [b""])[0].rstrip(b"\0") == _FLAC:
        found = found[_STREAMINFO]
    if found:
        yield Fact("codec header", hashlib.sha256(found).hexdigest())


def _of_sound(values: Payloads, codec: bytes) -> Iterator[Fact]:
    rate = decimal(values, _RATE, _USUAL_RATE)
    yield Fact("sampling rate", f"{rate:.8g}")
    yield Fact("output sampling rate", f"{decimal(values, _OUTPUT_RATE, rate):.8g}")
    yield Fact("channels", f"{unsigned(values, _CHANNELS, 1)}")
    yield from _stated(values, (("emphasis", b"\x52\xf1", 0),))
    if codec.startswith(_WITH_DEPTH):
        yield from _stated(values, (("bit depth", _DEPTH, 0),))


def _of_projection(file: BinaryIO, video: Element) -> Iterator[Fact]:
    for projection in inside(file, video, _PROJECTION):
        values = payloads(file, projection)
        private = values.get(b"\x76\x72", [b""])[0]
        pose = " ".join(f"{decimal(values, one):.5g}" for one in _POSE)
        yield Fact("projection", f"{unsigned(values, _PROJECTION_TYPE)} {pose} {private.hex()}".rstrip())


def _mastering(values: Payloads) -> Iterator[Fact]:
    """Floats of four or eight bytes, to five places, as muxers write the one or the other."""
    yield Fact(
        "mastering display",
        " ".join(f"{decimal(values, one):.5g}" for one in _MASTERING_IDS if one in values),
    )
