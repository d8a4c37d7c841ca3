"""The fast form of painting gives, bit for bit, what its formulas give plane by plane."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.color.grade import Grade, HueMap
from tcvc_cli.color.lightness import small_lightness
from tcvc_cli.color.siting import Siting, luma_at_chroma
from tcvc_cli.media.planes import Frame, pixel_format, planar_name
from tcvc_cli.records import ColorTags, FilmInfo, FrameTime, PixelFormat
from tcvc_cli.run.film.paint import PaintedFrame, light, paint, woven
from tests.material.plain_painting import plain_luma_at_chroma, plain_planes, plain_small_lightness
from tests.material.present import present

SUBSAMPLINGS = [(1, 1), (1, 0), (0, 0), (0, 1), (2, 0), (2, 2)]
TAGS = {
    "709": ColorTags(1, 1, 1, full_range=False),
    "601 full": ColorTags(6, 6, 6, full_range=True),
    "2020": ColorTags(9, 14, 9, full_range=False),
    "2020 full": ColorTags(9, 14, 9, full_range=True),
}
GRADES = {
    "unchanged": Grade(),
    "all of it": Grade(1.3, -0.4, (HueMap(250.0, 60.0, 80.0),)),
    "saturation": Grade(0.7),
}
SMALL = (18, 24)  # rows and columns of the network's colours


def _film(source: PixelFormat, tags: ColorTags, size: tuple[int, int], siting: Siting = "left") -> FilmInfo:
    return FilmInfo(
        path=Path("film.mkv"),
        container="matroska",
        is_photograph=False,
        video_index=0,
        width_px=size[1],
        height_px=size[0],
        sample_aspect=Fraction(1),
        frame_rate=Fraction(24),
        time_base=Fraction(1, 1000),
        frame_count=1,
        pixel_format=source,
        color=tags,
        streams=(),
        chapter_count=0,
        fields="none",
        start_s=Fraction(0),
        timecode=None,
        siting="center" if siting == "centre" else "left",
        has_mixed_fields=False,
    )


def _format(depth: int, shifts: tuple[int, int]) -> PixelFormat:
    name = planar_name(bit_depth=depth, shift_x=shifts[0], shift_y=shifts[1])
    return PixelFormat(name, depth, *shifts, is_grey=False, is_rgb=False)


def _luma(kind: str, size: tuple[int, int], depth: int) -> NDArray[Any]:
    """Noise over every code; shapes with black and white in them; black alone; or no dark at all."""
    rng, top = np.random.default_rng(size[1]), (1 << depth) - 1
    noise = rng.uniform(0, 1, size)
    rows, columns = np.mgrid[: size[0], : size[1]] / 9.0
    picture = {
        "noise": noise,
        "shapes": np.clip(np.sin(rows) * np.cos(columns) * 0.8 + 0.45 + 0.02 * noise, 0, 1),
        "black": np.zeros(size),
        "light": 0.5 + 0.3 * noise,
    }[kind]
    return np.asarray(np.rint(picture * top), np.uint8 if depth == 8 else np.uint16)


def _ab(kind: str, shape: tuple[int, int] = SMALL) -> NDArray[np.float32]:
    rng = np.random.default_rng(len(kind))
    if kind == "grey":
        return np.zeros((2, *shape), np.float32)
    if kind == "half grey":  # exactly none at the left
        return np.asarray(rng.normal(0, 20, (2, *shape)) * (np.arange(shape[1]) > shape[1] // 2), np.float32)
    return rng.normal(0, {"pale": 3, "plain": 25, "wild": 90}[kind], (2, *shape)).astype(np.float32)


def _assert_painted(
    film: FilmInfo, target: PixelFormat, luma: NDArray[Any], ab: NDArray[np.float32], grade: Grade
) -> None:
    frame = Frame(0, FrameTime(0, 1, Fraction(1, 24)), luma, None, None)
    ours = paint(film, target, PaintedFrame(frame, ab), grade)
    more_bits = target.bit_depth - film.pixel_format.bit_depth
    raised = np.left_shift(luma, more_bits, dtype=np.uint8 if target.bit_depth == 8 else np.uint16)
    siting = "centre" if film.siting == "center" else "left"

    def plain(rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        return plain_planes(rows, ab, grade, target=target, color=film.color, siting=siting)

    if film.fields == "none":
        expected = plain(raised)
    else:
        height = target.chroma_shape(*luma.shape)[0]
        fields = zip(plain(raised[0::2]), plain(raised[1::2]), strict=True)
        cb, cr = (woven(*planes)[:height] for planes in fields)
        expected = cb, cr
    assert np.array_equal(ours.luma, raised)
    for plane, wanted in zip((present(ours.cb), present(ours.cr)), expected, strict=True):
        assert plane.dtype == wanted.dtype
        assert np.array_equal(plane, wanted)


@pytest.mark.parametrize("depth", [8, 10, 16])
@pytest.mark.parametrize("shifts", SUBSAMPLINGS)
@pytest.mark.parametrize("size", [(96, 128), (83, 121)])
@pytest.mark.parametrize("tags", TAGS)
def test_every_format(depth: int, shifts: tuple[int, int], size: tuple[int, int], tags: str) -> None:
    target = _format(depth, shifts)
    left, centre = (_film(target, TAGS[tags], size, siting) for siting in get_args(Siting))
    _assert_painted(left, target, _luma("noise", size, depth), _ab("plain"), Grade())
    _assert_painted(centre, target, _luma("shapes", size, depth), _ab("wild"), Grade())


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("color", ["grey", "half grey", "pale", "wild"])
@pytest.mark.parametrize("kind", ["noise", "shapes", "black", "light"])
@pytest.mark.parametrize("depth", [8, 16])
def test_every_kind_of_colour_and_grade(grade: str, color: str, kind: str, depth: int) -> None:
    target, size = _format(depth, (1, 1)), (70, 94)
    film = _film(target, TAGS["709"], size)
    _assert_painted(film, target, _luma(kind, size, depth), _ab(color), GRADES[grade])


@pytest.mark.parametrize("size", [(600, 1002), (500, 755), (3, 40000)])
@pytest.mark.parametrize("depth", [8, 10])
def test_many_blocks_of_rows(size: tuple[int, int], depth: int) -> None:
    target = _format(depth, (1, 1))
    film = _film(target, TAGS["709"], size)
    for grade in GRADES.values():
        _assert_painted(film, target, _luma("shapes", size, depth), _ab("plain", (64, 80)), grade)


@pytest.mark.parametrize("shape", [(18, 24), (48, 64), (61, 77), (120, 30), (1, 1)])
@pytest.mark.parametrize("size", [(96, 128), (31, 43), (2, 1), (1, 1), (5, 2)])
def test_colours_smaller_and_larger_than_the_picture(shape: tuple[int, int], size: tuple[int, int]) -> None:
    target = _format(8, (1, 1))
    film = _film(target, TAGS["601 full"], size)
    _assert_painted(film, target, _luma("noise", size, 8), _ab("plain", shape), Grade())


@pytest.mark.parametrize("shifts", SUBSAMPLINGS[:4])
@pytest.mark.parametrize("size", [(96, 128), (50, 63)])
@pytest.mark.parametrize("tags", ["709", "2020"])
def test_fields(shifts: tuple[int, int], size: tuple[int, int], tags: str) -> None:
    target = _format(8, shifts)
    film = replace(_film(target, TAGS[tags], size), fields="top")
    _assert_painted(film, target, _luma("shapes", size, 8), _ab("plain"), Grade())


@pytest.mark.parametrize("depth", [10, 16])
def test_eight_bit_film_painted_deeper(depth: int) -> None:
    size = (66, 90)
    film = _film(pixel_format("gray"), TAGS["709"], size)
    _assert_painted(film, _format(depth, (1, 0)), _luma("noise", size, 8), _ab("plain"), Grade())


@pytest.mark.parametrize("shifts", SUBSAMPLINGS)
@pytest.mark.parametrize("siting", ["left", "centre"])
@pytest.mark.parametrize("depth", [8, 16])
def test_luma_at_chroma(shifts: tuple[int, int], siting: Siting, depth: int) -> None:
    target = _format(depth, shifts)
    for size in ((1, 1), (2, 3), (7, 5), (64, 66), (65, 131), (90, 1031)):
        luma = _luma("noise", size, depth)
        ours = luma_at_chroma(luma, pixel_format=target, siting=siting)
        assert np.array_equal(ours, plain_luma_at_chroma(luma, target, siting))


@pytest.mark.parametrize("depth", [8, 10, 16])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("size", [(480, 640), (241, 323), (96, 128), (30, 40)])
def test_light(depth: int, *, full_range: bool, size: tuple[int, int]) -> None:
    target = _format(depth, (1, 1))
    film = _film(target, replace(TAGS["709"], full_range=full_range), size)
    for kind in ("noise", "shapes", "black", "light"):
        frame = Frame(0, FrameTime(0, 1, Fraction(1, 24)), _luma(kind, size, depth), None, None)
        ours = light(film, frame, (96, 72)).lightness
        plain = plain_small_lightness(frame.luma, (96, 72), bit_depth=depth, full_range=full_range)
        assert ours.dtype == np.float32
        assert np.array_equal(ours, plain)


def test_many_pixels_of_lightness() -> None:
    """More than are turned to lightness at a time."""
    luma = _luma("noise", (500, 700), 8)
    ours = small_lightness(luma, bit_depth=8, full_range=False, width_px=333, height_px=251)
    assert np.array_equal(ours, plain_small_lightness(luma, (333, 251), bit_depth=8, full_range=False))


def test_the_number_of_opencvs_threads_changes_nothing() -> None:
    size = (600, 1002)
    target = _format(8, (1, 1))
    film = _film(target, TAGS["709"], size)
    before = cv2.getNumThreads()
    try:
        for threads in (1, 2):
            cv2.setNumThreads(threads)
            _assert_painted(film, target, _luma("shapes", size, 8), _ab("plain", (64, 80)), Grade())
    finally:
        cv2.setNumThreads(before)
