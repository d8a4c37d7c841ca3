from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tcvc_cli.color.grade import Grade, HueMap
from tcvc_cli.color.grading import daylight_white, graded, vivid_ab
from tcvc_cli.color.lab import WHITE_XYZ, XYZ_FROM_RGB, lab_from_rgb, linear_from_signal, rgb_from_lab

Floats = NDArray[np.float32]

BLUE, BROWN, GREEN = 280.0, 60.0, 150.0
BLUE_TO_BROWN = HueMap(BLUE, BROWN)
hues = st.floats(0, 359.99)
chromas = st.floats(0, 120)
lightnesses = st.floats(0, 100)
saturations = st.floats(0, 4)
warmths = st.floats(-1, 1)
maps = st.builds(HueMap, hues, hues, st.floats(1, 180), st.floats(0, 1))


def _color(hue: float, chroma: float) -> Floats:
    """(1, 1, 2)."""
    angle = np.deg2rad(hue)
    return np.array([[[chroma * np.cos(angle), chroma * np.sin(angle)]]], np.float32)


def _seen(ab: Floats) -> tuple[float, float]:
    """Hue in degrees and chroma of (1, 1, 2)."""
    a, b = (float(one) for one in ab[0, 0])
    return float(np.degrees(np.arctan2(b, a)) % 360), float(np.hypot(a, b))


def _graded(ab: Floats, grade: Grade, lightness: float = 50) -> Floats:
    return graded(ab, np.full(ab.shape[:2], lightness, np.float32), grade)


def _apart(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def _picture(size: tuple[int, int] = (240, 427)) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(0)
    ab = generator.normal(0, 25, (*size, 2)).astype(np.float32)
    return ab, generator.uniform(0, 100, size).astype(np.float32)


def test_a_grade_that_changes_nothing_gives_the_array_itself() -> None:
    ab, lightness = _picture()
    assert graded(ab, lightness, Grade()) is ab
    assert vivid_ab(ab, 0.0) is ab


@given(saturations, hues, chromas)
def test_saturation_is_a_factor_bit_for_bit(saturation: float, hue: float, chroma: float) -> None:
    ab = _color(hue, chroma)
    assert np.array_equal(_graded(ab, Grade(saturation)), ab * np.float32(saturation))


@given(saturations, st.lists(maps, max_size=3), st.floats(0, 1), lightnesses)
def test_grey_stays_exactly_grey_without_warmth(
    saturation: float, hue_maps: list[HueMap], vivid: float, lightness: float
) -> None:
    grey = np.zeros((3, 5, 2), np.float32)
    result = _graded(vivid_ab(grey, vivid), Grade(saturation, 0.0, tuple(hue_maps)), lightness)
    assert not result.any()


@given(saturations, warmths, st.lists(maps, max_size=3), hues, st.floats(0, 400), lightnesses)
def test_every_grade_of_every_colour_is_a_number(
    saturation: float, warmth: float, hue_maps: list[HueMap], hue: float, chroma: float, lightness: float
) -> None:
    result = _graded(_color(hue, chroma), Grade(saturation, warmth, tuple(hue_maps)), lightness)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(4, 4, 2\)"):
        graded(np.zeros((4, 4, 2), np.float32), np.zeros((4, 5), np.float32), Grade())


@given(hues, hues, st.floats(8.01, 120), st.floats(-0.49, 0.49), st.floats(2, 180))
def test_within_half_the_width_a_hue_becomes_the_other_with_its_chroma(
    old: float, new: float, chroma: float, share: float, width: float
) -> None:
    ab = _color(old + share * width, chroma)
    hue, left = _seen(_graded(ab, Grade(hue_maps=(HueMap(old, new, width),))))
    assert _apart(hue, new) < 0.01
    assert left == pytest.approx(chroma, rel=1e-4)


@given(maps, chromas, st.floats(1.001, 1.9))
def test_beyond_the_width_nothing_changes_bit_for_bit(one: HueMap, chroma: float, share: float) -> None:
    away = one.width_degrees * share
    ab = _color(one.from_degrees + away, chroma)
    if _apart(_seen(ab)[0], one.from_degrees) > one.width_degrees + 0.5:  # as well as cv2 knows an angle
        assert np.array_equal(_graded(ab, Grade(hue_maps=(one,))), ab)


@given(maps, hues, chromas)
def test_a_hue_map_never_adds_chroma(one: HueMap, hue: float, chroma: float) -> None:
    assert _seen(_graded(_color(hue, chroma), Grade(hue_maps=(one,))))[1] <= chroma * 1.0001


@given(hues, st.floats(-90, 90), hues, st.floats(8.01, 120), st.floats(0, 1))
def test_a_turn_of_up_to_a_right_angle_keeps_chroma_everywhere(
    old: float, turn: float, hue: float, chroma: float, strength: float
) -> None:
    one = HueMap(old, (old + turn) % 360, 0.001 + 90 - abs(turn), strength)  # so that no hue turns by more
    assert _seen(_graded(_color(hue, chroma), Grade(hue_maps=(one,))))[1] == pytest.approx(chroma, rel=1e-3)


@given(maps, chromas)
def test_no_edge_anywhere_on_the_wheel(one: HueMap, chroma: float) -> None:
    """Neighbouring hues stay neighbours: the steepest the fall-off can be is known."""
    angles = np.deg2rad(np.arange(0, 360, 0.25))
    wheel = (chroma * np.stack([np.cos(angles), np.sin(angles)], axis=-1))[None].astype(np.float32)
    result = _graded(wheel, Grade(hue_maps=(replace(one, width_degrees=max(one.width_degrees, 20)),)))
    steps = np.linalg.norm(result - np.roll(result, 1, axis=1), axis=-1)
    assert steps.max() <= chroma * 0.15 + 1e-3


def test_blue_to_brown_goes_through_no_third_hue() -> None:
    """Far across the wheel, what is seen is the old hue or the new one, or pale."""
    for hue in (one for one in np.arange(BLUE - 60, BLUE + 60, 0.5) if _apart(one, BROWN) > 120):
        seen, chroma = _seen(_graded(_color(hue, 40), Grade(hue_maps=(BLUE_TO_BROWN,))))
        is_old_or_new = _apart(seen, hue) < 40 or _apart(seen, BROWN) < 40
        assert is_old_or_new or chroma < 25


def test_maps_look_at_the_hues_as_they_came() -> None:
    swap = Grade(hue_maps=(BLUE_TO_BROWN, HueMap(BROWN, BLUE)))
    ab = np.concatenate([_color(BLUE, 30), _color(BROWN, 20), _color(GREEN, 25)], axis=1)
    expected = np.concatenate([_color(BROWN, 30), _color(BLUE, 20), _color(GREEN, 25)], axis=1)
    np.testing.assert_allclose(_graded(ab, swap), expected, atol=1e-3)
    mirrored = replace(swap, hue_maps=swap.hue_maps[::-1])
    np.testing.assert_allclose(_graded(ab, mirrored), expected, atol=1e-3)


def test_strength_is_the_share_of_the_way_along_the_chord() -> None:
    quarter = HueMap(GREEN, GREEN + 90, 60, 0.5)
    hue, chroma = _seen(_graded(_color(GREEN, 40), Grade(hue_maps=(quarter,))))
    assert hue == pytest.approx(GREEN + 45, abs=0.01)
    assert chroma == pytest.approx(40, rel=1e-3)
    ab = _color(BLUE, 40)
    unmoved = _graded(ab, Grade(hue_maps=(replace(BLUE_TO_BROWN, strength=0.0),)))
    assert np.array_equal(unmoved, ab)


def test_the_hue_of_pale_colours_is_moved_less() -> None:
    moved = [
        float(
            np.linalg.norm(
                _graded(_color(BLUE, chroma), Grade(hue_maps=(BLUE_TO_BROWN,))) - _color(BLUE, chroma)
            )
        )
        / chroma
        for chroma in (0.5, 1, 2, 4, 8, 20)
    ]
    assert moved[0] < 0.03
    assert moved == sorted(moved)
    assert (
        moved[-1] == pytest.approx(moved[-2], rel=1e-3) == pytest.approx(2 * np.sin(np.deg2rad(70)), rel=1e-3)
    )


@given(st.floats(0.01, 1), st.floats(1, 99))
def test_warmth_tints_greys_to_orange_and_to_blue(warmth: float, lightness: float) -> None:
    grey = np.zeros((1, 1, 2), np.float32)
    warm, cold = (_graded(grey, Grade(warmth=sign * warmth), lightness)[0, 0] for sign in (1, -1))
    assert warm[1] > 0 > cold[1]
    assert abs(warm[0]) < 0.45 * warm[1]
    assert abs(cold[0]) < 0.45 * -cold[1]


@given(warmths, hues, chromas, st.sampled_from([0.0, 100.0]))
def test_warmth_leaves_black_and_white(warmth: float, hue: float, chroma: float, end: float) -> None:
    ab = _color(hue, chroma)
    np.testing.assert_allclose(_graded(ab, Grade(warmth=warmth), end), ab, atol=1e-4)


def test_more_warmth_is_warmer_evenly() -> None:
    grey = np.zeros((1, 1, 2), np.float32)
    b = [float(_graded(grey, Grade(warmth=w / 10))[0, 0, 1]) for w in range(-10, 11)]
    steps = np.diff(b)
    assert (steps > 0).all()
    assert steps.max() < 1.6 * steps.min()
    assert b[10] == 0
    assert b[20] == pytest.approx(18.8, abs=0.1)


@pytest.mark.parametrize("warmth", [-1.0, -0.3, 0.4, 1.0])
def test_warmth_is_bradford_adaptation_at_the_same_luminance(warmth: float) -> None:
    """By the definition, in sRGB and XYZ with float64; L* = 50, where the ends take nothing away."""
    ab = np.array([[[0, 0], [20, 10], [-15, 25], [10, -30]]], np.float32)
    lab = np.dstack([np.full(ab.shape[:2], 50.0), ab]).astype(np.float64)
    xyz = linear_from_signal(rgb_from_lab(lab, clip=False)) @ XYZ_FROM_RGB.T
    cones = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    gain = (cones @ daylight_white(1e6 / (1e6 / 6504 + 90 * warmth))) / (cones @ daylight_white(6504))
    adapted = xyz @ (np.linalg.inv(cones) @ np.diag(gain) @ cones).T
    adapted *= xyz[..., 1:2] / adapted[..., 1:2]
    rgb = adapted @ np.linalg.inv(XYZ_FROM_RGB).T
    curved = np.where(rgb > 0.0031308, 1.055 * np.maximum(rgb, 0) ** (1 / 2.4) - 0.055, rgb * 12.92)
    np.testing.assert_allclose(_graded(ab, Grade(warmth=warmth)), lab_from_rgb(curved)[..., 1:], atol=0.02)


def test_daylight_is_that_of_the_standard() -> None:
    np.testing.assert_allclose(daylight_white(6504), WHITE_XYZ, atol=1e-3)  # D65
    np.testing.assert_allclose(daylight_white(5003), [0.9642, 1.0, 0.8251], atol=2e-3)  # D50


def test_warmth_comes_after_saturation() -> None:
    """So a film without colour can be toned."""
    toned = _graded(_color(BLUE, 40), Grade(0.0, 0.5))
    np.testing.assert_allclose(toned, _graded(np.zeros((1, 1, 2), np.float32), Grade(warmth=0.5)), atol=1e-5)


@given(st.floats(0, 1), hues, chromas)
def test_vivid_is_the_formula_it_states(vivid: float, hue: float, chroma: float) -> None:
    ab = _color(hue, chroma)
    expected = ab * (1 + vivid * np.exp(-_seen(ab)[1] / 25))
    np.testing.assert_allclose(vivid_ab(ab, vivid), expected, rtol=1e-4, atol=1e-5)


@given(st.floats(0.01, 1), st.floats(0.1, 100), st.floats(0.1, 10))
def test_vivid_lifts_pale_colours_more_and_keeps_their_order(vivid: float, pale: float, more: float) -> None:
    _, lifted = _seen(vivid_ab(_color(30, pale), vivid))
    _, other = _seen(vivid_ab(_color(30, pale + more), vivid))
    assert lifted < other
    assert lifted / pale > other / (pale + more)


def test_blocks_make_no_difference() -> None:
    ab, lightness = _picture((150, 500))
    grade = Grade(1.3, 0.4, (BLUE_TO_BROWN, HueMap(BROWN, BLUE)))
    whole = graded(ab, lightness, grade)
    by_rows = [graded(ab[row : row + 1], lightness[row : row + 1], grade) for row in range(len(ab))]
    np.testing.assert_allclose(whole, np.concatenate(by_rows), atol=1e-4)


def test_a_frame_of_480_lines_takes_no_time_worth_mentioning() -> None:
    """Ten times the bar of 10 ms, as the machine may be busy."""
    ab, lightness = _picture()
    grade = Grade(1.3, 0.4, (BLUE_TO_BROWN, HueMap(BROWN, BLUE)))
    started = time.perf_counter()
    graded(vivid_ab(ab, 0.5), lightness, grade)
    assert time.perf_counter() - started < 0.1
