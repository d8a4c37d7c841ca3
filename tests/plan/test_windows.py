"""Anchors, clips and windows: exact for every shot and every option."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcvc_cli.plan.anchors import anchors
from tcvc_cli.plan.clips import clips
from tcvc_cli.plan.windows import windows
from tcvc_cli.records import Clip, Shot

shots = st.builds(
    lambda start, length: Shot(start, start + length), st.integers(0, 10**6), st.integers(1, 700)
)
intervals = st.integers(1, 40)


@given(shots, intervals)
def test_anchors_begin_and_end_the_shot_and_are_never_further_apart_than_the_interval(
    shot: Shot, interval: int
) -> None:
    found = anchors(shot, interval)
    assert found[0] == shot.start
    assert found[-1] == shot.stop - 1
    assert all(1 <= b - a <= interval for a, b in pairwise(found))


@given(shots, intervals)
def test_no_step_is_tiny_and_no_anchor_is_wasted(shot: Shot, interval: int) -> None:
    steps = [b - a for a, b in pairwise(anchors(shot, interval))]
    assert len(steps) == -(-(len(shot) - 1) // interval)
    assert all(step == interval for step in steps[:-2])
    if len(steps) > 1:
        assert min(steps) >= interval // 2
        assert 0 <= steps[-2] - steps[-1] <= 1


def test_anchors_by_hand() -> None:
    assert anchors(Shot(0, 1), 16) == (0,)
    assert anchors(Shot(5, 7), 16) == (5, 6)
    assert anchors(Shot(0, 17), 16) == (0, 16)
    assert anchors(Shot(0, 18), 16) == (0, 9, 17)
    assert anchors(Shot(10, 43), 16) == (10, 26, 42)
    assert anchors(Shot(0, 34), 16) == (0, 16, 25, 33)


@pytest.mark.parametrize(("shot", "interval"), [(Shot(3, 3), 16), (Shot(0, 9), 0)])
def test_anchors_refuse_what_makes_no_sense(shot: Shot, interval: int) -> None:
    with pytest.raises(ValueError, match=r"anchor|interval|empty"):
        anchors(shot, interval)


@given(shots, intervals)
def test_clips_share_their_anchors(shot: Shot, interval: int) -> None:
    marks = anchors(shot, interval)
    found = clips(marks)
    assert [clip.first for clip in found] == list(marks[:-1] or marks)
    assert [clip.last for clip in found] == list(marks[1:] or marks)


def test_a_shot_of_one_frame_is_one_clip() -> None:
    assert clips((7,)) == (Clip(7, 7),)


@pytest.mark.parametrize("marks", [(), (3, 3), (4, 2)])
def test_clips_refuse_anchors_that_do_not_rise(marks: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="anchors"):
        clips(marks)


options = st.fixed_dictionaries(
    {
        "interval_frames": intervals,
        "clips_per_window": st.integers(1, 6),
        "overlap_frames": st.integers(0, 60),
    }
)


@given(shots, options)
def test_weights_of_every_frame_sum_to_exactly_one(shot: Shot, chosen: dict[str, Any]) -> None:
    total: dict[int, Fraction] = defaultdict(Fraction)
    for window in windows(shot, **chosen):
        assert len(window.weights) == len(window)
        assert all(0 < weight <= 1 for weight in window.weights)
        for frame, weight in zip(range(window.start, window.stop), window.weights, strict=True):
            total[frame] += weight
    assert dict(total) == dict.fromkeys(range(shot.start, shot.stop), Fraction(1))


@given(shots, options)
def test_a_frame_is_in_two_windows_at_most_and_windows_rise(shot: Shot, chosen: dict[str, Any]) -> None:
    found = windows(shot, **chosen)
    counted = Counter(frame for window in found for frame in range(window.start, window.stop))
    assert max(counted.values()) <= 2
    assert all(a.start < b.start and a.stop < b.stop for a, b in pairwise(found))
    assert (found[0].start, found[-1].stop) == (shot.start, shot.stop)


@given(shots, options)
def test_neighbours_overlap_by_what_was_asked_held_to_a_third_of_a_window(
    shot: Shot, chosen: dict[str, Any]
) -> None:
    full = chosen["interval_frames"] * chosen["clips_per_window"] + 1
    expected = min(chosen["overlap_frames"], full // 3)
    found = windows(shot, **chosen)
    assert all(a.stop - b.start == expected for a, b in pairwise(found))


@given(shots, options)
def test_windows_hold_no_more_clips_than_asked_and_none_is_tiny(shot: Shot, chosen: dict[str, Any]) -> None:
    found = windows(shot, **chosen)
    full = chosen["interval_frames"] * chosen["clips_per_window"] + 1
    for window in found:
        assert len(window.clips) <= chosen["clips_per_window"]
        assert window.anchors == anchors(Shot(window.start, window.stop), chosen["interval_frames"])
    assert all(len(window) == full for window in found[:-2])
    if len(found) > 1:
        assert 0 <= len(found[-2]) - len(found[-1]) <= 1
        assert len(found[-1]) >= (full + 1) // 2


@given(shots, options)
def test_weights_change_in_even_steps(shot: Shot, chosen: dict[str, Any]) -> None:
    for window in windows(shot, **chosen):
        steps = {abs(b - a) for a, b in pairwise(window.weights)} - {Fraction(0)}
        assert len(steps) <= 1


def test_anchors_differ_inside_the_overlap() -> None:
    first, second, *_ = windows(Shot(0, 400), interval_frames=16, clips_per_window=4, overlap_frames=8)
    shared = range(second.start, first.stop)
    assert len(shared) == 8
    assert not set(first.anchors) & set(second.anchors)


def test_windows_by_hand() -> None:
    one, two = windows(Shot(0, 14), interval_frames=4, clips_per_window=2, overlap_frames=2)
    assert one.clips == (Clip(0, 4), Clip(4, 7))
    assert two.clips == (Clip(6, 10), Clip(10, 13))
    assert one.weights == (*[Fraction(1)] * 6, Fraction(2, 3), Fraction(1, 3))
    assert two.weights == (Fraction(1, 3), Fraction(2, 3), *[Fraction(1)] * 6)


@pytest.mark.parametrize("wrong", [{"clips_per_window": 0}, {"overlap_frames": -1}, {"interval_frames": 0}])
def test_windows_refuse_what_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="make no sense"):
        windows(Shot(0, 100), **wrong)
