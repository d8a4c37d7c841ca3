from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import color, data

from tcvc_cli.color.lab import lab_from_rgb, lightness_from_signal, rgb_from_lab


def _pictures() -> dict[str, NDArray[np.float64]]:
    cube = np.stack(np.meshgrid(*[np.linspace(0, 1, 33)] * 3), axis=-1).reshape(33, -1, 3)
    return {"photograph": data.astronaut()[::2, ::2] / 255, "cube": cube}


@pytest.mark.parametrize("name", ["photograph", "cube"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-4), (np.float64, 1e-11)])
def test_lab_equals_scikit_image(name: str, dtype: type[np.floating[Any]], tolerance: float) -> None:
    rgb = _pictures()[name]
    ours = lab_from_rgb(rgb.astype(dtype))
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours, color.rgb2lab(rgb), atol=tolerance, rtol=0)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-11)])
def test_rgb_equals_scikit_image(dtype: type[np.floating[Any]], tolerance: float) -> None:
    lab = color.rgb2lab(_pictures()["cube"])
    ours = rgb_from_lab(lab.astype(dtype), clip=True)
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours, color.lab2rgb(lab), atol=tolerance, rtol=0)


def test_out_of_gamut_is_clipped_as_scikit_image_does_only_when_asked() -> None:
    lab = np.array([[50.0, 110.0, -110.0], [80.0, -90.0, 20.0], [30.0, 0.0, -90.0]])
    with pytest.warns(UserWarning, match="negative Z values"):
        reference = color.lab2rgb(np.vstack([lab, [[5.0, 0.0, 100.0]]]))[:3]
    np.testing.assert_allclose(rgb_from_lab(lab, clip=True), reference, atol=1e-11)
    free = rgb_from_lab(lab, clip=False)
    assert free.min() < 0
    assert free.max() > 1
    np.testing.assert_allclose(lab_from_rgb(free), lab, atol=1e-4)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_planar_and_packed_agree(axis: int) -> None:
    rgb = _pictures()["photograph"][:40, :50]
    planar = np.moveaxis(rgb, -1, axis)
    np.testing.assert_array_equal(
        lab_from_rgb(planar, channel_axis=axis), np.moveaxis(lab_from_rgb(rgb), -1, axis)
    )
    lab = np.moveaxis(lab_from_rgb(rgb), -1, axis)
    np.testing.assert_allclose(rgb_from_lab(lab, clip=False, channel_axis=axis), planar, atol=1e-6)


def test_grey_has_no_colour_and_the_lightness_of_its_signal() -> None:
    grey = np.linspace(0, 1, 256)
    lab = lab_from_rgb(np.stack([grey] * 3, axis=-1))
    np.testing.assert_allclose(lab[:, 0], lightness_from_signal(grey), atol=1e-9)
    assert np.abs(lab[:, 1:]).max() < 1e-2  # what scikit-image's constants leave


def test_integers_and_wrong_channel_counts_are_refused() -> None:
    with pytest.raises(TypeError, match="uint8"):
        lab_from_rgb(np.zeros((4, 4, 3), np.uint8))  # type: ignore[type-var]
    with pytest.raises(ValueError, match="3 channels"):
        rgb_from_lab(np.zeros((4, 4, 2), np.float32), clip=True)
