from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.color.upsample import upsample_ab


def _smaller(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)


def _bilinear(values: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    return cv2.resize(values, shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)


def _psnr(ours: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    return float(10 * np.log10(255**2 / np.mean((ours.astype(np.float64) - truth) ** 2)))


@pytest.mark.parametrize("target", [(20, 31), (9, 13), (8, 9)])
def test_equals_the_definition_written_out(target: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    ab = generator.normal(0, 30, (8, 9, 2)).astype(np.float32)
    small = generator.uniform(0, 100, (8, 9)).astype(np.float32)
    large = generator.uniform(0, 100, target).astype(np.float32)
    np.testing.assert_allclose(upsample_ab(ab, small, large), _naive(ab, small, large), atol=2e-3)


def _naive(
    ab: NDArray[Any],
    small: NDArray[Any],
    large: NDArray[Any],
    ridge: float = 20.0,
    grain: float = 4.0,
) -> NDArray[np.float64]:
    """Pixel by pixel, float64: the formulas of the module's docstring."""
    ab, small, large = (values.astype(np.float64) for values in (ab, small, large))
    h, w = small.shape
    slope, lowest, highest = np.empty_like(ab), np.empty_like(ab), np.empty_like(ab)
    for y, x in np.ndindex(h, w):
        around = _around(h, w, y, x)
        l_values = np.array([small[p] for p in around])
        ab_values = np.array([ab[p] for p in around])
        covariance = (ab_values * l_values[:, None]).mean(0) - ab_values.mean(0) * l_values.mean()
        slope[y, x] = covariance / (l_values.var() + ridge)
        lowest[y, x], highest[y, x] = ab_values.min(0), ab_values.max(0)
    smooth = np.empty_like(slope)
    for y, x in np.ndindex(h, w):
        smooth[y, x] = np.mean([slope[p] for p in _around(h, w, y, x)], axis=0)
    out = np.empty((*large.shape, 2))
    for y, x in np.ndindex(large.shape):
        taps = _taps(small.shape, large.shape, y, x)

        def mean(values: NDArray[Any], taps: list[tuple[tuple[int, int], float]] = taps) -> Any:
            return sum(share * values[p] for p, share in taps)

        detail = large[y, x] - mean(small)
        detail *= detail**2 / (detail**2 + grain**2)
        out[y, x] = np.clip(mean(ab) + mean(smooth) * detail, mean(lowest), mean(highest))
    return out


def _around(h: int, w: int, y: int, x: int) -> list[tuple[int, int]]:
    return [
        (min(max(y + dy, 0), h - 1), min(max(x + dx, 0), w - 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)
    ]


def _taps(
    small: tuple[int, int], large: tuple[int, int], y: int, x: int
) -> list[tuple[tuple[int, int], float]]:
    taps = []
    for low_y, share_y in _axis_taps(small[0], large[0], y):
        for low_x, share_x in _axis_taps(small[1], large[1], x):
            taps.append(((low_y, low_x), share_y * share_x))
    return taps


def _axis_taps(small: int, large: int, at: int) -> list[tuple[int, float]]:
    place = (at + 0.5) * small / large - 0.5
    low = int(np.floor(place))

    def hold(index: int) -> int:
        return min(max(index, 0), small - 1)

    return [(hold(low), 1 - (place - low)), (hold(low + 1), place - low)]


@pytest.mark.parametrize("size", [(427, 240), (960, 540), (113, 61)])
def test_constant_ab_is_kept(size: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    ab = np.broadcast_to(np.array([23.4, -51.2], np.float32), (64, 114, 2)).copy()
    small = generator.uniform(0, 100, (64, 114)).astype(np.float32)
    large = generator.uniform(0, 100, size[::-1]).astype(np.float32)
    ours = upsample_ab(ab, small, large)
    assert ours.shape == (*size[::-1], 2)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, np.broadcast_to(ab[0, 0], ours.shape), atol=1e-5)


def _two_halves(
    edge: int, shape: tuple[int, int], scale: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Left dark and red, right light and blue, parted at column `edge` of the large picture."""
    truth = np.zeros((*shape, 3), np.float32)
    truth[:, :edge], truth[:, edge:] = (35, 50, 30), (70, -10, -40)
    small = _smaller(truth, (shape[1] // scale, shape[0] // scale))
    return np.ascontiguousarray(truth[..., 0]), truth[..., 1:], small


@pytest.mark.parametrize("edge", [158, 161, 163, 165])
@pytest.mark.parametrize("scale", [4, 10, 16])
def test_colours_do_not_bleed_over_an_edge(edge: int, scale: int) -> None:
    lightness, truth, small = _two_halves(edge, (160, 320), scale)
    ab, small_l = np.ascontiguousarray(small[..., 1:]), np.ascontiguousarray(small[..., 0])
    ours = upsample_ab(ab, small_l, lightness)
    plain = _bilinear(ab, lightness.shape)
    assert np.abs(ours - truth).sum() < 0.6 * np.abs(plain - truth).sum()
    # No colour that neither side has.
    assert ours.min() >= truth.min() - 1e-3
    assert ours.max() <= truth.max() + 1e-3


@pytest.mark.parametrize("name", ["astronaut", "cat", "coffee", "rocket"])
@pytest.mark.parametrize("blur", [0, 1])
def test_photographs_come_out_better_than_bilinear(name: str, blur: int) -> None:
    """True ab at 64 px short side, sharp or as soft as a network's, enlarged to 240 px."""
    picture = getattr(data, name)()
    scale = 240 / min(picture.shape[:2])
    rgb = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lab = lab_from_rgb(rgb.astype(np.float32) / 255)
    small = _smaller(lab, (round(64 * lab.shape[1] / lab.shape[0]), 64))
    ab = np.ascontiguousarray(small[..., 1:])
    if blur:
        ab = cv2.GaussianBlur(ab, (0, 0), blur).astype(np.float32, copy=False)
    ours = upsample_ab(ab, small[..., 0].copy(), lab[..., 0].copy())
    gain = _psnr(ours, lab[..., 1:]) - _psnr(_bilinear(ab, lab.shape[:2]), lab[..., 1:])
    assert gain > (0.2 if blur else 0.8)


def test_grain_does_not_become_colour_noise() -> None:
    """The same ab under two grains of 2 L*: what differs is noise."""
    lab = lab_from_rgb(data.coffee()[::2, ::2].astype(np.float32) / 255)
    size = (96, 64)
    ab = _smaller(np.ascontiguousarray(lab[..., 1:]), size)
    generator = np.random.default_rng(0)
    results = []
    for _ in range(2):
        grainy = lab[..., 0] + generator.normal(0, 2, lab.shape[:2]).astype(np.float32)
        results.append(upsample_ab(ab, _smaller(grainy, size), grainy))
    noise = np.abs(results[1] - results[0])
    assert noise.mean() < 0.3
    flat = np.hypot(*np.moveaxis(ab - cv2.blur(ab, (5, 5)), -1, 0)) < 1
    assert noise[_bilinear(flat.astype(np.float32), lab.shape[:2]) == 1].mean() < 0.1


def test_sizes_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(8, 9\)"):
        upsample_ab(
            np.zeros((8, 9, 2), np.float32), np.zeros((9, 8), np.float32), np.zeros((20, 20), np.float32)
        )
