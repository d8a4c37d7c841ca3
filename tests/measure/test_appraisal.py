"""What is said of parts of a shot, put together."""

from __future__ import annotations

import json

import pytest

from tcvc_cli.measure.appraisal import Appraisal, joined
from tcvc_cli.plain import from_json, to_json


def test_figures_of_parts_are_weighed_by_their_frames() -> None:
    both = joined(
        [Appraisal(30, 10.0, 0.02, doubt=8.0), None, Appraisal(10, 20.0, 0.06, drift=3.0, doubt=4.0)]
    )
    assert both == Appraisal(40, 12.5, 0.03, drift=3.0, doubt=7.0)


def test_parts_are_apart_in_the_mean_and_from_what_the_farthest_is_from() -> None:
    parts = [
        Appraisal(30, 9.0, apart=2.0, apart_from=7),
        Appraisal(60, 9.0),
        Appraisal(10, 9.0, apart=6.0, apart_from=3),
    ]
    assert joined(parts) == Appraisal(100, 9.0, apart=3.0, apart_from=3)


def test_what_an_earlier_version_wrote_is_read() -> None:
    assert from_json(Appraisal, '{"frames": 3, "chroma": 1.0}') == Appraisal(3, 1.0)


def test_of_nothing_nothing_is_said() -> None:
    assert joined([]) is None
    assert joined([None, None]) is None


def test_one_part_is_itself_and_a_record_comes_back() -> None:
    one = Appraisal(7, 3.25, 0.5, 1.0, 2.0, 0.0, 1.0, 4.5, 12)
    assert joined([one]) == one == from_json(Appraisal, to_json(one))


@pytest.mark.parametrize(
    "wrong",
    [
        {"frames": 0},
        {"frames": 10**400},
        {"chroma": -1.0},
        {"chroma": 1e300},
        {"doubt": -0.1},
        {"coverage": 1.01},
        {"flicker": "much"},
        {"apart": -1.0, "apart_from": 3},
        {"apart": 1e300, "apart_from": 3},
        {"apart": 1.0, "apart_from": -1},
        {"apart": 1.0, "apart_from": 10**400},
        {"apart": 1.0, "apart_from": 0.5},
        {"apart": 1.0},
        {"apart_from": 3},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"sense|share|number"):
        from_json(Appraisal, json.dumps({"frames": 3, "chroma": 1.0, **wrong}))
