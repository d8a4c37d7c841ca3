from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.measure.warp_error import DriftMeter, FlowMeter, Steadiness, SteadinessMeter
from tests.material.present import present


@pytest.fixture(scope="module")
def scene() -> NDArray[np.float32]:
    return lab_from_rgb(cv2.GaussianBlur(data.astronaut(), (0, 0), 1).astype(np.float32) / 255)


def _pan(
    scene: NDArray[np.float32], frames: int = 4, step: int = 3, size: tuple[int, int] = (160, 200)
) -> list[NDArray[np.float32]]:
    return [scene[60 : 60 + size[0], 100 + step * t : 100 + step * t + size[1]] for t in range(frames)]


def _steadiness(frames: Sequence[NDArray[np.float32]], colors: Sequence[NDArray[np.float32]]) -> Steadiness:
    flow, meter = FlowMeter(), SteadinessMeter()
    for lab, ab in zip(frames, colors, strict=True):
        meter.add(ab, flow.add(np.ascontiguousarray(lab[..., 0])))
    return present(meter.result())


def test_true_colours_of_a_pan_are_steady(scene: NDArray[np.float32]) -> None:
    frames = _pan(scene)
    steady = _steadiness(frames, [lab[..., 1:] for lab in frames])
    assert steady.warp_error < 0.5
    assert steady.flicker == pytest.approx(steady.warp_error / steady.chroma)


def test_a_still_with_still_colours_has_no_error(scene: NDArray[np.float32]) -> None:
    frames = [scene[:100, :120]] * 3
    assert _steadiness(frames, [lab[..., 1:] for lab in frames]).warp_error < 1e-6


def test_the_error_of_colours_that_jump_is_the_jump(scene: NDArray[np.float32]) -> None:
    """Frame by frame (3, 4) more or less: 5 CIE units, on whatever moves."""
    frames = _pan(scene, frames=5)
    jumping = [np.tile(np.array([3, 4], np.float32) * (t % 2), (160, 200, 1)) for t in range(5)]
    steady = _steadiness(frames, jumping)
    assert steady.warp_error == pytest.approx(5, abs=1e-4)
    assert steady.chroma == pytest.approx(2)
    assert steady.flicker == pytest.approx(2.5, abs=1e-4)


def test_colours_that_stay_on_the_screen_while_the_scene_moves_are_not_steady(
    scene: NDArray[np.float32],
) -> None:
    frames = _pan(scene, step=6)
    true = _steadiness(frames, [lab[..., 1:] for lab in frames])
    stuck = _steadiness(frames, [frames[0][..., 1:]] * len(frames))
    assert stuck.warp_error > 5 * true.warp_error


def test_what_comes_into_the_picture_does_not_count(scene: NDArray[np.float32]) -> None:
    """The scene moves left by 8 px: the last columns of the new frame were not in the old one."""
    frames = _pan(scene, frames=2, step=8)
    true = [lab[..., 1:] for lab in frames]
    for columns, counts in ((slice(-6, None), False), (slice(90, 96), True)):
        painted = true[1].copy()
        painted[:, columns] = 120
        steady, wrong = _steadiness(frames, true), _steadiness(frames, [true[0], painted])
        assert (wrong.warp_error > steady.warp_error + 2) == counts


def test_one_frame_and_no_colour() -> None:
    flow, meter = FlowMeter(), SteadinessMeter()
    lightness, grey = np.full((20, 20), 50, np.float32), np.zeros((20, 20, 2), np.float32)
    meter.add(grey, flow.add(lightness))
    assert meter.result() is None
    meter.add(grey, flow.add(lightness))
    assert present(meter.result()).warp_error == 0
    assert present(meter.result()).flicker is None


def _drift(
    frames: Sequence[NDArray[np.float32]], colors: Sequence[NDArray[np.float32]], interval: int
) -> float | None:
    flow, meter = FlowMeter(), DriftMeter(interval)
    for lab, ab in zip(frames, colors, strict=True):
        meter.add(ab, flow.add(np.ascontiguousarray(lab[..., 0])))
    return meter.result()


def test_drift_is_what_has_added_up_between_frames_an_interval_apart(scene: NDArray[np.float32]) -> None:
    """A tenth of (3, 4) more in every frame: half a unit, which is four after eight frames."""
    frames = _pan(scene, frames=18, step=2)
    fading = [np.tile(np.array([0.3, 0.4], np.float32) * t, (160, 200, 1)) for t in range(18)]
    assert _drift(frames, fading, 8) == pytest.approx(4, abs=1e-4)
    assert _drift(frames, fading, 16) == pytest.approx(8, abs=1e-4)


def test_true_colours_of_a_pan_do_not_drift_and_those_that_stay_on_the_screen_do(
    scene: NDArray[np.float32],
) -> None:
    frames = _pan(scene, frames=9, step=4)
    true = _drift(frames, [lab[..., 1:] for lab in frames], 8)
    stuck = _drift(frames, [frames[0][..., 1:]] * 9, 8)
    assert present(true) < 1.5
    assert present(stuck) > 4 * present(true)


def test_of_a_film_that_is_shorter_than_the_interval_no_drift_is_told(scene: NDArray[np.float32]) -> None:
    frames = _pan(scene, frames=8)
    assert _drift(frames, [lab[..., 1:] for lab in frames], 8) is None


def test_motions_that_follow_each_other_add_up(scene: NDArray[np.float32]) -> None:
    flow = FlowMeter()
    _, first, second = (flow.add(np.ascontiguousarray(lab[..., 0])) for lab in _pan(scene, frames=3, step=5))
    both = present(second).after(present(first))
    x = np.arange(200)[None, 30:-30]
    moved = np.median(both.places[40:-40, 30:-30, 0] - x)
    assert moved == pytest.approx(10, abs=0.3)
    assert both.mask.max() <= 1
    assert (both.mask[40:-40, 30:-30] > 0.5).mean() > 0.9
