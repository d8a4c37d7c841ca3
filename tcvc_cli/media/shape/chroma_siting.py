"""Where a film says that its chroma samples stand. PyAV does not tell: it is read from the header of a y4m
film, and for others from the header that FFmpeg's Matroska muxer writes for the same track."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from tcvc_cli.media.structure.ebml import Element, children
from tcvc_cli.media.structure.matroska_tracks import VIDEO, number, track_entries, values
from tcvc_cli.records import ChromaSiting

Y4M_HEAD_BYTES: Final = 256  # its header is one line
Y4M: Final = b"YUV4MPEG2 "
# Names of the y4m header; of the deeper ones and of 4:2:2 and 4:4:4 none says it.
_OF_Y4M: Final[Mapping[bytes, ChromaSiting]] = MappingProxyType(
    {b"420": "center", b"420jpeg": "center", b"420mpeg2": "left", b"420paldv": "topleft"}
)
# ChromaSitingHorz and ChromaSitingVert: RFC 9559, 5.1.4.1.28.31; 1 is on the luma sample, 2 is half-way.
_COLOUR, _ACROSS, _DOWN = b"\x55\xb0", b"\x55\xb7", b"\x55\xb8"
_OF_MATROSKA: Final[Mapping[tuple[int, int], ChromaSiting]] = MappingProxyType(
    {(1, 2): "left", (2, 2): "center", (1, 1): "topleft", (2, 1): "top"}
)


def siting_of(container: InputContainer, stream: VideoStream, head: bytes) -> ChromaSiting:
    """As the film states it, or its coding implies; `head` are the first bytes of a y4m film."""
    if container.format.name == "yuv4mpegpipe":
        return _of_y4m(head)
    context = stream.codec_context
    if context.codec.canonical_name == "dvvideo":  # which Matroska has no name for
        return "topleft" if context.pix_fmt == "yuv420p" else "unspecified"
    return _of_matroska(stream)


def head_of(path: Path) -> bytes:
    """What `siting_of` wants to see; nothing of what is no plain file."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(Y4M_HEAD_BYTES)


def _of_y4m(head: bytes) -> ChromaSiting:
    line = head.partition(b"\n")[0]
    if not line.startswith(Y4M):
        return "unspecified"
    named = [word[1:] for word in line.split(b" ")[1:] if word[:1] == b"C"]
    return _OF_Y4M.get(named[0] if named else b"420", "unspecified")


def _of_matroska(stream: VideoStream) -> ChromaSiting:
    header = io.BytesIO()
    try:
        with av.open(header, "w", format="matroska") as made:
            made.add_stream_from_template(stream, opaque=True).time_base = Fraction(1, 1000)
            made.start_encoding()
    except (FFmpegError, ValueError):  # of a coding that it does not take
        return "unspecified"
    header.seek(0)
    return next(_sitings(header), "unspecified")


def _sitings(header: io.BytesIO) -> Iterator[ChromaSiting]:
    for entry in track_entries(header):
        for video in _inside(header, entry, VIDEO):
            for color in _inside(header, video, _COLOUR):
                found = values(header, color)
                where = number(found, _ACROSS), number(found, _DOWN)
                yield _OF_MATROSKA.get(where, "unspecified")


def _inside(header: io.BytesIO, parent: Element, element_id: bytes) -> list[Element]:
    return [one for one in children(header, parent) if one.element_id == element_id]
