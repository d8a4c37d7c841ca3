from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import color, data, metrics

from tcvc_cli.measure.fidelity import (
    AB_PEAK,
    ciede2000,
    gain_over_grey_db,
    mean_square,
    plane_ssim,
    psnr_of,
    ssim,
)


def _pair() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    truth = data.astronaut()[:200, :150] / 255
    noise = np.random.default_rng(0).normal(0, 0.05, truth.shape)
    return np.clip(truth + noise, 0, 1), truth


def test_psnr_equals_scikit_image() -> None:
    result, truth = _pair()
    expected = metrics.peak_signal_noise_ratio(truth, result, data_range=1.0)
    assert psnr_of(mean_square(result, truth), peak=1.0) == pytest.approx(expected, abs=1e-9)
    assert psnr_of(mean_square(truth, truth), peak=1.0) == np.inf


def test_psnr_of_bytes_does_not_wrap_around() -> None:
    assert psnr_of(mean_square(np.zeros((4, 4), np.uint8), np.full((4, 4), 255, np.uint8)), peak=255) == 0


@pytest.mark.parametrize("prefix", ["one", "one_n6", "multi"])
def test_psnr_equals_the_published_scripts(prefix: str, root: Path) -> None:
    golden = np.load(root / "tests" / "material" / "golden" / "golden_c.npz")
    pairs = zip(golden[f"{prefix}_u8"], golden["rgb"], strict=True)
    mean = np.mean([psnr_of(mean_square(result, truth), peak=255) for result, truth in pairs])
    assert mean == pytest.approx(golden[f"{prefix}_psnr_jsb_jsg_jsr"][0], abs=1e-6)


def test_gain_over_grey_is_the_difference_of_two_psnrs() -> None:
    truth = color.rgb2lab(_pair()[1])[..., 1:]
    result = 0.7 * truth
    of_result = psnr_of(mean_square(result, truth), peak=AB_PEAK)
    difference = of_result - psnr_of(mean_square(0 * truth, truth), peak=AB_PEAK)
    assert gain_over_grey_db(result, truth) == pytest.approx(difference, abs=1e-9)
    assert gain_over_grey_db(result, truth) == pytest.approx(-20 * np.log10(0.3), abs=1e-9)
    assert gain_over_grey_db(0 * truth, truth) == 0
    assert gain_over_grey_db(-truth, truth) < 0
    assert gain_over_grey_db(truth, truth) == np.inf


def test_ssim_equals_scikit_image() -> None:
    result, truth = _pair()
    expected = metrics.structural_similarity(
        truth,
        result,
        data_range=1.0,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert ssim(result, truth, peak=1.0) == pytest.approx(expected, abs=1e-7)
    assert ssim(truth, truth, peak=1.0) == pytest.approx(1, abs=1e-12)


def test_ciede2000_equals_scikit_image() -> None:
    generator = np.random.default_rng(0)
    lab_1, lab_2 = (
        np.concatenate([generator.uniform(0, 100, (5000, 1)), generator.normal(0, 40, (5000, 2))], axis=1)
        for _ in range(2)
    )
    near = lab_1 + generator.normal(0, 2, lab_1.shape)
    for other in (lab_2, near):
        np.testing.assert_allclose(ciede2000(lab_1, other), color.deltaE_ciede2000(lab_1, other), atol=1e-9)


@pytest.mark.parametrize(
    ("lab_1", "lab_2", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (50, 3.2592, 0.335), 1.0),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_of_published_pairs(
    lab_1: tuple[float, ...], lab_2: tuple[float, ...], expected: float
) -> None:
    """From table 1 of Sharma, Wu and Dalal 2005: greys, hues on either side of the branch, dark colours."""
    assert ciede2000(np.array(lab_1), np.array(lab_2)) == pytest.approx(expected, abs=5e-5)
    assert ciede2000(np.array(lab_2), np.array(lab_1)) == pytest.approx(expected, abs=5e-5)


def test_pictures_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="compared"):
        mean_square(np.zeros((4, 4, 3)), np.zeros((4, 5, 3)))
    with pytest.raises(ValueError, match="11 px"):
        ssim(np.zeros((10, 30, 3)), np.zeros((10, 30, 3)), peak=1)


@pytest.mark.parametrize(("peak", "dtype"), [(255, np.uint8), (1023, np.uint16), (65535, np.uint16)])
@pytest.mark.parametrize("noise", [0.002, 0.02, 0.3])
def test_ssim_of_planes_is_that_of_pictures(
    peak: int, dtype: type[np.uint8] | type[np.uint16], noise: float
) -> None:
    rng = np.random.default_rng(7)
    truth = cv2.GaussianBlur(rng.random((90, 120)), (0, 0), 3)
    noisy = np.clip(truth + rng.normal(0, noise, truth.shape), 0, 1)
    one, other = ((plane * peak).round().astype(dtype) for plane in (truth, noisy))
    wanted = ssim(other[..., None], one[..., None], peak=peak)
    assert plane_ssim(other, one, peak=peak) == pytest.approx(wanted, abs=1e-4)
    assert plane_ssim(one, one, peak=peak) == pytest.approx(1, abs=1e-5)
