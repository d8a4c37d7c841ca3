"""A picture brought to where it lies in a frame."""

from __future__ import annotations

import numpy as np
import pytest

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.settings.placing import placed
from tests.material.reference_material import picture_of, texture

WHOLE = (0.0, 0.0, 1.0, 1.0)


def test_a_picture_of_the_frames_size_stays_as_it_is() -> None:
    rgb = texture(1, 30, 40)
    ab, lightness, opacity = placed(picture_of(rgb), WHOLE, (40, 30))
    lab = lab_from_rgb(rgb)
    np.testing.assert_allclose(ab, lab[..., 1:], atol=1e-3)
    np.testing.assert_allclose(lightness, lab[..., 0], atol=1e-3)
    assert (opacity == 1).all()
    assert ab.dtype == lightness.dtype == opacity.dtype == np.float32


def test_shrinking_is_averaging() -> None:
    rgb = texture(2, 60, 80)
    expected = lab_from_rgb(rgb.reshape(15, 4, 20, 4, 3).mean(axis=(1, 3)))
    ab, lightness, _ = placed(picture_of(rgb), WHOLE, (20, 15))
    np.testing.assert_allclose(ab, expected[..., 1:], atol=0.01)
    np.testing.assert_allclose(lightness, expected[..., 0], atol=0.01)


def test_a_part_lies_where_its_box_is() -> None:
    rgb = texture(3, 30, 40)
    part = picture_of(rgb[6:21, 8:28])
    ab, lightness, opacity = placed(part, (8 / 40, 6 / 30, 28 / 40, 21 / 30), (40, 30))
    lab = lab_from_rgb(rgb)
    inside = np.zeros((30, 40), bool)
    inside[6:21, 8:28] = True
    np.testing.assert_allclose(ab[inside], lab[inside][:, 1:], atol=1e-2)
    assert (opacity == inside).all()
    assert not ab[~inside].any()
    assert not lightness[~inside].any()


def test_a_larger_picture_is_cut() -> None:
    rgb = texture(4, 30, 40)
    larger = np.pad(rgb, ((0, 0), (10, 10), (0, 0)))
    ab, _, opacity = placed(picture_of(larger), (-0.25, 0, 1.25, 1), (40, 30))
    np.testing.assert_allclose(ab, lab_from_rgb(rgb)[..., 1:], atol=1e-2)
    assert (opacity == 1).all()


def test_half_a_pixel_is_half_there() -> None:
    opacity = placed(picture_of(texture(5, 8, 8)), (0.0, 0.0, 0.25, 1.0), (10, 8))[2]
    np.testing.assert_allclose(opacity[0], [1, 1, 0.5, 0, 0, 0, 0, 0, 0, 0], atol=1e-5)


def test_transparent_places_have_no_part_in_the_average() -> None:
    rgb = np.zeros((8, 8, 3), np.float32)
    rgb[:, ::2] = (0.8, 0.1, 0.1)
    rgb[:, 1::2] = (0.0, 0.0, 1.0)
    clear = np.tile(np.array([1, 0], np.float32), (8, 4))
    clear[4:] = 0
    ab, _, opacity = placed(picture_of(rgb, clear), WHOLE, (4, 4))
    red = lab_from_rgb(np.array([[[0.8, 0.1, 0.1]]], np.float32))[0, 0, 1:]
    np.testing.assert_allclose(ab[:2], np.broadcast_to(red, (2, 4, 2)), atol=0.05)
    np.testing.assert_allclose(opacity[:2], 0.5, atol=1e-5)
    assert not ab[2:].any()
    assert not opacity[2:].any()


@pytest.mark.parametrize("box", [(0, 0, 0, 1), (0.5, 0, 0.4, 1), (0, 0, float("nan"), 1)])
def test_a_box_without_an_area(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="nothing can be placed"):
        placed(picture_of(texture(6, 8, 8)), box, (8, 8))
