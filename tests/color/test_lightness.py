from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import color, data

from tcvc_cli.color.lightness import lightness_from_luma, small_lightness

DEPTHS = [8, 10, 12, 16]


def _codes(signal: NDArray[np.float64], depth: int, *, full_range: bool) -> NDArray[Any]:
    black, white = (0, 2**depth - 1) if full_range else (16 << depth - 8, 235 << depth - 8)
    codes = np.rint(black + signal * (white - black))
    return np.asarray(codes, np.uint8 if depth == 8 else np.uint16)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("full_range", [False, True])
def test_lightness_is_that_of_the_srgb_grey(depth: int, *, full_range: bool) -> None:
    signal = np.linspace(0, 1, 200).reshape(10, 20)
    expected = color.rgb2lab(np.stack([signal] * 3, axis=-1))[..., 0]
    ours = lightness_from_luma(
        _codes(signal, depth, full_range=full_range), bit_depth=depth, full_range=full_range
    )
    assert ours.dtype == np.float32
    one_code = 135 / (219 if not full_range else 255) * 2.0 ** (8 - depth)  # steepest slope of L* is 135
    np.testing.assert_allclose(ours, expected, atol=0.5 * one_code + 1e-4)


def test_codes_beyond_black_and_white_are_held() -> None:
    wild = np.array([[0, 16, 235, 255]], np.uint8)
    np.testing.assert_allclose(
        lightness_from_luma(wild, bit_depth=8, full_range=False), [[0, 0, 100, 100]], atol=1e-4
    )
    garbage = np.array([[65535]], np.uint16)  # more bits than the film has
    np.testing.assert_allclose(
        lightness_from_luma(garbage, bit_depth=10, full_range=False), [[100]], atol=1e-4
    )


def test_a_depth_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="8 to 16"):
        lightness_from_luma(np.zeros((2, 2), np.uint8), bit_depth=7, full_range=True)


@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize("shape", [(512, 512), (511, 509)])
@pytest.mark.parametrize("size", [(64, 128), (140, 150), (256, 256), (300, 280)])
def test_small_lightness_is_the_area_mean_of_the_signal(
    depth: int, shape: tuple[int, int], size: tuple[int, int]
) -> None:
    signal, ours = _small(depth, shape, size)
    np.testing.assert_allclose(ours, _expected(signal, size), atol=0.6)


@pytest.mark.parametrize("size", [(100, 99), (121, 67)])
def test_small_lightness_of_a_large_film_is_nearly_the_area_mean(size: tuple[int, int]) -> None:
    signal, ours = _small(8, (512, 512), size)
    difference = ours - _expected(signal, size)
    assert np.sqrt(np.mean(difference**2)) < 1
    assert abs(difference.mean()) < 0.1


def _small(
    depth: int, shape: tuple[int, int], size: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    signal = color.rgb2gray(data.astronaut())[: shape[0], : shape[1]]
    codes = _codes(signal, depth, full_range=False)
    ours = small_lightness(codes, bit_depth=depth, full_range=False, width_px=size[0], height_px=size[1])
    assert ours.shape == size[::-1]
    assert ours.dtype == np.float32
    return signal, ours


def _expected(signal: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    mean = _area_mean(_area_mean(signal, size[1]).T, size[0]).T
    return np.asarray(color.rgb2lab(np.stack([mean] * 3, axis=-1))[..., 0])


def _area_mean(rows: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Exact means over `count` equal spans of the first axis."""
    cumulated = np.vstack([np.zeros(rows.shape[1]), np.cumsum(rows, axis=0)])
    edges = np.linspace(0, len(rows), count + 1)
    at_edges = np.array([np.interp(edges, np.arange(len(rows) + 1), column) for column in cumulated.T]).T
    return np.diff(at_edges, axis=0) / np.diff(edges)[:, None]


def test_a_small_film_is_enlarged() -> None:
    luma = np.tile(np.array([16, 235], np.uint8), (4, 2))
    ours = small_lightness(luma, bit_depth=8, full_range=False, width_px=16, height_px=16)
    assert ours.shape == (16, 16)
    assert 0 <= ours.min() < ours.max() <= 100.001
