"""Side data: what comes with a decoded frame beside its samples, for players rather than for the eye."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import lru_cache

import av
import numpy as np
from av.sidedata.sidedata import SideData, SideDataContainer, Type
from av.video.format import VideoFormat

_NAMES = {
    Type.DISPLAYMATRIX: "rotation",
    Type.A53_CC: "closed captions inside the picture",
    Type.MASTERING_DISPLAY_METADATA: "mastering display",
    Type.CONTENT_LIGHT_LEVEL: "content light level",
    Type.AMBIENT_VIEWING_ENVIRONMENT: "ambient light",
    Type.DYNAMIC_HDR_PLUS: "HDR10+",
    Type.DYNAMIC_HDR_VIVID: "HDR Vivid",
    Type.DOVI_RPU_BUFFER: "Dolby Vision",  # as it is coded, even where FFmpeg cannot read it
    Type.DOVI_METADATA: "Dolby Vision",
    Type.STEREO3D: "stereo layout",
    Type.SPHERICAL: "spherical projection",
    Type.AFD: "active format",
    Type.ICC_PROFILE: "ICC profile",
    Type.S12M_TIMECODE: "timecodes inside the picture",
}
ROTATION, ICC_PROFILE = _NAMES[Type.DISPLAYMATRIX], _NAMES[Type.ICC_PROFILE]
ALPHA = "alpha channel"  # counts as such, though it stands among the samples
_OPAQUE = 0xFF00  # of 0xFFFF; what a scaler makes of 255 of 255, at least
_NOT_READ = "further side data"
# Their profiles have a name, which PyAV 18 frees twice: a crash. What they hold is read from the file.
_UNSAFE_CODECS = ("png", "apng")


def in_order(kinds: Collection[str]) -> tuple[str, ...]:
    """Of the table above, so that the same kinds are always reported alike."""
    return tuple(name for name in dict.fromkeys((*_NAMES.values(), ALPHA, _NOT_READ)) if name in kinds)


def is_safe_to_ask(codec: str) -> bool:
    """False for pictures of a coding, by FFmpeg's name, whose side data must be left alone."""
    return codec not in _UNSAFE_CODECS


def kinds_of(picture: av.VideoFrame) -> frozenset[str]:
    """The names of the kinds that matter; where there is a kind that PyAV does not know, it and those beside
    it are `further side data`."""
    try:
        return frozenset(_NAMES[one.type] for one in side_data_of(picture) if one.type in _NAMES)
    except ValueError:
        return frozenset((_NOT_READ,))


def is_transparent(picture: av.VideoFrame) -> bool:
    """True when any sample is not wholly opaque."""
    if not _may_be_transparent(picture.format.name):
        return False
    rgba = picture.reformat(format="rgba64le", threads=1).planes[0]
    samples = np.frombuffer(memoryview(rgba), np.uint16).reshape(rgba.height, -1)
    return bool(samples[:, 3 : 4 * rgba.width : 4].min() < _OPAQUE)


@lru_cache(maxsize=64)
def _may_be_transparent(layout: str) -> bool:
    described = VideoFormat(layout, 64, 64)
    return described.has_palette or any(part.is_alpha for part in described.components)


def hashes_of(picture: av.VideoFrame) -> dict[str, str]:
    """SHA-256 in hex by name of those that PyAV can read."""
    try:
        found = [(_NAMES[one.type], bytes(one)) for one in side_data_of(picture) if one.type in _NAMES]
    except ValueError:
        return {}
    payloads: dict[str, bytes] = {}
    for name, payload in found:
        payloads[name] = payloads.get(name, b"") + payload
    return {name: hashlib.sha256(payload).hexdigest() for name, payload in payloads.items()}


def side_data_of(picture: av.VideoFrame) -> list[SideData]:
    """All of it. Raises ValueError where there is a kind that PyAV does not know.

    `picture.side_data` would keep what it gives, which holds the picture in turn: its samples would stay in
    memory until the garbage collector comes by, hundreds of pictures later.
    """
    return list(SideDataContainer(picture))  # type: ignore[call-arg]
