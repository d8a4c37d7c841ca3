"""How fast a stage is, by what it had finished when; and what stages take together."""

from __future__ import annotations

import pytest

from tcvc_cli.records import Shot
from tcvc_cli.run.estimating.pace import Pace, Stopwatch, expected_s, pace_of
from tcvc_cli.run.estimating.work import Work
from tcvc_cli.run.events import FramesDone, Resumed, SegmentDone, ShotStarted, StageStarted
from tcvc_cli.run.film.estimate import is_told_by

PACES = {"memory": Pace(2.0, 0.5), "colorize": Pace(1.0, 0.25), "remux": Pace(0.0, 0.125)}


def test_what_the_first_mark_took_longer_is_for_getting_going() -> None:
    assert pace_of([(5.0, 10), (8.0, 20), (14.0, 40)]) == Pace(2.0, 0.3)


def test_one_mark_and_a_fast_beginning_tell_of_the_whole() -> None:
    assert pace_of([(5.0, 10)]) == Pace(0.0, 0.5)
    assert pace_of([(1.0, 10), (8.0, 20)]) == Pace(0.0, 0.4)


def test_a_pace_tells_the_time_that_it_was_measured_by() -> None:
    marks = [(5.0, 10), (8.0, 20), (14.5, 41)]
    assert pace_of(marks).seconds(41) == pytest.approx(14.5)


def test_the_newest_weighs_most() -> None:
    pace = Pace(0.0, 1.0).towards(Pace(4.0, 3.0))
    assert pace == Pace(2.0, 2.0)
    assert pace.towards(Pace(0.0, 4.0)) == Pace(1.0, 3.0)


@pytest.mark.parametrize(
    ("first_s", "unit_s"),
    [
        (0.0, 0.0),
        (0.0, -1.0),
        (-0.1, 1.0),
        (float("nan"), 1.0),
        (0.0, float("nan")),
        (0.0, float("inf")),
        (1e9, 1.0),
        (0.0, 1e9),
    ],
)
def test_what_nothing_takes_is_no_pace(first_s: float, unit_s: float) -> None:
    with pytest.raises(ValueError, match="no stage takes"):
        Pace(first_s, unit_s)


def test_stages_are_added_by_what_each_has_to_do() -> None:
    work = Work(frames=100, settled=(1, 2, 1), is_proved=False, is_grey=True)
    assert work.units == {"memory": 4, "colorize": 100, "remux": 100}
    assert expected_s(PACES, work.units) == 2 + 4 * 0.5 + 1 + 100 * 0.25 + 100 * 0.125


def test_nothing_is_settled_for_a_single_shot() -> None:
    work = Work(frames=100, settled=(), is_proved=False, is_grey=True)
    assert expected_s(PACES, work.units) == 1 + 100 * 0.25 + 100 * 0.125


def test_a_film_is_told_by_what_is_known_of_every_stage() -> None:
    work = Work(frames=100, settled=(1, 2), is_proved=False, is_grey=True)
    assert is_told_by(PACES, work)
    assert not is_told_by({}, work)
    assert not is_told_by(PACES, Work(100, (1, 2), is_proved=True, is_grey=True))
    assert not is_told_by(PACES, Work(100, (1, 2), is_proved=False, is_grey=False))
    assert is_told_by({"colorize": Pace(0, 1), "remux": Pace(0, 1)}, Work(100, (), False, True))  # noqa: FBT003


def test_a_stopwatch_counts_key_frames_and_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("tcvc_cli.run.estimating.pace.time.monotonic", lambda: now[0])
    watch = Stopwatch()
    for after_s, event in (
        (7.0, StageStarted("memory", 3)),
        (4.0, FramesDone("memory", 1)),
        (1.0, FramesDone("memory", 2)),
        (2.0, FramesDone("memory", 3)),
        (1.0, StageStarted("colorize", 90)),
        (0.5, ShotStarted(1, Shot(0, 30))),
        (4.0, FramesDone("colorize", 16)),
        (0.5, SegmentDone(1, 3, 30)),
        (3.0, SegmentDone(2, 3, 30)),
        (3.0, SegmentDone(3, 3, 30)),
    ):
        now[0] += after_s
        watch.see(event)
    assert watch.paces((2, 1, 2)) == {"memory": Pace(2.0, 1.0), "colorize": Pace(2.0, 0.1)}
    assert watch.segment_count == 3
    assert not watch.has_kept
    watch.see(Resumed(1, 30, 1))
    assert watch.has_kept
