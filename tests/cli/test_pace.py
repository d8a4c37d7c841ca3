"""The rate and the time left are what was really done: exact values, with a clock that the test moves."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
from rich.console import Console

from tcvc_cli.cli.pace import MEAN_S, Pace, Watch
from tcvc_cli.cli.progress import Bar, Lines, every_second, left_words, rate_words, standing_line
from tcvc_cli.records import Shot
from tcvc_cli.run.events import (
    Event,
    Finished,
    FramesDone,
    Resumed,
    ShotsFound,
    ShotStarted,
    StageStarted,
    Warned,
)

Timed = tuple[float, Event]


def watched(*events: Timed) -> Watch:
    watch = Watch()
    for now_s, event in events:
        watch.see(event, now_s)
    return watch


def test_without_a_frame_nothing_is_said() -> None:
    pace = Pace(100.0)
    pace.see(140.0, 0)
    assert pace.rate(140.0) is None
    assert pace.left_s(140.0, 1000) is None
    assert pace.mean_s() is None


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    pace = Pace(0.0)
    for second in range(1, 21):
        pace.see(float(second), 4 * second)
    for second in range(21, 31):
        pace.see(float(second), 80 + (second - 20))
    assert pace.rate(20.0 + 10.0) == 1.0
    assert pace.rate(30.0, within_s=30.0) == 3.0
    assert pace.left_s(30.0, 180) == 30.0


def test_a_young_stage_counts_from_its_beginning() -> None:
    pace = Pace(10.0)
    pace.see(12.0, 8)
    assert pace.rate(12.0) == 4.0
    assert pace.left_s(12.0, 48) == 10.0


def test_while_nothing_is_done_the_rate_falls_and_the_time_left_grows() -> None:
    pace = Pace(0.0)
    pace.see(1.0, 48)
    assert [pace.rate(now) for now in (1.0, 4.0, 8.0, 10.0, 11.0, 60.0)] == [48.0, 12.0, 6.0, 4.8, 0.0, 0.0]
    assert [pace.left_s(now, 192) for now in (1.0, 4.0, 60.0)] == [3.0, 12.0, 180.0]
    assert pace.left_s(1.0 + MEAN_S, 192) is None


def test_a_long_stage_keeps_no_more_than_five_minutes() -> None:
    pace = Pace(0.0, 400)
    for tick in range(1, 50_001):
        pace.see(tick / 5, 400 + 2 * tick)
    assert pace.rate(10_000.0) == 10.0
    assert pace.left_s(10_000.0, 400 + 2 * 50_000 + 20) == 2.0
    assert pace.mean_s() == 0.1
    assert len(pace._times) < 3 * MEAN_S * 5


def test_frames_of_an_earlier_run_are_not_counted() -> None:
    watch = watched((0.0, StageStarted("colorize", 1000)), (0.0, Resumed(8, 400, 1)))
    before = watch.standing(5.0)
    assert before is not None
    assert (before.done, before.total, before.rate, before.left_s) == (400, 1000, None, None)
    watch.see(FramesDone("colorize", 420), 5.0)
    after = watch.standing(5.0)
    assert after is not None
    assert (after.done, after.rate, after.left_s) == (420, 4.0, 145.0)


def test_the_time_left_holds_what_comes_behind_the_colouring() -> None:
    read: tuple[Timed, ...] = ((0.0, StageStarted("shots", 200)), (4.0, FramesDone("shots", 200)))
    colored: tuple[Timed, ...] = (
        (10.0, StageStarted("colorize", 200, ("remux", "proof"))),
        (20.0, FramesDone("colorize", 50)),
    )
    whole = watched(*read, *colored).standing(20.0)
    assert whole is not None
    assert (whole.left_s, whole.is_left_of_all) == (30.0 + 3 * 4.0, True)
    assert left_words(whole) == "0:00:42 left"
    unpriced = watched(*colored).standing(20.0)
    assert unpriced is not None
    assert (unpriced.left_s, unpriced.is_left_of_all) == (30.0, False)
    assert left_words(unpriced) == "0:00:30 left of this step"


def test_the_last_stage_counts_down_to_the_result() -> None:
    watch = watched((0.0, StageStarted("proof", 100, ())), (2.0, FramesDone("proof", 50)))
    last = watch.standing(2.0)
    assert last is not None
    assert (last.left_s, last.is_left_of_all) == (2.0, True)


def test_more_frames_than_the_header_claims_have_no_total() -> None:
    watch = watched((0.0, StageStarted("shots", 100)), (1.0, FramesDone("shots", 100)))
    full, more = watch.standing(1.0), watched((0.0, StageStarted("shots", 100)))
    more.see(FramesDone("shots", 110), 1.0)
    over = more.standing(1.0)
    assert full is not None
    assert over is not None
    assert (full.total, full.left_s) == (100, 0.0)
    assert (over.total, over.left_s) == (None, None)
    assert standing_line(over) == "looking for shots: 110, 110.0 frames/s"


def test_between_stages_of_others_nothing_is_counted() -> None:
    watch = watched((0.0, StageStarted("remux", 10)), (1.0, FramesDone("colorize", 9)))
    at = watch.standing(1.0)
    assert at is not None
    assert at.done == 0
    watch.see(Finished(Path("a"), Path("b"), 10, 1.0), 2.0)
    assert watch.standing(2.0) is None


def test_shots_are_no_frames() -> None:
    at = watched((0.0, StageStarted("memory", 4)), (2.0, FramesDone("memory", 1))).standing(2.0)
    assert at is not None
    assert rate_words(at) == "0.5 /s"


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def lines_of(events: list[Timed], until_s: float) -> list[str]:
    """What a run says without a terminal, when something looks at the clock each second."""
    out, clock = io.StringIO(), Clock()
    lines = Lines(Console(file=out, markup=False, highlight=False, soft_wrap=True), clock)
    while events or clock.now_s < until_s:
        at_s = min(events[0][0] if events else until_s, clock.now_s + 1)
        clock.now_s = at_s
        lines.tell()
        while events and events[0][0] <= at_s:
            lines.show(events.pop(0)[1])
    return out.getvalue().splitlines()


def test_a_line_for_each_tenth() -> None:
    events: list[Timed] = [(0.0, StageStarted("colorize", 200, ())), (0.0, ShotsFound((Shot(0, 200),), 3))]
    events += [(0.0, ShotStarted(1, Shot(0, 200)))]
    events += [(number / 2, FramesDone("colorize", number)) for number in range(1, 201)]
    told = lines_of(events, 100.0)
    assert told[0] == "shots 1, anchors 3"
    assert told[1:] == [
        f"colouring, shot 1 of 1: {20 * tenth} of 200 ({10 * tenth} %), 2.0 frames/s,"
        f" 0:{(100 - 10 * tenth) // 60:02}:{(100 - 10 * tenth) % 60:02} left"
        for tenth in range(1, 11)
    ]


def test_a_line_each_half_minute_where_nothing_moves() -> None:
    events: list[Timed] = [(0.0, StageStarted("colorize", 1000, ())), (10.0, FramesDone("colorize", 50))]
    assert lines_of(events, 100.0) == [
        "colouring: 50 of 1000 (5 %), 0.0 frames/s, 0:09:30 left",
        "colouring: 50 of 1000 (5 %), 0.0 frames/s, 0:19:00 left",
        "colouring: 50 of 1000 (5 %), 0.0 frames/s, 0:28:30 left",
    ]


def test_a_line_of_another_kind_counts_and_a_short_stage_says_nothing() -> None:
    short: list[Timed] = [(number / 20, FramesDone("shots", number * 10)) for number in range(1, 11)]
    events: list[Timed] = [(0.0, StageStarted("shots", 100)), *short, (0.9, StageStarted("colorize", 1000))]
    events += [(21.0, Warned("the header lies"))]
    assert lines_of(events, 60.0) == ["warning: the header lies", "colouring: 0 of 1000 (0 %)"]


def test_what_an_earlier_run_did_is_no_news() -> None:
    events: list[Timed] = [(0.0, StageStarted("colorize", 1000)), (0.0, Resumed(8, 400, 1))]
    events += [(5.0, FramesDone("colorize", 450)), (10.0, FramesDone("colorize", 500))]
    told = lines_of(events, 11.0)
    assert told[0].startswith("going on with 400 frames")
    assert told[1:] == ["colouring: 500 of 1000 (50 %), 10.0 frames/s, 0:00:50 left of this step"]


def test_a_photograph_needs_no_count() -> None:
    assert lines_of([(0.0, StageStarted("colorize", 1)), (5.0, FramesDone("colorize", 1))], 60.0) == []


def bar_at(clock: Clock, out: io.StringIO) -> Bar:
    return Bar(Console(file=out, force_terminal=True, width=120, markup=False, highlight=False), clock)


def test_a_bar_goes_by_the_clock_where_no_event_comes() -> None:
    clock = Clock()
    bar = bar_at(clock, io.StringIO())
    bar.show(StageStarted("colorize", 192, ()))
    assert bar.figures() == ["", "0:00:00", ""]
    clock.now_s = 4.0
    bar.show(FramesDone("colorize", 48))
    assert bar.figures() == ["12.0 frames/s", "0:00:04", "0:00:12 left"]
    clock.now_s = 8.0
    assert bar.figures() == ["6.0 frames/s", "0:00:08", "0:00:24 left"]
    clock.now_s = 64.0
    assert bar.figures() == ["0.0 frames/s", "0:01:04", "0:03:12 left"]


@pytest.mark.parametrize(("frames", "shown"), [(100, "100/100"), (110, "110/?")])
def test_a_bar_never_shows_more_than_all(frames: int, shown: str) -> None:
    clock, out = Clock(), io.StringIO()
    bar = bar_at(clock, out)
    with bar.progress:
        bar.show(StageStarted("shots", 100))
        clock.now_s = 1.0
        bar.show(FramesDone("shots", frames))
        bar.progress.refresh()
    assert shown in out.getvalue()


def test_a_bar_is_drawn_by_itself() -> None:
    bar = bar_at(Clock(), io.StringIO())
    assert bar.progress.live.auto_refresh
    assert bar.progress.live.refresh_per_second >= 1


def test_something_looks_each_second_until_the_end() -> None:
    looked = threading.Event()
    with every_second(looked.set):
        assert looked.wait(30.0)
    assert "every second" not in {thread.name for thread in threading.enumerate()}
