"""The side data of every decoded frame, as the decoder gives them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import cast

import av
from av.sidedata.sidedata import SideDataContainer, Type

from tcvc_cli.media.planes import Frame, read_planes
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.pictures import pictures_from_start
from tcvc_cli.media.read.side_data import is_safe_to_ask
from tcvc_cli.records import FilmInfo

_NAMES = {
    Type.MASTERING_DISPLAY_METADATA: "mastering display",
    Type.CONTENT_LIGHT_LEVEL: "content light level",
    Type.DYNAMIC_HDR_PLUS: "HDR10+",
    Type.A53_CC: "closed captions",
    Type.AFD: "active format",
    Type.STEREO3D: "stereo layout",
    Type.SPHERICAL: "spherical projection",
    Type.S12M_TIMECODE: "timecodes",
    Type.GOP_TIMECODE: "timecodes of groups of pictures",
    Type.ICC_PROFILE: "ICC profile",
    Type.DISPLAYMATRIX: "rotation",
}
_MOST_PAYLOADS = 100_000  # of one kind; 4 bytes each


class FramesWitness:
    """Sees every frame of a film, and remembers which payloads of side data there were: by the name of their
    kind, the CRC-32 of each."""

    def __init__(self) -> None:
        self.payloads: dict[str, set[int]] = {}

    def see(self, picture: av.VideoFrame) -> None:
        try:
            for one in cast(SideDataContainer, picture.side_data):
                if one.type in _NAMES:
                    self._see_payload(_NAMES[one.type], bytes(one))
        except ValueError:  # a kind that PyAV does not know hides those beside it
            return

    def _see_payload(self, name: str, payload: bytes) -> None:
        seen = self.payloads.setdefault(name, set())
        if len(seen) < _MOST_PAYLOADS:
            seen.add(zlib.crc32(payload))


def witnessed(film: FilmInfo, witness: FramesWitness) -> Iterator[Frame]:
    """All frames of the film, as `read_frames` gives them and raising as it does; `witness` sees each as it
    was decoded."""
    if film.is_photograph:
        yield from read_frames(film)
        return
    is_safe = is_safe_to_ask(film.streams[film.video_index].codec)
    for picture in pictures_from_start(film):
        if is_safe:
            witness.see(picture.decoded)
        yield Frame(picture.number, picture.time, *read_planes(picture.decoded), picture.facts)
