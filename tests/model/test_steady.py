"""Colours that take turns are brought to rest, along the motion, and nothing else about them changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.measure.warp_error import FlowMeter, SteadinessMeter
from tcvc_cli.model.steady.consensus import confidence
from tcvc_cli.model.steady.shot import GivenColors, Steadier, windows_of
from tcvc_cli.records import Shot

Floats = NDArray[np.float32]

FRAMES = 40  # of two windows
SIZE = (96, 144)
BACKGROUND, SQUARE = (12.0, 18.0), (-20.0, 30.0)  # a*, b*


def texture(shape: tuple[int, int], seed: int) -> Floats:
    """L*, smooth enough to be followed."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, shape), (0, 0), 1.5)
    return np.asarray(50 + 15 * noise / noise.std(), np.float32).clip(0, 100)


def moving_square(frames: int = FRAMES) -> tuple[list[Floats], list[Floats]]:
    """(H, W) L* and (2, H, W) ab of a textured square that moves 2 px a frame over a textured background."""
    back, square = texture(SIZE, 1), texture((40, 40), 2)
    lightness, colors = [], []
    for number in range(frames):
        left = 4 + 2 * number
        one = back.copy()
        one[28:68, left : left + 40] = square
        ab = np.empty((2, *SIZE), np.float32)
        for plane, (behind, before) in enumerate(zip(BACKGROUND, SQUARE, strict=True)):
            ab[plane] = behind
            ab[plane, 28:68, left : left + 40] = before
        lightness.append(one)
        colors.append(ab)
    return lightness, colors


def flickering(colors: Sequence[Floats], amount: float = 8.0) -> list[Floats]:
    tints = np.random.default_rng(3).normal(0, amount, (len(colors), 2, 1, 1)).astype(np.float32)
    tints -= tints.mean(axis=0)
    return [one + tint for one, tint in zip(colors, tints, strict=True)]


def given(lightness: Sequence[Floats], colors: Sequence[Floats]) -> list[GivenColors]:
    return [GivenColors(one, ab, np.ones_like(one)) for one, ab in zip(lightness, colors, strict=True)]


def steadied(lightness: Sequence[Floats], colors: Sequence[Floats]) -> list[Floats]:
    return list(Steadier().steadied(Shot(0, len(lightness)), given(lightness, colors)))


def flicker(lightness: Sequence[Floats], colors: Sequence[Floats]) -> float:
    flow, meter = FlowMeter(), SteadinessMeter()
    for one, ab in zip(lightness, colors, strict=True):
        meter.add(ab.transpose(1, 2, 0), flow.add(one))
    found = meter.result()
    assert found is not None
    assert found.flicker is not None
    return found.flicker


@pytest.fixture(scope="module")
def square() -> tuple[list[Floats], list[Floats]]:
    return moving_square()


def test_the_film_has_more_than_one_window() -> None:
    assert len(windows_of(Shot(0, FRAMES))) == 2


def test_flicker_falls_to_a_tenth_and_colours_stay(square: tuple[list[Floats], list[Floats]]) -> None:
    lightness, true = square
    shaky = flickering(true)
    calm = steadied(lightness, shaky)
    assert flicker(lightness, calm) < flicker(lightness, shaky) / 10
    chroma = [np.hypot(*np.stack(colors).swapaxes(0, 1)).mean() for colors in (true, shaky, calm)]
    assert chroma[0] * 0.97 < chroma[2] < chroma[1] * 1.1
    means = np.stack(calm)[:, :, :12].mean(axis=(0, 2, 3))  # of the background
    assert np.abs(means - BACKGROUND).max() < 4.0  # a mode of the tints, not their mean


def test_the_square_keeps_its_colour_as_it_moves(square: tuple[list[Floats], list[Floats]]) -> None:
    lightness, true = square
    calm = steadied(lightness, flickering(true))
    for number in (0, 20, FRAMES - 1):
        inside = calm[number][:, 36:60, 12 + 2 * number : 36 + 2 * number].mean(axis=(1, 2))
        assert np.abs(inside - SQUARE).max() < 4.0


def test_colours_that_are_steady_stay_as_they_are(square: tuple[list[Floats], list[Floats]]) -> None:
    lightness, _ = square
    constant = [np.full((2, *SIZE), 17.0, np.float32)] * len(lightness)
    for ab in steadied(lightness, constant):
        assert np.abs(ab - 17.0).max() < 1e-3


def test_an_outlier_is_rejected_rather_than_averaged() -> None:
    """One frame in four is red; the mean would be off by 15."""
    lightness = [texture(SIZE, 1)] * 24
    colors = [np.full((2, *SIZE), 20.0, np.float32) for _ in lightness]
    for number in range(0, 24, 4):
        colors[number][0] = 80.0
    for ab in steadied(lightness, colors):
        assert np.abs(ab[0] - 20.0).max() < 5.0  # chroma is raised a little towards that of all frames
        assert np.abs(ab[1] - 20.0).max() < 5.0


def test_frames_without_colour_take_that_of_their_neighbours() -> None:
    lightness = [texture(SIZE, 1)] * 6
    frames = given(lightness, [np.full((2, *SIZE), 20.0, np.float32)] * 6)
    frames[3] = GivenColors(lightness[3], np.zeros((2, *SIZE), np.float32), np.zeros(SIZE, np.float32))
    *_, at_three, _, _ = Steadier().steadied(Shot(0, 6), frames)
    assert np.abs(at_three - 20.0).max() < 1e-2


def test_what_is_uncovered_does_not_take_the_colour_of_what_hid_it(
    square: tuple[list[Floats], list[Floats]],
) -> None:
    lightness, true = square
    calm = steadied(lightness, true)
    behind = calm[20][:, 36:60, 16:40].mean(axis=(1, 2))  # the square has left it
    assert np.abs(behind - BACKGROUND).max() < 2.0


def test_a_long_shot_keeps_the_colours_it_began_with() -> None:
    """A drift of 20 in 120 frames is held back; frames are taken as they are needed."""
    lightness = [texture(SIZE, 1)] * 120
    colors = [np.full((2, *SIZE), 20.0 + number / 6, np.float32) for number in range(120)]
    taken = 0

    def watched() -> Iterator[GivenColors]:
        nonlocal taken
        for one in given(lightness, colors):
            taken += 1
            yield one

    results = Steadier(1000).steadied(Shot(0, 120), watched())
    first = next(results)
    assert taken == len(windows_of(Shot(0, 120))[0]) < 40
    *_, last = results
    assert float(last.mean() - first.mean()) < 0.75 * (colors[-1].mean() - colors[0].mean())


def test_confidence_is_that_of_the_paper() -> None:
    own = np.array([[11.0, 0.0], [0.0, 5.5], [30.0, 0.0], [0.0, 0.0]], np.float32)
    found = confidence(own, np.zeros_like(own), 5.0)
    assert found == pytest.approx([0.5, 0.75, 0.0, 1.0])


def test_too_few_frames_are_an_error() -> None:
    frames = given([texture(SIZE, 1)] * 3, [np.zeros((2, *SIZE), np.float32)] * 3)
    with pytest.raises(ValueError, match="3 frames for a window of 5"):
        list(Steadier().steadied(Shot(0, 5), frames))
