"""Faults in single boxes of an MP4 result, by the bytes that ISO/IEC 14496-12 and the codings put there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from tests.material.media_sources import Source
from tests.material.planted.boxes import Boxes
from tests.material.planted.element_edits import OF

SOURCE = Source(
    codec="libx264",
    pixel_format="gray",
    frames=8,
    time_base=Fraction(1, 24),
    audio=("libopus", "aac", "flac"),
    has_subtitle=True,
    has_chapters=True,
    matrix=1,
    sample_aspect=Fraction(16, 11),
    options={"x264-params": "bframes=0"},
)
_OPUS, _AAC, _FLAC = OF.values()
_TRACKS, _LENGTH = "second reading: tracks", "second reading: length of the file"
_STRUCTURE = "second reading: structure"
_TABLE = ("mdia", "minf", "stbl")


@dataclass(frozen=True)
class BoxFault:
    """`what` is planted; `row` fails, others may too."""

    what: str
    row: str
    plant: Callable[[Boxes], None]


def _put(what: str, row: str, path: str, offset: int, value: bytes) -> BoxFault:
    return BoxFault(what, row, lambda boxes: boxes.put(boxes.at(*path.split("/")) + offset, value))


def _flip(what: str, row: str, path: str, offset: int, bits: int = 1) -> BoxFault:
    return BoxFault(what, row, lambda boxes: boxes.flip(boxes.at(*path.split("/")) + offset, bits))


def _word(what: str, row: str, box: bytes, old: bytes, new: bytes) -> BoxFault:
    """Behind the first box of that name."""
    return BoxFault(what, row, lambda boxes: boxes.put(boxes.data.index(old, boxes.data.index(box)), new))


def _of(track: int, rest: str) -> str:
    return f"moov/trak:{track}/{rest}"


def _coded(track: int, rest: str) -> str:
    return _of(track, f"mdia/minf/stbl/stsd/{rest}")


def _object_type(boxes: Boxes) -> int:
    """Where it is: behind the marks of two descriptors, whose lengths muxers write in four bytes each."""
    return boxes.at(*_coded(3, "mp4a/esds").split("/")) + 4 + 5 + 3 + 5


BOX_FAULTS = (
    _flip("another gain of Opus", _OPUS, _coded(2, "Opus/dOps"), 9),
    _flip("another pre-skip of Opus", _OPUS, _coded(2, "Opus/dOps"), 3),
    _flip("another input rate of Opus", _OPUS, _coded(2, "Opus/dOps"), 5),
    _word("another AudioSpecificConfig", _AAC, b"esds", b"\x11\x90\x56", b"\x11\x94\x56"),
    _flip("another STREAMINFO of FLAC", _FLAC, _coded(4, "fLaC/dfLa"), 30),
    _flip("another style of subtitles", "#4 subtitle mov_text (fra)", _coded(5, "tx3g"), 26),
    _put("other channels in the entry", _TRACKS, _coded(3, "mp4a"), 16, b"\0\1"),
    _put("another sampling rate in the entry", _TRACKS, _coded(3, "mp4a"), 24, b"\xac\x44\0\0"),
    _put("another sampling rate in the entry of Opus", _TRACKS, _coded(2, "Opus"), 24, b"\x5d\xc0\0\0"),
    _put("other bits of a sample in the entry", _TRACKS, _coded(3, "mp4a"), 18, b"\0\x08"),
    _put("sound without volume", _TRACKS, _of(2, "tkhd"), 36, b"\0\0"),
    _put("a picture in another layer", _TRACKS, _of(1, "tkhd"), 32, b"\0\7"),
    _put("a picture to be shown wider", _TRACKS, _of(1, "tkhd"), 76, b"\1\0\0\0"),
    _flip("another language", "written of #1", _of(2, "mdia/mdhd"), 21),
    _flip("a picture that is switched off", "written of the picture", _of(1, "tkhd"), 3),
    _flip("a sound that is switched on", "written of #2", _of(3, "tkhd"), 3),
    _put("turned", "rotation", _of(1, "tkhd"), 40, b"\0\0\0\0\0\1\0\0"),
    _put("another matrix", "matrix", _coded(1, "avc1/colr"), 8, b"\0\6"),
    _put("another transfer", "transfer", _coded(1, "avc1/colr"), 6, b"\0\6"),
    _put("other primaries", "colour primaries", _coded(1, "avc1/colr"), 4, b"\0\6"),
    _put("another aspect", "sample aspect", _coded(1, "avc1/pasp"), 0, b"\0\0\0\x11"),
    _put("another clock of sound", _FLAC, _of(4, "mdia/mdhd"), 12, b"\0\0\xac\x44"),
    _put("another clock of the film", _LENGTH, "moov/mvhd", 12, b"\0\0\x10\0"),
    _put("another length of the film", _LENGTH, "moov/mvhd", 16, b"\0\0\0\x10"),
    _put("another rate of the film", _TRACKS, "moov/mvhd", 20, b"\0\2\0\0"),
    _put("priming of AAC that is heard", _AAC, _of(3, "edts/elst"), 12, bytes(4)),
    _put("priming of Opus that is heard", _OPUS, _of(2, "edts/elst"), 12, bytes(4)),
    _put("sound that ends early", _AAC, _of(3, "edts/elst"), 8, b"\0\0\0\x80"),
    _flip("packets of sound a tick longer", _FLAC, _of(4, f"{'/'.join(_TABLE)}/stts"), 15),
    _flip("frames that last longer", "frame times", _of(1, f"{'/'.join(_TABLE)}/stts"), 14),
    _word("another title in the list of chapters", "second reading: chapters", b"chpl", b"Two", b"Twa"),
    _word("another title of the film", "tags", b"ilst", b"A film", b"B film"),
    _word("another title of a sound", "written of #1", b"udta", b"Sound 0", b"Sound 9"),
    _put("a film that is bent", _STRUCTURE, "moov/mvhd", 36, b"\0\2\0\0"),
    _put("a film without volume", _STRUCTURE, "moov/mvhd", 24, b"\0\0"),
    _put("a picture that is scaled", _STRUCTURE, _of(1, "tkhd"), 40, b"\0\0\x80\0"),
    _put("a picture that is skewed", _STRUCTURE, _of(1, "tkhd"), 48, b"\0\1\0\0"),
    _put("a picture that is moved", _STRUCTURE, _of(1, "tkhd"), 64, b"\0\x10\0\0"),
    _put("a sound that is no part of the film", _STRUCTURE, _of(2, "tkhd"), 3, b"\1"),
    _put("a picture at twice the rate", _STRUCTURE, _of(1, "edts/elst"), 16, b"\0\2"),
    _put("a track that is said to be longer", _STRUCTURE, _of(1, "tkhd"), 20, b"\x7f"),
    _put("packets that are said to be longer", _STRUCTURE, _of(1, "mdia/mdhd"), 16, b"\x7f"),
    _put("a picture in another file", _STRUCTURE, _of(1, "mdia/minf/dinf/dref"), 19, b"\0"),
    _put("a sound of a file that is not there", _STRUCTURE, _of(3, "mdia/minf/stbl/stsd"), 22, b"\0\2"),
    _put("a sound from one side", _STRUCTURE, _of(3, "mdia/minf/smhd"), 4, b"\1\0"),
    _put("a picture laid over others", _STRUCTURE, _of(1, "mdia/minf/vmhd"), 4, b"\0\x24"),
    _put("another width in the entry", _STRUCTURE, _coded(1, "avc1"), 24, b"\0\x10"),
    _put("another resolution in the entry", _STRUCTURE, _coded(1, "avc1"), 28, b"\1\x2c"),
    _put("two frames in each packet", _STRUCTURE, _coded(1, "avc1"), 40, b"\0\2"),
    _put("a picture that is called grey", _STRUCTURE, _coded(1, "avc1"), 74, b"\0\x28"),
    _put("another profile of H.264", _STRUCTURE, _coded(1, "avc1/avcC"), 1, b"\x42"),
    _put("another level of H.264", _STRUCTURE, _coded(1, "avc1/avcC"), 3, b"\x1f"),
    _put("no colours in the entry", _STRUCTURE, _coded(1, "avc1/colr"), -4, b"free"),
    BoxFault("another object type", _AAC, lambda boxes: boxes.flip(_object_type(boxes))),
    BoxFault("one bit of a packet", _OPUS, lambda boxes: boxes.flip(boxes.first_packet_at(1) + 20)),
)
