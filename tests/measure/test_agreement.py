from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.measure.agreement import Agreement, AgreementSummary
from tcvc_cli.measure.fidelity import gain_over_grey_db
from tests.material.present import present


@pytest.fixture
def truth() -> NDArray[np.float64]:
    return np.random.default_rng(0).normal(3, 15, (20, 30, 2))


@pytest.mark.parametrize("factor", [0.25, 1.0, 4.0])
def test_a_factor_is_the_amount_and_leaves_the_hue(truth: NDArray[np.float64], factor: float) -> None:
    agreement = Agreement.of(truth * factor, truth)
    assert agreement.hue_agreement == pytest.approx(1)
    assert agreement.amount == pytest.approx(1 / factor)
    assert agreement.chroma_ratio == pytest.approx(factor)


def test_hues_turned_by_an_angle_agree_by_its_cosine(truth: NDArray[np.float64]) -> None:
    angle = np.radians(60)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    agreement = Agreement.of(truth @ turn.T, truth)
    assert agreement.hue_agreement == pytest.approx(0.5)
    assert agreement.amount == pytest.approx(0.5)


def test_a_cast_is_the_length_of_the_mean_difference(truth: NDArray[np.float64]) -> None:
    assert Agreement.of(truth + np.array([3, -4]), truth).cast == pytest.approx(5)
    assert Agreement.of(truth, truth).cast == 0


def test_gains_are_those_over_grey_as_it_is_and_at_the_best_factor(truth: NDArray[np.float64]) -> None:
    made = truth * 0.4 + np.random.default_rng(1).normal(0, 5, truth.shape)
    agreement = Agreement.of(made, truth)
    assert agreement.gain_over_grey_db == pytest.approx(gain_over_grey_db(made, truth))
    best = max(gain_over_grey_db(made * factor, truth) for factor in np.linspace(0, 4, 4001))
    assert agreement.gain_at_best_amount_db == pytest.approx(best, abs=1e-4)
    expected = -10 * np.log10(
        1 - present(agreement.hue_agreement) ** 2
    )  # what is right about a vector is its projection
    assert agreement.gain_at_best_amount_db == pytest.approx(expected)


def test_parts_add_up_to_the_whole(truth: NDArray[np.float64]) -> None:
    made = np.random.default_rng(2).normal(0, 9, truth.shape)
    parts = [Agreement.of(made[rows], truth[rows]) for rows in (slice(0, 7), slice(7, 20))]
    added, whole = parts[0] + parts[1], Agreement.of(made, truth)
    assert added.pixels == whole.pixels == 600
    assert (added.hue_agreement, added.amount) == pytest.approx((whole.hue_agreement, whole.amount))
    assert (added.cast, added.chroma_ratio) == pytest.approx((whole.cast, whole.chroma_ratio))


def test_without_colour_there_is_nothing_to_agree_with(truth: NDArray[np.float64]) -> None:
    grey = np.zeros_like(truth)
    made_grey, truly_grey = Agreement.of(grey, truth), Agreement.of(truth, grey)
    assert (made_grey.hue_agreement, made_grey.amount) == (None, None)
    assert made_grey.gain_over_grey_db == made_grey.gain_at_best_amount_db == 0
    assert (truly_grey.hue_agreement, truly_grey.chroma_ratio) == (None, None)
    assert truly_grey.amount == 0


def test_pictures_of_two_sizes_are_refused(truth: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        Agreement.of(truth[:, :-1], truth)


def test_a_summary_pools_pixels_and_counts_pictures(truth: NDArray[np.float64]) -> None:
    large = Agreement.of(truth * 2, truth)
    small = Agreement.of(truth[:1, :2] * -0.5, truth[:1, :2])
    grey = Agreement.of(truth[:1] * 0, truth[:1])
    summary = AgreementSummary.of([large, small, grey])
    assert summary.pictures == 3
    assert summary.hue_agreement == pytest.approx(0)  # of 1 and -1; grey has none
    assert summary.pooled_hue_agreement > 0.9
    assert summary.amount == pytest.approx((0.5 - 2) / 2)  # the median of two
    assert summary.pooled_gain_db == pytest.approx((large + small + grey).gain_over_grey_db)
