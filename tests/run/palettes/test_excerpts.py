"""Which frames of a shot are looked at: those that the film is divided into there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcvc_cli.plan.steps import InWindows
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Clip, Dissolve, Shot
from tcvc_cli.run.palettes.excerpts import excerpt_of
from tcvc_cli.run.palettes.request import ShotNumbers, shot_numbers

METHOD = InWindows(interval_frames=16)


def test_the_middle_of_a_shot_between_the_anchors_that_it_has() -> None:
    """Anchors of 70 frames are 16 apart, and the last two halve what is left; of the other sampling 18."""
    excerpt = excerpt_of(Take(Shot(100, 165)), METHOD)
    assert excerpt.shown == 132
    assert excerpt.plain.clips == (Clip(116, 132),)
    assert excerpt.judged == Shot(125, 133)  # eight up to the anchor
    assert excerpt.further.clips == (Clip(118, 136),)
    assert (excerpt.start, excerpt.stop) == (116, 137)


def test_a_short_shot_has_one_sampling() -> None:
    excerpt = excerpt_of(Take(Shot(5, 10)), METHOD)
    assert (excerpt.shown, excerpt.judged) == (7, Shot(5, 10))
    assert excerpt.plain == excerpt.further
    assert excerpt.plain.clips == (Clip(5, 9),)
    one = excerpt_of(Take(Shot(3, 4)), METHOD)
    assert (one.shown, one.judged, one.plain.clips) == (3, Shot(3, 4), (Clip(3, 3),))


def test_what_a_dissolve_mixes_is_not_shown() -> None:
    take = Take(Shot(20, 60, dissolve=Dissolve(10, 31)), ends_in=Dissolve(40, 80))
    assert excerpt_of(take, METHOD).shown == 35


def test_where_all_is_mixed_something_is_shown() -> None:
    take = Take(Shot(20, 30, dissolve=Dissolve(10, 25)), ends_in=Dissolve(25, 40))
    assert take.pure == Shot(25, 25)
    assert excerpt_of(take, METHOD).shown == 24


@given(
    start=st.integers(0, 1000),
    frames=st.integers(1, 400),
    interval=st.integers(1, 40),
    many=st.integers(1, 6),
)
def test_an_excerpt_lies_in_its_shot_and_holds_what_is_judged(
    start: int, frames: int, interval: int, many: int
) -> None:
    shot = Shot(start, start + frames)
    excerpt = excerpt_of(Take(shot), InWindows(interval, clips_per_window=many))
    assert shot.start <= excerpt.start < excerpt.stop <= shot.stop
    for window in (excerpt.plain, excerpt.further):
        assert window.start <= excerpt.judged.start < excerpt.judged.stop <= window.stop
    assert excerpt.judged.start <= excerpt.shown < excerpt.judged.stop
    assert len(excerpt.judged) == min(8, len(excerpt.plain))


def test_numbers_of_shots_as_they_are_typed() -> None:
    assert shot_numbers("12") == ShotNumbers(12, 12)
    assert shot_numbers(" 7-9 ") == ShotNumbers(7, 9)
    assert [number for number in range(12) if number in shot_numbers("7-9")] == [7, 8, 9]


@pytest.mark.parametrize("wrong", ["", "0", "-3", "3-", "3,4", "9-7", "1.5", "٣", "1" * 9, "all"])
def test_what_is_no_number_of_a_shot(wrong: str) -> None:
    with pytest.raises(ValueError, match="it takes the number of a shot"):
        shot_numbers(wrong)
