"""The timecode of a film's first frame, as its file says it.

A tag called `timecode` holds it: in Matroska and AVI of the stream or the file, in QuickTime and MP4 that of
the timecode track, in MXF that of the material package, in DV that of the first frame. Bare streams and
broadcasts say it inside the picture: H.264 and H.265 in SEI messages (SMPTE ST 12-1), MPEG-2 in the header of
a group of pictures.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Final

import av
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideDataType
from av.video.stream import VideoStream

from tcvc_cli.media.read.side_data import side_data_of
from tcvc_cli.plan.timecode import Timecode, clock_of

TAG: Final = "timecode"
_FASTEST_COUNTED: Final = 30  # ST 12-1 numbers pairs of frames above


def stated_timecode(
    container: InputContainer, stream: VideoStream, first: av.VideoFrame, frame_rate: Fraction
) -> str | None:
    """Of the `first` frame of `stream`, at its rate in frames a second; None where nothing that can be read
    says one. What stands in a tag counts before what stands in the picture."""
    for text in (*_tagged(container, stream), *_pictured(first, frame_rate)):
        with suppress(ValueError):
            return str(clock_of(frame_rate, text).code(0))
    return None


def _tagged(container: InputContainer, stream: VideoStream) -> Iterator[str]:
    others = (one.metadata for one in container.streams if one.index != stream.index)
    for tags in (stream.metadata, container.metadata, *others):
        yield from (value.strip() for key, value in tags.items() if key.lower() == TAG)


def _pictured(first: av.VideoFrame, frame_rate: Fraction) -> Iterator[str]:
    try:
        every = side_data_of(first)
    except ValueError:  # PyAV does not know every kind of side data
        return
    for data in every:
        code = None
        if data.type is SideDataType.S12M_TIMECODE:
            code = _of_smpte(bytes(memoryview(data)), frame_rate)
        elif data.type is SideDataType.GOP_TIMECODE:
            code = _of_group(bytes(memoryview(data)))
        if code is not None:
            yield str(code)


def _of_smpte(data: bytes, frame_rate: Fraction) -> Timecode | None:
    """libav's AV_FRAME_DATA_S12M_TIMECODE: a count of up to three, then words of binary coded decimals as
    ST 12-1 has them: frames, seconds, minutes, hours from the highest byte down."""
    if len(data) < 8 or not struct.unpack_from("=I", data)[0]:
        return None
    word = struct.unpack_from("=I", data, 4)[0]
    frames, seconds, minutes, hours = (
        _decimal(word >> shift & mask) for shift, mask in ((24, 0x3F), (16, 0x7F), (8, 0x7F), (0, 0x3F))
    )
    if frame_rate > _FASTEST_COUNTED:
        is_second = word >> (7 if round(frame_rate) == 50 else 23) & 1
        frames = 2 * frames + is_second
    with suppress(ValueError):
        return Timecode(hours, minutes, seconds, frames, is_drop=bool(word >> 30 & 1))
    return None


def _decimal(coded: int) -> int:
    return 10 * (coded >> 4) + (coded & 0xF)


def _of_group(data: bytes) -> Timecode | None:
    """The 25 bits of ISO/IEC 13818-2, 6.3.8. Zero, which encoders write who know of no time, says nothing."""
    if len(data) < 8:
        return None
    bits = struct.unpack_from("=q", data)[0]
    hours, minutes, seconds, frames = bits >> 19 & 31, bits >> 13 & 63, bits >> 6 & 63, bits & 63
    if not (hours or minutes or seconds or frames):
        return None
    with suppress(ValueError):
        return Timecode(hours, minutes, seconds, frames, is_drop=bool(bits >> 24 & 1))
    return None
