"""Of the shots of a film, those that differ most; and which frames of them are shown."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.review.preview.choose import description, excerpts_of, farthest

CENTERS = np.array([[0, 0], [10, 0], [0, 12], [30, 30]], np.float32)


def clusters(count: int, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """`count` points near each of the centers."""
    noise = np.random.default_rng(seed).normal(0, 0.5, (count, len(CENTERS), 2))
    return np.asarray((CENTERS + noise).reshape(-1, 2), np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_one_of_each_kind_comes_before_a_second_of_any(seed: int) -> None:
    rows = clusters(6, seed)
    chosen = farthest(rows, np.ones(len(rows), np.float32), 4)
    assert sorted(index % 4 for index in chosen) == [0, 1, 2, 3]
    assert farthest(rows, np.ones(len(rows), np.float32), 4) == chosen


def test_each_choice_is_the_farthest_from_those_before() -> None:
    """The slow twin says it in words."""
    rows, weights = clusters(5), np.linspace(0.2, 1, 20, dtype=np.float32)
    chosen = farthest(rows, weights, 20)
    assert sorted(chosen) == list(range(20))
    totals = [sum(float(np.linalg.norm(one - other)) for other in rows) for one in rows]
    assert chosen[0] == int(np.argmin(totals))
    for place in range(1, 20):
        before = chosen[:place]
        gains = {
            index: min(float(np.linalg.norm(rows[index] - rows[one])) for one in before) * weights[index]
            for index in range(20)
            if index not in before
        }
        assert gains[chosen[place]] == pytest.approx(max(gains.values()), rel=1e-5)


def test_what_shows_nothing_comes_last() -> None:
    rows = np.array([[0, 0], [100, 100], [1, 0], [0, 1]], np.float32)
    assert farthest(rows, np.array([1, 0, 1, 1], np.float32), 4)[-1] == 1
    assert len(set(farthest(rows, np.zeros(4, np.float32), 3))) == 3


def test_of_equals_the_first_are_chosen() -> None:
    rows = np.zeros((5, 3), np.float32)
    assert farthest(rows, np.ones(5, np.float32), 3) == (0, 1, 2)


def test_an_excerpt_is_the_middle_of_what_shows_nothing_else() -> None:
    shots = (
        Shot(0, 100),
        Shot(100, 150, dissolve=Dissolve(90, 110)),
        Shot(150, 200, is_in_color=True),
        Shot(200, 207),
        Shot(207, 208),
    )
    found = excerpts_of(shots, Fraction(24000, 1001), Fraction(1))
    assert [(one.number, one.start, one.stop) for one in found] == [
        (1, 33, 57),  # of frames 0 to 89
        (2, 118, 142),  # of frames 110 to 149
        (4, 200, 207),
        (5, 207, 208),
    ]
    assert [len(one) for one in excerpts_of(shots, Fraction(25), Fraction(1, 100))] == [1, 1, 1, 1]
    assert found[1].take == Take(shots[1])


def test_a_shot_that_is_all_dissolve_is_not_shown() -> None:
    shots = (Shot(0, 10), Shot(10, 14, dissolve=Dissolve(5, 12)), Shot(14, 30, dissolve=Dissolve(12, 20)))
    assert [one.number for one in excerpts_of(shots, Fraction(8), Fraction(1))] == [1, 3]


def test_a_description_tells_what_goes_with_what_and_how_light_it_is() -> None:
    noise = torch.Generator().manual_seed(0)
    kinds = torch.nn.functional.normalize(torch.randn(6, 64, generator=noise), dim=1)

    def places(*which: int) -> torch.Tensor:
        return torch.stack([kinds[one] for one in which], 1)[:, None]

    grey, white = torch.full((1, 1, 8, 8), 50.0), torch.full((1, 1, 8, 8), 90.0)
    one, moved = (description(some, grey) for some in (places(0, 1, 2, 3), places(3, 2, 0, 1)))
    other, lit = description(places(0, 1, 4, 5), grey), description(places(0, 1, 2, 3), white)
    np.testing.assert_allclose(one, moved, atol=1e-6)  # where in the frame it is does not count
    assert np.linalg.norm(one - other) > 0.3
    assert np.linalg.norm(one - lit) == pytest.approx(0.6, abs=1e-5)
