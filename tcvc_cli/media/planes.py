"""Pictures as planes of exact code values, and how to copy them out of and into libav's frames.

Planar and semi-planar Y'CbCr and grey are copied sample by sample. Everything else (RGB, palettes,
packed Y'CbCr, one-bit black and white) has no luma plane to copy: it is converted once by
libswscale, RGB with the BT.709 matrix in full range, to a planar format of the same depth, so that
from there on its luma is well defined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import av
import numpy as np
from av.video.format import VideoFormat
from numpy.typing import NDArray

from tcvc_cli.records import FrameTime, PixelFormat

Plane = NDArray[np.uint8] | NDArray[np.uint16]

_PLANAR = re.compile(r"yuv[aj]?(410|411|420|422|440|444)p(9|10|12|14|16)?(le|be)?")
_GREY = re.compile(r"gray(9|10|12|14|16)?(le|be)?")
_SEMI_PLANAR = re.compile(r"nv(12|16|24|21|42)|p[024](10|12|16)(le|be)")
_CHROMA_FIRST_CR = ("nv21", "nv42")
_SUBSAMPLING = {(0, 0): "444", (1, 0): "422", (1, 1): "420", (0, 1): "440", (2, 0): "411", (2, 2): "410"}
_DEPTHS = (8, 9, 10, 12, 14, 16)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the film.

    `number` counts from 0 at the first frame of the film in presentation order. `luma` is (H, W)
    and `cb`, `cr` are (ceil(H / 2**shift_y), ceil(W / 2**shift_x)), all uint8 for 8 bit and uint16
    for more, holding the film's own code values; the chroma planes are None where the film is grey.
    """

    number: int
    time: FrameTime
    luma: Plane
    cb: Plane | None
    cr: Plane | None


@lru_cache(maxsize=64)
def pixel_format(name: str) -> PixelFormat:
    """Describe FFmpeg's pixel format `name`. One-bit and float pictures count as 8 and 16 bit."""
    layout = VideoFormat(name, 64, 64)
    is_rgb = layout.is_rgb or layout.has_palette or layout.is_bayer or name.startswith("xyz")
    is_grey = not is_rgb and not any(part.is_chroma for part in layout.components)
    bits = max((part.bits for part in layout.components), default=8)
    shift_x = 0 if is_rgb or is_grey else 6 - (layout.chroma_width().bit_length() - 1)
    shift_y = 0 if is_rgb or is_grey else 6 - (layout.chroma_height().bit_length() - 1)
    depth = next((depth for depth in _DEPTHS if depth >= bits), 16)
    return PixelFormat(name, depth, shift_x, shift_y, is_grey, is_rgb)


def planar_name(*, bit_depth: int, shift_x: int = 0, shift_y: int = 0, is_grey: bool = False) -> str:
    """FFmpeg's name of the planar, little-endian format with this depth and subsampling."""
    base = "gray" if is_grey else f"yuv{_SUBSAMPLING[shift_x, shift_y]}p"
    return base if bit_depth == 8 else f"{base}{bit_depth}le"


def chroma_size(height: int, width: int, picture: PixelFormat) -> tuple[int, int]:
    """(rows, columns) of the chroma planes of a picture of `height` by `width`, rounded up."""
    return -(-height >> picture.chroma_shift_y), -(-width >> picture.chroma_shift_x)


def read_planes(picture: av.VideoFrame) -> tuple[Plane, Plane | None, Plane | None]:
    """Copy luma, cb and cr out of a decoded frame; see `Frame` for shapes and dtypes."""
    name = picture.format.name
    if _GREY.fullmatch(name):
        return _read_plane(picture, 0), None, None
    if _PLANAR.fullmatch(name):
        return _read_plane(picture, 0), _read_plane(picture, 1), _read_plane(picture, 2)
    if _SEMI_PLANAR.fullmatch(name):
        return _read_semi_planar(picture)
    return read_planes(_converted(picture))


def write_planes(
    luma: Plane, cb: Plane | None, cr: Plane | None, picture_format: PixelFormat
) -> av.VideoFrame:
    """A new libav frame of the planar format `picture_format`, holding exactly these planes.

    Raises ValueError when a plane has another size or dtype than the format asks for.
    """
    height, width = luma.shape
    picture = av.VideoFrame(width, height, picture_format.name)
    planes = (luma,) if picture_format.is_grey else (luma, cb, cr)
    for index, plane in enumerate(planes):
        _write_plane(picture, index, plane)
    return picture


def _sample_type(name: str, bits: int) -> np.dtype[Any]:
    return np.dtype(np.uint8 if bits == 8 else ">u2" if name.endswith("be") else "<u2")


def _rows(picture: av.VideoFrame, index: int, per_sample: int = 1) -> NDArray[Any]:
    """A view (rows, columns * per_sample) on the plane's memory, without libav's padding."""
    plane = picture.planes[index]
    dtype = _sample_type(picture.format.name, picture.format.components[0].bits)
    line = abs(plane.line_size) // dtype.itemsize
    memory: NDArray[Any] = np.frombuffer(memoryview(plane), dtype)
    rows = memory.reshape(plane.height, line)[:, : plane.width * per_sample]
    return rows[::-1] if plane.line_size < 0 else rows


def _native(samples: NDArray[Any]) -> Plane:
    copy: NDArray[Any] = np.array(samples, dtype=samples.dtype.newbyteorder("="), order="C")
    return copy


def _read_plane(picture: av.VideoFrame, index: int) -> Plane:
    return _native(_rows(picture, index))


def _read_semi_planar(picture: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Cb and Cr alternate in one plane; with more than 8 bit the code value stands in the high bits."""
    pairs = _rows(picture, 1, per_sample=2)
    planes = [_native(part) for part in (_rows(picture, 0), pairs[:, 0::2], pairs[:, 1::2])]
    bits = picture.format.components[0].bits
    if bits > 8:
        for plane in planes:
            np.right_shift(plane, 16 - bits, out=plane)
    luma, first, second = planes
    is_cr_first = picture.format.name in _CHROMA_FIRST_CR
    return (luma, second, first) if is_cr_first else (luma, first, second)


def _converted(picture: av.VideoFrame) -> av.VideoFrame:
    source = pixel_format(picture.format.name)
    name = planar_name(
        bit_depth=source.bit_depth,
        shift_x=source.chroma_shift_x,
        shift_y=source.chroma_shift_y,
        is_grey=source.is_grey,
    )
    if source.is_rgb:
        return picture.reformat(format=name, dst_colorspace="ITU709", dst_color_range="JPEG")
    same = picture.color_range or 1
    return picture.reformat(format=name, src_color_range=same, dst_color_range=same)


def _write_plane(picture: av.VideoFrame, index: int, plane: Plane | None) -> None:
    rows = _rows(picture, index)
    if plane is None or plane.shape != rows.shape or plane.dtype != rows.dtype:
        given = "nothing" if plane is None else f"{plane.shape} {plane.dtype}"
        raise ValueError(f"plane {index} of {picture.format.name} is {rows.shape} {rows.dtype}, not {given}")
    rows[...] = plane
