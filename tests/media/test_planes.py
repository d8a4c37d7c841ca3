"""Planes go in and out of libav's frames sample by sample, whatever the layout in memory."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tcvc_cli.media.planes import pixel_format, read_planes, write_planes
from tests.material.media_sources import Planes, Source, planes
from tests.material.present import present

SUBSAMPLED = ["420", "422", "444"]
DEPTHS = {8: "", 9: "9le", 10: "10le", 12: "12le", 14: "14le", 16: "16le"}
PLANAR = [f"yuv{s}p{suffix}" for s in SUBSAMPLED for suffix in DEPTHS.values()]
PLANAR += ["yuv411p", "yuv410p", "yuv440p", "yuv440p10le", "yuv440p12le"]
GREY = ["gray", "gray9le", "gray10le", "gray12le", "gray14le", "gray16le"]
SIZES = [(64, 48), (37, 23), (1, 1), (130, 2)]


@pytest.mark.parametrize("name", PLANAR + GREY)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_planes_come_back_as_they_went_in(name: str, width: int, height: int) -> None:
    source = Source(pixel_format=name, width=width, height=height)
    given = planes(source, 3)
    back = read_planes(write_planes(*given, pixel_format(name)))
    for one, other in zip(given, back, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.dtype == other.dtype
            assert other.dtype.isnative
            assert np.array_equal(one, other)


def test_what_is_read_does_not_change_with_the_frame() -> None:
    source = Source()
    picture = write_planes(*planes(source, 1), pixel_format(source.pixel_format))
    luma = read_planes(picture)[0]
    before = luma.copy()
    np.frombuffer(memoryview(picture.planes[0]), np.uint8)[:] = 0
    assert np.array_equal(luma, before)


PACKED = {
    "yuyv422": ("yuv422p", "yuyv", 0),
    "yvyu422": ("yuv422p", "yvyu", 0),
    "uyvy422": ("yuv422p", "uyvy", 0),
    "y210le": ("yuv422p10le", "yuyv", 6),
    "y212le": ("yuv422p12le", "yuyv", 4),
    "vyu444": ("yuv444p", "vyu", 0),
    "vuya": ("yuv444p", "vuya", 0),
    "uyva": ("yuv444p", "uyva", 0),
    "ayuv": ("yuv444p", "ayuv", 0),
    "ayuv64le": ("yuv444p16le", "ayuv", 0),
}
SEMI_PLANAR = {
    "nv12": ("yuv420p", "uv", 0),
    "nv21": ("yuv420p", "vu", 0),
    "nv16": ("yuv422p", "uv", 0),
    "nv24": ("yuv444p", "uv", 0),
    "nv42": ("yuv444p", "vu", 0),
    "p010le": ("yuv420p10le", "uv", 6),
    "p012be": ("yuv420p12le", "uv", 4),
    "p016le": ("yuv420p16le", "uv", 0),
    "p210be": ("yuv422p10le", "uv", 6),
    "p410le": ("yuv444p10le", "uv", 6),
}


def fill(picture: VideoFrame, index: int, samples: NDArray[Any]) -> None:
    """Put `samples` (rows, n) into a plane by hand, in the byte order that the format's name says."""
    plane = picture.planes[index]
    kind = "u1" if samples.dtype == np.uint8 else ">u2" if picture.format.name.endswith("be") else "<u2"
    lines = np.frombuffer(memoryview(plane), kind).reshape(len(samples), -1)
    lines[:, : samples.shape[1]] = samples


def woven(given: Planes, order: str, shift: int) -> NDArray[Any]:
    """Samples of the planes `given` in the repeating `order` of the letters y, u, v and a."""
    luma, cb, cr = (present(plane) for plane in given)
    lines = np.zeros((len(luma), cb.shape[1] * len(order)), luma.dtype)
    for letter, plane in (("y", luma), ("u", cb), ("v", cr)):
        places = [i for i, one in enumerate(order) if one == letter]
        for number, place in enumerate(places):
            part = plane[:, number :: len(places)] << shift
            lines[:, place :: len(order)][:, : part.shape[1]] = part
    return lines


def same(given: Planes, back: Planes) -> bool:
    return all(
        other is None if one is None else np.array_equal(one, present(other))
        for one, other in zip(given, back, strict=True)
    )


@pytest.mark.parametrize("stored", PACKED)
@pytest.mark.parametrize(("width", "height"), [(64, 4), (37, 23), (1, 1)])
def test_packed_layouts_hold_the_same_code_values(stored: str, width: int, height: int) -> None:
    planar, order, shift = PACKED[stored]
    given = planes(Source(pixel_format=planar, width=width, height=height), 5)
    picture = av.VideoFrame(width, height, stored)
    fill(picture, 0, woven(given, order, shift))
    assert same(given, read_planes(picture))
    assert pixel_format(stored).bit_depth == pixel_format(planar).bit_depth


@pytest.mark.parametrize("stored", SEMI_PLANAR)
@pytest.mark.parametrize(("width", "height"), [(64, 4), (37, 23), (1, 1)])
def test_semi_planar_layouts_hold_the_same_code_values(stored: str, width: int, height: int) -> None:
    planar, order, shift = SEMI_PLANAR[stored]
    given = planes(Source(pixel_format=planar, width=width, height=height), 5)
    picture = av.VideoFrame(width, height, stored)
    fill(picture, 0, given[0] << shift)
    pairs = given[1:] if order == "uv" else given[:0:-1]
    samples = np.stack([present(plane) << shift for plane in pairs], axis=-1)
    fill(picture, 1, samples.reshape(len(samples), -1))
    assert same(given, read_planes(picture))


@pytest.mark.parametrize("planar", ["yuv420p10", "yuv422p12", "yuv444p16", "gray10", "gray16"])
def test_both_byte_orders_hold_the_same_code_values(planar: str) -> None:
    given = planes(Source(pixel_format=f"{planar}le", width=37, height=23), 5)
    picture = av.VideoFrame(37, 23, f"{planar}be")
    for index, plane in enumerate(plane for plane in given if plane is not None):
        fill(picture, index, plane)
    assert same(given, read_planes(picture))


@pytest.mark.parametrize(
    "stored", ["rgb24", "bgr24", "gbrp", "rgba", "rgb48le", "gbrp10le", "gbrp12le", "gbrp16be"]
)
def test_the_luma_of_a_grey_rgb_picture_is_its_grey(stored: str) -> None:
    """BT.709 weights sum to 1 and the range is full, so R = G = B = Y and the chroma is neutral."""
    layout = pixel_format(stored)
    top = 2**layout.bit_depth
    grey = np.arange(top, dtype=np.uint8 if top == 256 else np.uint16).reshape(-1, 256)
    picture = av.VideoFrame(256, len(grey), stored)
    per_pixel = len(picture.format.components) // len(picture.planes)
    for index in range(len(picture.planes)):
        fill(picture, index, np.repeat(grey, per_pixel, axis=1))
    luma, cb, cr = read_planes(picture)
    assert layout.is_rgb
    assert np.array_equal(luma, grey)
    assert (cb == top // 2).all()
    assert (cr == top // 2).all()


def test_rgb_is_turned_into_bt_709() -> None:
    """Pure red, green and blue: Y = 0.2126, 0.7152, 0.0722 of 255, and each its own chroma at an end."""
    picture = av.VideoFrame.from_ndarray(np.eye(3, dtype=np.uint8)[None] * 255, "rgb24")
    luma, cb, cr = (present(plane)[0].tolist() for plane in read_planes(picture))
    assert luma == [54, 182, 18]
    assert cb == [99, 30, 255]
    assert cr == [255, 12, 116]


def test_one_bit_black_and_white_becomes_black_and_white() -> None:
    grey = np.repeat(np.array([[0, 255]], np.uint8), 8, axis=1).repeat(4, axis=0)
    picture = write_planes(grey, None, None, pixel_format("gray")).reformat(format="monob")
    luma, cb, cr = read_planes(picture)
    assert (cb, cr) == (None, None)
    assert np.array_equal(luma, grey)


def test_pixel_formats_are_described() -> None:
    assert pixel_format("yuv420p10le").bit_depth == 10
    assert (pixel_format("yuv411p").chroma_shift_x, pixel_format("yuv411p").chroma_shift_y) == (2, 0)
    assert pixel_format("gray12le").is_grey
    assert pixel_format("p010le").bit_depth == 10
    assert pixel_format("pal8").is_rgb
    assert pixel_format("monow").bit_depth == 8
    assert pixel_format("yuvj422p").chroma_shift_x == 1
    assert not pixel_format("yuv420p").is_rgb


def test_chroma_of_odd_sizes_is_rounded_up() -> None:
    assert pixel_format("yuv420p").chroma_shape(23, 37) == (12, 19)
    assert pixel_format("yuv422p").chroma_shape(23, 37) == (23, 19)
    assert pixel_format("yuv410p").chroma_shape(23, 37) == (6, 10)


@pytest.mark.parametrize("fault", ["size", "dtype", "missing"])
def test_wrong_planes_are_refused(fault: str) -> None:
    luma, cb, cr = planes(Source(), 0)
    if fault == "size":
        cb = present(cb)[:-1]
    elif fault == "dtype":
        luma = luma.astype(np.uint16)
    else:
        cr = None
    with pytest.raises(ValueError, match="plane"):
        write_planes(luma, cb, cr, pixel_format("yuv420p"))


def test_libav_and_this_room_agree_on_the_planes() -> None:
    picture = av.VideoFrame.from_ndarray(planes(Source(pixel_format="gray"), 2)[0], "gray")
    assert np.array_equal(picture.to_ndarray(), read_planes(picture)[0])
