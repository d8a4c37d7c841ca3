"""Cuts that are found as they come, two frames late."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tcvc_cli.plan.shots.detector import find_shots
from tcvc_cli.plan.shots.online import LATENCY_FRAMES, CutWatch, DissolveWatch, OnlineShotDetector
from tests.material.shot_material import (
    MEAN_LUMA,
    SCENES,
    Film,
    Scene,
    as_luma,
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


def cuts_of(film: Film) -> list[int]:
    shots = find_shots(as_luma(film), OnlineShotDetector())
    assert [one.start for one in shots[1:]] == [one.stop for one in shots[:-1]]
    assert (shots[0].start, shots[-1].stop) == (0, len(film))
    return [one.start for one in shots[1:]]


def as_it_is(film: Film) -> Film:
    return film


def old(film: Film) -> Film:
    return scratched(flickering(weaving(grainy(film, 4.0)), 0.06))


@pytest.mark.parametrize("worn", [as_it_is, dark, old])
def test_hard_cuts_are_found_to_the_frame(worn: Callable[[Film], Film]) -> None:
    assert cuts_of(worn(joined([30, 20, 40, 25, 12, 30]))) == [30, 50, 90, 115, 127]


@pytest.mark.parametrize("luma", [235.0, 16.0, MEAN_LUMA])
@pytest.mark.parametrize("frames", range(1, LATENCY_FRAMES + 1))
def test_flash_is_no_cut(frames: int, luma: float) -> None:
    assert cuts_of(flashed(shot(SCENES[3], 40), 20, frames, luma)) == []


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.photograph)
def test_wear_is_no_cut(scene: Scene) -> None:
    film = shot(scene, 30)
    assert [cuts_of(worn(film)) for worn in (as_it_is, old)] == [[], []]


def test_dissolve_is_crossed() -> None:
    assert cuts_of(dissolved(shot(SCENES[0], 40), shot(SCENES[1], 40), 16)) == []


@pytest.mark.parametrize("black_frames", [0, 10, 40])
def test_another_picture_behind_the_dark_begins_a_shot(black_frames: int) -> None:
    before, after = faded(shot(SCENES[1], 40), at_end=12), faded(shot(SCENES[2], 40), at_start=12)
    black = np.full((black_frames, *before.shape[1:]), 16, np.float32)
    (cut,) = cuts_of(np.concatenate([before, black, after]))
    assert 40 + black_frames <= cut <= 46 + black_frames


def test_the_same_picture_behind_the_dark_does_not() -> None:
    whole = shot(SCENES[0], 60)
    assert cuts_of(np.concatenate([faded(whole[:30], at_end=10), faded(whole[30:], at_start=10)])) == []


def test_a_frame_is_judged_two_frames_later_and_for_good() -> None:
    film = as_luma(joined([12, 12]))
    watch, said = CutWatch(), list[bool | None]()
    for frame in film:
        said.append(watch.see(frame))
    assert said[:LATENCY_FRAMES] == [None] * LATENCY_FRAMES
    begins = [number for number, one in enumerate(said[LATENCY_FRAMES:]) if one]
    assert begins == [0, 12]
    assert watch.finish() == (False,) * LATENCY_FRAMES
    assert watch.finish() == ()


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_short_film_is_one_shot(frames: int) -> None:
    watch = CutWatch()
    said = [watch.see(frame) for frame in as_luma(shot(SCENES[0], frames))]
    assert [*(one for one in said if one is not None), *watch.finish()] == [True, *[False] * (frames - 1)]


def dissolves_of(film: Film) -> list[int]:
    watch = DissolveWatch()
    return [number for number, luma in enumerate(as_luma(film)) if watch.see(luma)]


@pytest.mark.parametrize("worn", [as_it_is, old])
@pytest.mark.parametrize("pair", [(0, 1), (2, 3)])
@pytest.mark.parametrize("frames", [4, 12, 24])
def test_a_dissolve_is_noticed_in_its_second_half(
    frames: int, pair: tuple[int, int], worn: Callable[[Film], Film]
) -> None:
    """A long one may be noticed before as well: what counts is the last time, when most of what is seen is
    the new shot."""
    before, after = (shot(SCENES[number], 40) for number in pair)
    found = dissolves_of(worn(dissolved(before, after, frames)))
    assert 40 - frames <= found[0] <= 42
    assert 40 - frames // 2 <= found[-1] <= 40 + 24


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.photograph)
def test_a_shot_without_a_dissolve(scene: Scene) -> None:
    assert [dissolves_of(worn(shot(scene, 50))) for worn in (as_it_is, old)] == [[], []]
