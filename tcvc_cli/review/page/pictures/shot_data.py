"""What the script of one shot holds: a still, its colours in several colourings, and a clip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tcvc_cli.review.page.pictures.clips import Clip
from tcvc_cli.review.page.pictures.jpeg import DATA_QUALITIES, data_uri, jpeg_within
from tcvc_cli.review.page.pictures.shares import Share

Floats = NDArray[np.float32]
_JPEG: Final = "image/jpeg"
_MP4: Final = "video/mp4"
_JPEG_URI: Final = re.compile(f"data:{_JPEG};base64,[A-Za-z0-9+/]+=*", re.ASCII)
_MP4_URI: Final = re.compile(f"data:{_MP4};base64,[A-Za-z0-9+/]+=*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ColorMap:
    """`src`: a picture whose R and G are a* + 128 and b* + 128. Of a palette, `vivid` None is the model's
    own."""

    of: Literal["result", "palette"]
    src: str
    palette: int | None = None
    vivid: float | None = None


@dataclass(frozen=True, slots=True)
class Still:
    """`light`: a grey picture of `width` x `height` px whose value is L* / 100 * 255."""

    frame: int
    width: int
    height: int
    light: str
    colors: tuple[ColorMap, ...]


@dataclass(frozen=True, slots=True)
class ClipData:
    """`frames` are numbers of the film, one for each of the clip; `width` and `height` those of one half."""

    src: str
    frames: tuple[int, ...]
    fps: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ShotData:
    still: Still
    clip: ClipData | None

    @property
    def is_plain(self) -> bool:
        """Whether its pictures are all in it, and nothing else is meant by them."""
        pictures = (self.still.light, *(one.src for one in self.still.colors))
        film = () if self.clip is None else (self.clip.src,)
        return all(map(_JPEG_URI.fullmatch, pictures)) and all(map(_MP4_URI.fullmatch, film))


@dataclass(frozen=True, slots=True)
class Colored:
    """A colouring of a still: `ab` (h, w, 2) float32, CIE units."""

    ab: Floats
    of: Literal["result", "palette"]
    palette: int | None = None
    vivid: float | None = None


def still_of(frame: int, lightness: Floats, colored: Sequence[Colored], share: Share) -> Still:
    """`lightness` (h, w) float32 L*."""
    grey = np.asarray(np.rint(lightness * np.float32(2.55)), np.uint8)
    light = jpeg_within(grey, share.light_bytes, DATA_QUALITIES)
    most = share.color_bytes(len(colored) + 1)  # the result's, from which a person goes on, has two parts
    maps = tuple(
        ColorMap(
            one.of,
            data_uri(_JPEG, color_map(one.ab, 2 * most if one.of == "result" else most)),
            one.palette,
            one.vivid,
        )
        for one in colored
    )
    height, width = lightness.shape
    return Still(frame, width, height, data_uri(_JPEG, light), maps)


def color_map(ab: Floats, most_bytes: int) -> bytes:
    """JPEG of the colours (h, w, 2); of half the size where not even a poor one would fit."""
    coded = b""
    while True:
        coded = jpeg_within(_picture(ab), most_bytes, DATA_QUALITIES, is_data=True)
        if len(coded) <= most_bytes or min(ab.shape[:2]) < 64:
            return coded
        half = (ab.shape[1] // 2, ab.shape[0] // 2)
        ab = np.asarray(cv2.resize(ab, half, interpolation=cv2.INTER_AREA), np.float32)


def _picture(ab: Floats) -> NDArray[np.uint8]:
    picture = np.full((*ab.shape[:2], 3), 128, np.uint8)
    picture[..., :2] = np.clip(np.rint(ab + 128), 0, 255)
    return picture


def clip_data(clip: Clip) -> ClipData:
    return ClipData(data_uri(_MP4, clip.mp4), clip.frames, clip.rate, *clip.size_px)
