"""Which shots come first, and the words that say why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.review.report.ranking import RankedShot, expected_error, ranked
from tcvc_cli.review.report.reasons import FAR_APART, LIMITS
from tcvc_cli.run.film_memory.used_reference import UsedReference
from tcvc_cli.run.provenance.sidecar import ColoredShot
from tcvc_cli.settings.film.decisions import Look
from tests.material.appraised_films import CALM, subject_with

REFERENCES = (cast(UsedReference, SimpleNamespace()),)  # that there are some is all that counts


def order(shots: tuple[RankedShot, ...]) -> list[int]:
    """The numbers of the shots, the first place first."""
    return [shot.number for shot in sorted(shots, key=lambda shot: shot.place)]


def test_the_most_doubtful_comes_first_and_time_breaks_ties(example_film: Path) -> None:
    doubts = (6.0, 12.0, 6.0, 9.0)
    shots = ranked(subject_with(example_film, [replace(CALM, doubt=one) for one in doubts]))
    assert order(shots) == [2, 4, 1, 3]
    assert [shot.number for shot in shots] == [1, 2, 3, 4]
    assert sorted(shot.place for shot in shots) == [1, 2, 3, 4]
    assert shots[0].expected_error == shots[2].expected_error == expected_error(replace(CALM, doubt=6.0))
    assert shots[1].starts_s == 10 / subject_with(example_film, [CALM]).film.frame_rate


def test_what_is_not_known_comes_after_and_what_is_kept_last(example_film: Path) -> None:
    stated = (
        ColoredShot(0, 10, is_in_color=True, appraisal=CALM),
        ColoredShot(10, 20),
        ColoredShot(20, 30, look=Look(is_kept=True), appraisal=CALM),
        ColoredShot(30, 40, appraisal=replace(CALM, doubt=None)),
        ColoredShot(40, 50, appraisal=CALM),
        ColoredShot(50, 60, appraisal=replace(CALM, doubt=None, flicker=0.5)),
    )
    shots = ranked(subject_with(example_film, [], shots=stated))
    assert order(shots) == [5, 6, 2, 4, 1, 3]
    assert [shot.expected_error is None for shot in shots] == [True, True, True, True, False, True]
    assert [shot.is_kept for shot in shots] == [True, False, True, False, False, False]
    assert shots[0].appraisal is None
    assert shots[0].reasons == ()


@pytest.mark.parametrize(("name", "words"), [(limit.name, limit.words) for limit in LIMITS])
def test_a_shot_out_of_line_says_why(example_film: Path, name: str, words: str) -> None:
    limit = next(one for one in LIMITS if one.name == name)
    calm = replace(CALM, **cast(Any, {name: limit.least / 2}))
    odd = replace(CALM, **cast(Any, {name: (limit.least + limit.most) / 2}))
    shots = ranked(subject_with(example_film, [calm, calm, odd, calm, calm, calm]))
    assert [shot.reasons for shot in shots] == [(), (), (words,), (), (), ()]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_what_all_shots_do_is_a_reason_only_beyond_the_limit(example_film: Path, limit: Any) -> None:
    for value, is_reason in ((limit.most * 0.95, False), (limit.most * 1.05, True)):
        alike = replace(CALM, **cast(Any, {limit.name: value}))
        shots = ranked(subject_with(example_film, [alike] * 6))
        assert [shot.reasons for shot in shots] == [(limit.words,) if is_reason else ()] * 6


def test_few_shots_are_held_against_the_limits_alone(example_film: Path) -> None:
    odd = replace(CALM, flicker=LIMITS[1].most * 0.9)
    assert ranked(subject_with(example_film, [CALM, CALM, odd]))[2].reasons == ()
    worse = replace(CALM, flicker=LIMITS[1].most * 1.1)
    assert ranked(subject_with(example_film, [worse]))[0].reasons == ("flickers",)


def test_the_weightiest_reason_stands_first(example_film: Path) -> None:
    flicker, drift = LIMITS[1].most, LIMITS[2].most
    one = replace(CALM, flicker=2 * flicker, drift=3 * drift)
    other = replace(CALM, flicker=3 * flicker, drift=2 * drift)
    shots = ranked(subject_with(example_film, [one, other]))
    assert [shot.reasons for shot in shots] == [("drifts", "flickers"), ("flickers", "drifts")]


def test_the_amount_of_colour_is_held_against_the_shots_around(example_film: Path) -> None:
    chromas = (10.0, 10.0, 4.0, 10.0, 10.0, 10.0, 25.0, 10.0, 10.0)
    shots = ranked(subject_with(example_film, [replace(CALM, chroma=one) for one in chromas]))
    said = {shot.number: shot.reasons for shot in shots if shot.reasons}
    assert said == {3: ("paler than the shots around it",), 7: ("stronger than the shots around it",)}
    pale = [replace(CALM, chroma=one) for one in (1.0, 0.2, 1.0, 1.0)]
    assert all(shot.reasons == () for shot in ranked(subject_with(example_film, pale)))


def test_a_kept_shot_is_nothing_to_compare_with(example_film: Path) -> None:
    chromas = (10.0, 10.0, 40.0, 10.0)
    stated = tuple(
        ColoredShot(10 * at, 10 * at + 10, is_in_color=at == 2, appraisal=replace(CALM, chroma=one))
        for at, one in enumerate(chromas)
    )
    assert all(shot.reasons == () for shot in ranked(subject_with(example_film, [], shots=stated)))


def test_coverage_is_a_reason_where_there_are_references(example_film: Path) -> None:
    coverages = (0.1, 0.9, 0.49, 0.5, None)
    appraisals = [replace(CALM, coverage=one) for one in coverages]
    words = ("little of it is explained by references",)
    with_some = ranked(subject_with(example_film, appraisals, references=REFERENCES))
    assert [shot.reasons for shot in with_some] == [words, (), words, (), ()]
    assert all(shot.reasons == () for shot in ranked(subject_with(example_film, appraisals)))


def differing(example_film: Path, frame: int, apart: float = 2 * FAR_APART) -> list[tuple[str, ...]]:
    """The reasons of three shots, the last of which is apart from a frame."""
    odd = replace(CALM, apart=apart, apart_from=frame)
    return [shot.reasons for shot in ranked(subject_with(example_film, [CALM, CALM, odd]))]


def test_a_shot_that_differs_names_the_other(example_film: Path) -> None:
    for frame, number in ((0, 1), (9, 1), (10, 2), (19, 2)):
        words = f"differs from shot {number}, which shows the same thing"
        assert differing(example_film, frame) == [(), (), (words,)]
    assert differing(example_film, 0, apart=FAR_APART) == [(), (), ()]


@pytest.mark.parametrize("frame", [20, 29, 30, 2**53])
def test_no_shot_differs_from_itself_or_from_what_is_not_there(example_film: Path, frame: int) -> None:
    assert differing(example_film, frame) == [(), (), ()]


def test_what_is_explained_is_expected_to_be_right() -> None:
    known = [expected_error(replace(CALM, coverage=one)) for one in (None, 0.0, 0.5, 1.0)]
    assert known[0] == known[1]
    assert known[0] is not None
    assert known[2] == pytest.approx(known[0] / 2)
    assert known[3] == 0


def test_a_shot_without_colour_has_a_score_too() -> None:
    assert expected_error(Appraisal(frames=1, chroma=0.0, doubt=5.0)) is not None
    assert expected_error(Appraisal(frames=1, chroma=0.0)) is None
