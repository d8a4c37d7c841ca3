"""Pictures as planes of exact code values, and how to copy them out of and into libav's frames.

Planar, semi-planar and the usual packed Y'CbCr and grey are copied sample by sample. RGB and palettes
have no luma to copy: they are turned once into 4:4:4 of the same depth, full range, with the matrix of
BT.709 (ITU-R BT.709-6, item 3.2), rounded to the nearest, so that from there on their luma is well
defined, and where R = G = B it is that value. (libswscale loses up to 1/256 of the range there when
samples are deeper than 8 bit.) One-bit pictures and rare packed layouts are unpacked by libswscale.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import av
import cv2
import numpy as np
from av.video.format import VideoFormat
from numpy.typing import NDArray

from tcvc_cli.records import FrameFacts, FrameTime, PixelFormat

Plane = NDArray[np.uint8] | NDArray[np.uint16]

_PLANAR = re.compile(r"yuv[aj]?(410|411|420|422|440|444)p(9|10|12|14|16)?(le|be)?")
_GREY = re.compile(r"gray(9|10|12|14|16)?(le|be)?")
_SEMI_PLANAR = re.compile(r"nv(12|16|24|21|42)|p[024](10|12|16)(le|be)")
_CHROMA_FIRST_CR = ("nv21", "nv42")
_PACKED = {  # in one row: first sample and step of Y, of Cb and of Cr, and empty low bits
    "yuyv422": ((0, 2), (1, 4), (3, 4), 0),
    "yvyu422": ((0, 2), (3, 4), (1, 4), 0),
    "uyvy422": ((1, 2), (0, 4), (2, 4), 0),
    "y210le": ((0, 2), (1, 4), (3, 4), 6),
    "y212le": ((0, 2), (1, 4), (3, 4), 4),
    "y216le": ((0, 2), (1, 4), (3, 4), 0),
    "vyu444": ((1, 3), (2, 3), (0, 3), 0),
    "vuya": ((2, 4), (1, 4), (0, 4), 0),
    "vuyx": ((2, 4), (1, 4), (0, 4), 0),
    "uyva": ((1, 4), (0, 4), (2, 4), 0),
    "ayuv": ((1, 4), (2, 4), (3, 4), 0),
    "ayuv64le": ((1, 4), (2, 4), (3, 4), 0),
}
_SUBSAMPLING = {(0, 0): "444", (1, 0): "422", (1, 1): "420", (0, 1): "440", (2, 0): "411", (2, 2): "410"}
DEPTHS = (8, 9, 10, 12, 14, 16)

_GREEN, _BLUE, _RED = 0.7152, 0.0722, 0.2126
_BT_709_FROM_GBR = np.array(
    [
        [_GREEN, _BLUE, _RED],
        [-_GREEN / 1.8556, (1 - _BLUE) / 1.8556, -_RED / 1.8556],
        [-_GREEN / 1.5748, -_BLUE / 1.5748, (1 - _RED) / 1.5748],
    ]
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the film.

    `number` counts from 0 at the first frame of the film in presentation order. `luma` is (H, W)
    and `cb`, `cr` are of its format's `chroma_shape`, all uint8 for 8 bit and uint16
    for more, holding the film's own code values; the chroma planes are None where the film is grey.
    `facts` are None of a frame that no film gave.
    """

    number: int
    time: FrameTime
    luma: Plane
    cb: Plane | None
    cr: Plane | None
    facts: FrameFacts | None = None


@lru_cache(maxsize=64)
def pixel_format(name: str) -> PixelFormat:
    """Describe FFmpeg's pixel format `name`. One-bit and float pictures count as 8 and 16 bit."""
    layout = VideoFormat(name, 64, 64)
    is_rgb = layout.is_rgb or layout.has_palette or layout.is_bayer or name.startswith("xyz")
    is_grey = not is_rgb and sum(not part.is_alpha for part in layout.components) < 3
    bits = max((part.bits for part in layout.components), default=8)
    shift_x = 0 if is_rgb or is_grey else 6 - (layout.chroma_width().bit_length() - 1)
    shift_y = 0 if is_rgb or is_grey else 6 - (layout.chroma_height().bit_length() - 1)
    depth = next((depth for depth in DEPTHS if depth >= bits), 16)
    return PixelFormat(name, depth, shift_x, shift_y, is_grey, is_rgb)


def planar_name(*, bit_depth: int, shift_x: int = 0, shift_y: int = 0, is_grey: bool = False) -> str:
    """FFmpeg's name of the planar, little-endian format with this depth and subsampling."""
    base = "gray" if is_grey else f"yuv{_SUBSAMPLING[shift_x, shift_y]}p"
    return base if bit_depth == 8 else f"{base}{bit_depth}le"


def read_planes(picture: av.VideoFrame) -> tuple[Plane, Plane | None, Plane | None]:
    """Copy luma, cb and cr out of a decoded frame; see `Frame` for shapes and dtypes."""
    name = picture.format.name
    if _GREY.fullmatch(name):
        return _read_plane(picture, 0), None, None
    if _PLANAR.fullmatch(name):
        return _read_plane(picture, 0), _read_plane(picture, 1), _read_plane(picture, 2)
    if _SEMI_PLANAR.fullmatch(name):
        return _read_semi_planar(picture)
    if name in _PACKED:
        return _read_packed(picture)
    return _read_rgb(picture) if pixel_format(name).is_rgb else read_planes(_unpacked(picture))


def read_luma(picture: av.VideoFrame) -> Plane:
    """Copy luma alone out of a decoded frame, as `read_planes` does."""
    name = picture.format.name
    return (
        _read_plane(picture, 0)
        if _GREY.fullmatch(name) or _PLANAR.fullmatch(name)
        else read_planes(picture)[0]
    )


def sample_bytes(picture: av.VideoFrame) -> tuple[NDArray[np.uint8], ...]:
    """Views (rows, bytes of a row) uint8 on all planes of a decoded frame as they lie in memory, alpha and
    palette too, without libav's padding."""
    return tuple(_bytes_of_rows(picture, index) for index in range(len(picture.planes)))


def _bytes_of_rows(picture: av.VideoFrame, index: int) -> NDArray[np.uint8]:
    plane, layout = picture.planes[index], picture.format
    memory = np.frombuffer(memoryview(plane), np.uint8)
    if layout.has_palette and index == 1:
        return memory.reshape(1, -1)
    lines = memory.reshape(plane.height, abs(plane.line_size))
    if len(picture.planes) == 1 or layout.has_palette:
        width_bits = picture.width * layout.padded_bits_per_pixel
        return lines[:, : -(-width_bits // 8)]
    samples = [part for part in layout.components if part.plane == index]
    return lines[:, : plane.width * sum(-(-part.bits // 8) for part in samples)]


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


def _lines(picture: av.VideoFrame, index: int) -> NDArray[Any]:
    """A view (rows, samples in a line) on the plane's memory, with libav's padding at the right."""
    plane = picture.planes[index]
    dtype = _sample_type(picture.format.name, picture.format.components[0].bits)
    memory: NDArray[Any] = np.frombuffer(memoryview(plane), dtype)
    lines = memory.reshape(plane.height, abs(plane.line_size) // dtype.itemsize)
    return lines[::-1] if plane.line_size < 0 else lines


def _rows(picture: av.VideoFrame, index: int, per_sample: int = 1) -> NDArray[Any]:
    """A view (rows, columns * per_sample) on the plane's memory, without libav's padding."""
    return _lines(picture, index)[:, : picture.planes[index].width * per_sample]


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


def _read_packed(picture: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    *places, empty_bits = _PACKED[picture.format.name]
    lines, layout = _lines(picture, 0), pixel_format(picture.format.name)
    chroma_columns = layout.chroma_shape(picture.height, picture.width)[1]
    columns = (picture.width, chroma_columns, chroma_columns)
    luma, cb, cr = (
        _native(lines[:, first::step][:, :count] >> empty_bits)
        for (first, step), count in zip(places, columns, strict=True)
    )
    return luma, cb, cr


def _unpacked(picture: av.VideoFrame) -> av.VideoFrame:
    source = pixel_format(picture.format.name)
    name = planar_name(
        bit_depth=source.bit_depth,
        shift_x=source.chroma_shift_x,
        shift_y=source.chroma_shift_y,
        is_grey=source.is_grey,
    )
    same = picture.color_range or 1
    return picture.reformat(format=name, src_color_range=same, dst_color_range=same, threads=1)


def _read_rgb(picture: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    depth = pixel_format(picture.format.name).bit_depth
    planar = picture.reformat(format="gbrp" if depth == 8 else f"gbrp{depth}le", threads=1)
    gbr = np.dstack([_rows(planar, index) for index in range(3)]).astype(np.float32)
    offsets = np.array([[0], [2 ** (depth - 1)], [2 ** (depth - 1)]])
    ycbcr = cv2.transform(gbr, np.hstack([_BT_709_FROM_GBR, offsets]))
    samples = np.clip(np.rint(ycbcr), 0, 2**depth - 1).astype(np.uint8 if depth == 8 else np.uint16)
    luma, cb, cr = (np.ascontiguousarray(samples[..., index]) for index in range(3))
    return luma, cb, cr


def _write_plane(picture: av.VideoFrame, index: int, plane: Plane | None) -> None:
    rows = _rows(picture, index)
    if plane is None or plane.shape != rows.shape or plane.dtype != rows.dtype:
        given = "nothing" if plane is None else f"{plane.shape} {plane.dtype}"
        raise ValueError(f"plane {index} of {picture.format.name} is {rows.shape} {rows.dtype}, not {given}")
    rows[...] = plane
