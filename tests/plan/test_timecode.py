"""SMPTE timecode: round trips over a whole day, the rule of drop frame, and what no frame has."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tcvc_cli.plan.timecode import Counting, Timecode, clock_of, moved_code, nominal_of, read_timecode

RATES = (24, 25, 30, 48, 50, 60)
COUNTINGS = (*(Counting(rate) for rate in RATES), Counting(30, is_drop=True), Counting(60, is_drop=True))
NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize("counting", COUNTINGS, ids=str)
@given(share=st.fractions(0, 1))
@example(share=Fraction(0))
@example(share=Fraction(1))
def test_a_number_becomes_a_code_and_the_same_number_again(counting: Counting, share: Fraction) -> None:
    frame = min(int(share * counting.day_frames), counting.day_frames - 1)
    code = counting.code(frame)
    assert read_timecode(str(code)) == code
    assert counting.frame(code) == frame
    assert counting.code(frame + counting.day_frames) == code


@pytest.mark.parametrize("counting", COUNTINGS, ids=str)
def test_every_frame_of_eleven_minutes_has_a_code_of_its_own_later_than_the_one_before(
    counting: Counting,
) -> None:
    codes = [counting.code(frame) for frame in range(11 * 60 * counting.nominal)]
    told = [(code.hours, code.minutes, code.seconds, code.frames) for code in codes]
    assert told == sorted(set(told))
    assert [counting.frame(code) for code in codes] == list(range(len(codes)))


@pytest.mark.parametrize("nominal", [30, 60])
def test_drop_frame_leaves_out_the_first_numbers_of_nine_minutes_in_ten(nominal: int) -> None:
    counting = Counting(nominal, is_drop=True)
    there = {str(counting.code(frame)) for frame in range(20 * 60 * nominal)}
    for minute in range(20):
        for number in range(nominal):
            is_left_out = minute % 10 != 0 and number < nominal // 15
            assert (f"00:{minute:02}:00;{number:02}" in there) is not is_left_out


def test_an_hour_of_drop_frame_is_an_hour_of_the_clock() -> None:
    assert Counting(30, is_drop=True).frame(read_timecode("01:00:00;00")) == 107_892  # as in ST 12-1
    assert Counting(60, is_drop=True).frame(read_timecode("01:00:00;00")) == 215_784
    assert Counting(30).frame(read_timecode("01:00:00:00")) == 108_000
    assert Counting(30, is_drop=True).day_frames == 2_589_408


@pytest.mark.parametrize(
    ("rate", "nominal"),
    [
        (Fraction(24), 24),
        (Fraction(24000, 1001), 24),
        (Fraction(2997, 125), 24),
        (Fraction(25), 25),
        (NTSC, 30),
        (Fraction(2997, 100), 30),
        (Fraction(60000, 1001), 60),
        (Fraction(18), 18),
    ],
)
def test_what_timecode_calls_a_second(rate: Fraction, nominal: int) -> None:
    assert nominal_of(rate) == nominal


@pytest.mark.parametrize("rate", [Fraction(2731, 100), Fraction(1, 60), Fraction(1000)])
def test_an_average_rate_has_no_timecode(rate: Fraction) -> None:
    with pytest.raises(ValueError, match="timecode needs a constant rate"):
        nominal_of(rate)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("00:01:00;00", "00:01:00;00 does not exist: drop frame"),
        ("00:59:00;01", "does not exist"),
        ("00:00:00;30", "has frame 30, and a second has 30"),
        ("24:00:00;00", "is no time of a day"),
        ("00:60:00;00", "is no time of a day"),
        ("00:00:60;00", "is no time of a day"),
        ("00:00:00", "is no timecode"),
        ("-1:00:00:00", "is no timecode"),
        ("٠١:00:00:00", "is no timecode"),
        ("9" * 500, "is no timecode"),
    ],
)
def test_what_no_frame_has(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Counting(30, is_drop=True).frame(read_timecode(text))


def test_only_thirty_and_sixty_have_drop_frame() -> None:
    with pytest.raises(ValueError, match="25 frames a second have no drop frame"):
        Counting(25, is_drop=True)


def test_a_film_that_runs_over_midnight() -> None:
    clock = clock_of(Fraction(25), "23:59:59:20")
    assert str(clock.code(10)) == "00:00:00:05"
    assert clock.frame(read_timecode("00:00:00:05")) == 10


def test_colons_are_read_as_the_film_counts_and_semicolons_are_drop_frame() -> None:
    dropping, counting = clock_of(NTSC, "01:00:00;00"), clock_of(NTSC, "01:00:00:00")
    assert dropping.frame(read_timecode("01:01:00:02")) == 1800
    assert counting.frame(read_timecode("01:01:00:02")) == 1802
    with pytest.raises(ValueError, match="drop frame, and the film counts without"):
        counting.frame(read_timecode("01:01:00;02"))
    with pytest.raises(ValueError, match="does not exist"):
        dropping.frame(read_timecode("01:01:00:00"))


@given(frame=st.integers(0, 10**6), rate=st.sampled_from([Fraction(24), NTSC, Fraction(50), Fraction(120)]))
def test_a_frame_begins_after_the_one_before_it_and_not_after_its_rounded_time(
    frame: int, rate: Fraction
) -> None:
    begins_s = clock_of(rate).begins_s(frame)
    assert Fraction(round((frame - 1) / rate * 1000), 1000) < begins_s or frame == 0
    assert begins_s <= Fraction(round(frame / rate * 1000), 1000)


def test_a_code_is_moved_as_it_counts() -> None:
    assert moved_code(NTSC, "00:00:59;29", 1) == "00:01:00;02"
    assert moved_code(NTSC, "00:00:59:29", 1) == "00:01:00:00"
    assert moved_code(NTSC, "about noon", 1) is None
    assert moved_code(Fraction(25), "00:00:00;00", 1) is None


def test_the_shape_of_a_code() -> None:
    assert str(Timecode(1, 2, 3, 4)) == "01:02:03:04"
    assert str(Timecode(1, 2, 3, 4, is_drop=True)) == "01:02:03;04"
