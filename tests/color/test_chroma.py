from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from tcvc_cli.color.chroma import ab_from_planes, chroma_planes, rgb_from_planes
from tcvc_cli.color.lab import lab_from_rgb, rgb_from_lab
from tcvc_cli.color.matrix import Matrix, matrix_of
from tcvc_cli.errors import InputError
from tcvc_cli.records import ColorTags, PixelFormat

BT709 = ColorTags(1, 1, 1, full_range=False)
TAGS = {
    "709": BT709,
    "709 full": ColorTags(1, 1, 1, full_range=True),
    "601": ColorTags(6, 6, 6, full_range=False),
    "240M": ColorTags(7, 7, 7, full_range=False),
    "FCC": ColorTags(4, 4, 4, full_range=False),
    "2020": ColorTags(9, 14, 9, full_range=False),
}


def _format(depth: int = 8, shift_x: int = 0, shift_y: int = 0) -> PixelFormat:
    return PixelFormat("test", depth, shift_x, shift_y, is_grey=False, is_rgb=False)


def _dtype(depth: int) -> type[np.uint8] | type[np.uint16]:
    return np.uint8 if depth == 8 else np.uint16


def _range(depth: int, tags: ColorTags) -> tuple[int, int]:
    return (0, 2**depth - 1) if tags.full_range else (16 << depth - 8, 235 << depth - 8)


def _film(rgb: NDArray[np.float64], depth: int, tags: ColorTags) -> list[NDArray[Any]]:
    """Y', Cb, Cr at full size by the definition, rounded: the true planes of an sRGB picture on BT.709."""
    matrix = matrix_of(tags, height_px=len(rgb))
    film = matrix.film_from_srgb(rgb)
    kr, kb = matrix.kr, matrix.kb
    y = film @ np.array([kr, 1 - kr - kb, kb])
    cb, cr = (film[..., 2] - y) / (2 - 2 * kb), (film[..., 0] - y) / (2 - 2 * kr)
    black, white = _range(depth, tags)
    span = white - black if tags.full_range else 224 << depth - 8
    codes = [black + y * (white - black), (128 << depth - 8) + cb * span, (128 << depth - 8) + cr * span]
    return [np.rint(plane).clip(0, 2**depth - 1).astype(_dtype(depth)) for plane in codes]


@pytest.mark.parametrize("depth", [8, 10, 12, 16])
@pytest.mark.parametrize("tags", TAGS.values(), ids=TAGS.keys())
@pytest.mark.parametrize("shifts", [(1, 1), (1, 0), (0, 0)])
def test_no_colour_is_exactly_neutral(depth: int, tags: ColorTags, shifts: tuple[int, int]) -> None:
    luma = np.linspace(0, 2**depth - 1, 33 * 47).reshape(33, 47).astype(_dtype(depth))
    height, width = _format(depth, *shifts).chroma_shape(33, 47)
    grey = np.zeros((height, width, 2), np.float32)
    for plane in chroma_planes(luma, grey, pixel_format=_format(depth, *shifts), color=tags):
        assert plane.shape == (height, width)
        assert plane.dtype == luma.dtype
        assert (plane == 128 << depth - 8).all()


@pytest.mark.parametrize("tags", TAGS.values(), ids=TAGS.keys())
@pytest.mark.parametrize("depth", [8, 10, 16])
def test_a_colour_picture_gives_its_own_planes_back(tags: ColorTags, depth: int) -> None:
    rgb = data.astronaut()[:256:2, :256:2] / 255
    luma, cb, cr = _film(rgb, depth, tags)
    film = _format(depth)
    ab = ab_from_planes(luma, cb, cr, pixel_format=film, color=tags)
    np.testing.assert_allclose(ab, lab_from_rgb(rgb)[..., 1:], atol=6 if depth == 8 else 1.5)
    again = chroma_planes(luma, ab, pixel_format=film, color=tags)
    for ours, theirs in zip(again, (cb, cr), strict=True):
        error = np.abs(ours.astype(float) - theirs) / 2 ** (depth - 8)
        assert error.mean() < 0.15
        assert np.percentile(error, 99) <= 1


@pytest.mark.parametrize("shifts", [(1, 1), (1, 0)])
@pytest.mark.parametrize("size", [(64, 96), (65, 97)])
def test_subsampled_planes_come_back_too(shifts: tuple[int, int], size: tuple[int, int]) -> None:
    height, width = size
    rgb = cv2.GaussianBlur(data.astronaut() / 255, (0, 0), 3)[:height, 100 : 100 + width]
    film = _format(8, *shifts)
    luma, cb, cr = _film(rgb, 8, BT709)
    small = film.chroma_shape(height, width)
    cb, cr = (cv2.resize(plane, small[::-1], interpolation=cv2.INTER_AREA) for plane in (cb, cr))
    ab = ab_from_planes(luma, cb, cr, pixel_format=film, color=BT709)
    assert ab.shape == (*small, 2)
    for ours, theirs in zip(chroma_planes(luma, ab, pixel_format=film, color=BT709), (cb, cr), strict=True):
        assert np.percentile(np.abs(ours.astype(int) - theirs), 99) <= 1


@pytest.mark.parametrize("tags", [TAGS["709"], TAGS["601"], TAGS["2020"], TAGS["709 full"]])
def test_in_gamut_the_fast_way_equals_the_search(tags: ColorTags) -> None:
    """16 bits, so that it is the method and not the rounding that is judged; in 8-bit code values."""
    signal, ab = _random_colors(4000)
    rgb = _searched(matrix_of(tags, height_px=480), signal, ab)
    inside = ((rgb > 0.002) & (rgb < 0.998)).all(axis=1)
    assert inside.sum() > 1000
    _, cb, cr = _planes_of(signal, ab, tags)
    matrix = matrix_of(tags, height_px=480)
    expected = matrix.chroma_from_rgb(rgb, signal)
    for ours, theirs in zip((cb, cr), expected, strict=True):
        error = np.abs(ours - theirs)[inside] * 256
        assert error.mean() < 0.1
        assert np.percentile(error, 97) < 0.5


@pytest.mark.parametrize("tags", [TAGS["709"], TAGS["601"], TAGS["2020"]])
def test_in_gamut_what_is_shown_is_what_was_wanted(tags: ColorTags) -> None:
    signal, ab = _random_colors(4000)
    rgb = _searched(matrix_of(tags, height_px=480), signal, ab)
    inside = ((rgb > 0) & (rgb < 1)).all(axis=1)
    shown = _shown_ab(signal, ab, tags)
    assert np.abs(shown - ab)[inside].mean() < 0.1
    assert np.percentile(np.abs(shown - ab)[inside], 99) < 1


@pytest.mark.parametrize("tags", TAGS.values(), ids=TAGS.keys())
def test_out_of_gamut_colours_lose_chroma_not_hue_and_never_clip(tags: ColorTags) -> None:
    generator = np.random.default_rng(2)
    signal = generator.uniform(0.01, 0.99, 4000)
    hue = generator.uniform(-np.pi, np.pi, 4000)
    ab = np.stack([np.cos(hue), np.sin(hue)], axis=-1) * generator.uniform(200, 400, (4000, 1))
    luma, cb, cr = _planes_of(signal, ab, tags)
    matrix = matrix_of(tags, height_px=480)
    delta = np.stack([cb, cr], axis=-1) @ matrix.rgb_from_chroma.T
    film = luma[:, None] + delta
    assert film.min() > -1e-3
    assert film.max() < 1 + 1e-3
    # Some colour is left, at the gamut's edge, and it has the hue that was asked for.
    assert (np.minimum(film.min(axis=1), 1 - film.max(axis=1)) < 0.01).mean() > 0.97
    shown = lab_from_rgb(matrix.srgb_from_film(film.clip(0, 1)))[:, 1:]
    turned = np.degrees(np.arctan2(shown[:, 1], shown[:, 0]) - hue)
    turned = np.abs((turned + 180) % 360 - 180)
    visible = np.hypot(*shown.T) > 5
    assert np.median(turned[visible]) < 0.5
    assert np.percentile(turned[visible], 95) < 3


def test_unspecified_matrix_goes_by_height() -> None:
    unspecified = ColorTags(2, 2, 2, full_range=False)
    film, ab = _format(), np.full((720, 8, 2), 30, np.float32)
    luma = np.full((720, 8), 120, np.uint8)
    for height, matrix in ((719, 6), (720, 1)):
        named = ColorTags(1, 1, matrix, full_range=False)
        ours = chroma_planes(luma[:height], ab[:height], pixel_format=film, color=unspecified)
        assert np.array_equal(ours, chroma_planes(luma[:height], ab[:height], pixel_format=film, color=named))
    assert not np.array_equal(
        chroma_planes(luma, ab, pixel_format=film, color=unspecified),
        chroma_planes(luma, ab, pixel_format=film, color=TAGS["601"]),
    )


@pytest.mark.parametrize("code", [0, 8, 14])
def test_a_matrix_that_is_not_ycbcr_is_refused_with_advice(code: int) -> None:
    with pytest.raises(InputError, match=str(code)) as caught:
        chroma_planes(
            np.zeros((4, 4), np.uint8),
            np.zeros((4, 4, 2), np.float32),
            pixel_format=_format(),
            color=ColorTags(1, 1, code, full_range=False),
        )
    assert "BT.709" in caught.value.advice


def test_ab_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(8, 8, 2\)"):
        chroma_planes(
            np.zeros((16, 16), np.uint8),
            np.zeros((16, 16, 2), np.float32),
            pixel_format=_format(8, 1, 1),
            color=BT709,
        )


@pytest.mark.parametrize("tags", TAGS.values(), ids=TAGS.keys())
def test_the_picture_shown_is_the_picture_filmed(tags: ColorTags) -> None:
    rgb = data.astronaut()[:128, 150:278] / 255
    luma, cb, cr = _film(rgb, 10, tags)
    shown = rgb_from_planes(luma, cb, cr, pixel_format=_format(10), color=tags)
    assert shown.dtype == np.float32
    np.testing.assert_allclose(shown, rgb, atol=0.012)


def _random_colors(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(1)
    return generator.uniform(0.02, 0.98, count), generator.normal(0, 25, (count, 2)).clip(-120, 120)


def _planes_of(
    signal: NDArray[np.float64], ab: NDArray[np.float64], tags: ColorTags
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Y' in [0, 1] and Cb, Cr in [-0.5, 0.5] after rounding to 16 bits."""
    black, white = _range(16, tags)
    luma = np.rint(black + signal * (white - black)).astype(np.uint16)[:, None]
    colors = np.ascontiguousarray(ab[:, None], np.float32)
    planes = chroma_planes(luma, colors, pixel_format=_format(16), color=tags)
    span = 65535 if tags.full_range else 224 << 8
    cb, cr = ((plane[:, 0].astype(float) - 32768) / span for plane in planes)
    return (luma[:, 0].astype(float) - black) / (white - black), cb, cr


def _shown_ab(signal: NDArray[np.float64], ab: NDArray[np.float64], tags: ColorTags) -> NDArray[np.float64]:
    luma, cb, cr = _planes_of(signal, ab, tags)
    matrix = matrix_of(tags, height_px=480)
    film = luma[:, None] + np.stack([cb, cr], axis=-1) @ matrix.rgb_from_chroma.T
    return lab_from_rgb(matrix.srgb_from_film(film))[:, 1:]


def _searched(matrix: Matrix, signal: NDArray[np.float64], ab: NDArray[np.float64]) -> NDArray[np.float64]:
    """The film's R'G'B' with these a, b and this Y', by halving an interval of L*."""
    low, high = np.full(len(signal), -50.0), np.full(len(signal), 150.0)
    for _ in range(60):
        middle = (low + high) / 2
        rgb = matrix.film_from_srgb(rgb_from_lab(np.column_stack([middle, ab]), clip=False))
        too_dark = matrix.luma_from_rgb(rgb) < signal
        low, high = np.where(too_dark, middle, low), np.where(too_dark, high, middle)
    return rgb
