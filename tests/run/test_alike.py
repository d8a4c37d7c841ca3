"""Which shots are held against one another, and how far apart two pictures of the same thing are."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from tcvc_cli.model.memory.entries import Remembered
from tcvc_cli.run.film_memory.alike import MOST_ALIKE, Apart, alike, apart


def picture(seed: int, ab: tuple[float, float], frame: int, *, alien: int = 0) -> Remembered:
    """Six rows of eight places, each of its own kind, the last `alien` rows of another picture's kind; all
    of one colour."""
    places = places_of(seed)
    if alien:
        places[:, -alien:] = places_of(seed + 1000)[:, -alien:]
    plane = torch.ones(1, 6, 8)
    colors = torch.tensor(ab).view(2, 1, 1).expand(2, 6, 8)
    return Remembered("settled", places.bfloat16(), 50 * plane, colors, plane, frame)


def places_of(seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(64, 6, 8, generator=torch.Generator().manual_seed(seed)), dim=0)


def test_the_same_thing_in_other_colours_is_as_far_apart_as_they_are() -> None:
    others = [picture(5, (40.0, 40.0), 9), picture(1, (13.0, 16.0), 4)]
    found = apart([picture(1, (10.0, 20.0), 30)], others)
    assert found == Apart(pytest.approx(5.0, abs=0.01), 4)  # type: ignore[arg-type]


def test_in_the_same_colours_it_is_not_apart_at_all() -> None:
    found = apart([picture(1, (10.0, 20.0), 30)], [picture(1, (10.0, 20.0), 4)])
    assert found == Apart(pytest.approx(0.0, abs=0.01), 4)  # type: ignore[arg-type]


def test_the_picture_that_has_most_in_common_counts() -> None:
    own = [picture(2, (0.0, 0.0), 30), picture(1, (0.0, 0.0), 59)]
    others = [
        picture(1, (20.0, 0.0), 4, alien=2),
        picture(1, (7.0, 0.0), 8),
        picture(1, (9.0, 0.0), 12, alien=1),
    ]
    assert apart(own, others) == Apart(pytest.approx(7.0, abs=0.01), 8)  # type: ignore[arg-type]


def test_of_what_shows_something_else_nothing_is_said() -> None:
    own = [picture(1, (10.0, 20.0), 30)]
    assert apart(own, [picture(7, (50.0, 20.0), 4)]) is None
    assert apart(own, [picture(1, (50.0, 20.0), 4, alien=4)]) is None  # a third of it alone
    assert apart(own, []) is None
    assert apart([], [picture(1, (0.0, 0.0), 4)]) is None


def test_shots_are_held_against_what_explains_them_and_what_that_explains() -> None:
    assert alike({1: [], 2: [], 3: [1], 4: [], 5: [1, 2]}) == {
        1: (3, 5),
        2: (5,),
        3: (1, 5),
        4: (),
        5: (1, 2, 3),
    }


def test_of_many_the_likest_and_nearest_count_and_no_other_is_heard_of() -> None:
    chosen = {1: [], **{number: [1] for number in range(2, 400)}}
    found = alike(chosen)
    assert found[1] == (2, 3, 4, 5, 6, 7)
    assert found[200] == (1, 199, 201, 198, 202, 197)
    assert all(len(others) <= MOST_ALIKE and number not in others for number, others in found.items())
    assert alike({2: [1, 2], 3: [9]}) == {2: (), 3: ()}  # what is not known, and itself
