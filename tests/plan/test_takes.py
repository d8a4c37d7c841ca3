"""What two shots share of a dissolve, where it begins and ends, and which windows colour it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tcvc_cli.plan.shots.detector import find_shots
from tcvc_cli.plan.takes import Take, takes, with_room
from tcvc_cli.plan.windows import windows
from tcvc_cli.records import Dissolve, Shot
from tests.material.shot_material import SCENES, as_luma, dissolved, flickering, shot


def test_shares_rise_in_equal_steps() -> None:
    mixed = Dissolve(10, 13)
    assert [mixed.share(frame) for frame in range(9, 14)] == [Fraction(n, 4) for n in range(5)]


@pytest.mark.parametrize("worn", [lambda film: film, flickering], ids=["clean", "flickering"])
@pytest.mark.parametrize("pair", [(0, 1), (2, 3), (3, 0)])
@pytest.mark.parametrize("frames", [8, 16, 24])
def test_a_dissolve_is_measured(frames: int, pair: tuple[int, int], worn: object) -> None:
    """No share is off by more than a fifth, on average by less than a tenth."""
    assert callable(worn)
    before, after = (shot(SCENES[number], 40 + frames // 2) for number in pair)
    first = len(before) - frames
    (_, new) = find_shots(as_luma(worn(dissolved(before, after, frames))))
    truth, found = Dissolve(first, first + frames), new.dissolve
    assert found is not None
    errors = [
        abs(truth.share(frame) - min(Fraction(1), max(Fraction(0), found.share(frame))))
        for frame in range(first, first + frames)
    ]
    assert max(errors) < 0.2
    assert sum(errors) / frames < 0.1


def test_a_cut_is_no_dissolve() -> None:
    film = as_luma(dissolved(shot(SCENES[0], 40), shot(SCENES[1], 40), 1))
    assert all(one.dissolve is None for one in find_shots(film))


def test_dissolves_keep_to_the_room_that_they_have() -> None:
    shots = (
        Shot(0, 10, dissolve=Dissolve(0, 4)),  # nothing comes before the film
        Shot(10, 14, dissolve=Dissolve(0, 14)),
        Shot(14, 40, dissolve=Dissolve(12, 60)),
        Shot(40, 50, is_in_color=True, dissolve=Dissolve(38, 42)),
        Shot(50, 60, dissolve=Dissolve(48, 52)),
        Shot(60, 90, dissolve=Dissolve(52, 70)),
    )
    found = [one.dissolve for one in with_room(shots)]
    assert found == [None, Dissolve(1, 14), Dissolve(14, 40), None, None, Dissolve(52, 70)]
    assert [one.dissolve for one in with_room(shots[4:], 6)] == [None, Dissolve(57, 63)]


def test_every_frame_is_finished_by_one_shot() -> None:
    shots = with_room((Shot(0, 20), Shot(20, 30, dissolve=Dissolve(15, 24)), Shot(30, 50)))
    parts = takes(shots)
    assert [(one.start, one.stop) for one in parts] == [(0, 15), (15, 30), (30, 50)]
    assert [(one.seen.start, one.seen.stop) for one in parts] == [(0, 24), (15, 30), (30, 50)]
    assert [(one.pure.start, one.pure.stop) for one in parts] == [(0, 15), (24, 30), (30, 50)]


def test_anchors_stand_at_the_edges_of_what_is_pure() -> None:
    take = Take(Shot(20, 60, dissolve=Dissolve(15, 24)), Dissolve(55, 66))
    (window,) = windows(take.seen, interval_frames=16, pure=take.pure)
    assert {15, 24, 54, 65} <= set(window.anchors)
    assert window.root == 24
    assert (window.start, window.stop) == (15, 66)
    (plain,) = windows(Shot(20, 60), interval_frames=16)
    assert windows(Shot(20, 60), interval_frames=16, pure=Shot(20, 60)) == (plain,)
    assert plain.root is None
