"""What a person may type for a time, a device or an option of the encoder."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tcvc_cli.run.options.values import device_name, film_time, key_and_value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", Fraction(0)),
        ("12.5", Fraction(25, 2)),
        (".04", Fraction(1, 25)),
        ("90", Fraction(90)),
        ("1:02", Fraction(62)),
        ("01:02:03", Fraction(3723)),
        ("00:00:01.001", Fraction(1001, 1000)),
        ("100:00:00", Fraction(360_000)),
    ],
)
def test_reads_times_exactly(text: str, seconds: Fraction) -> None:
    assert film_time(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "abc", "-1", "1:60", "1:60:00", "1:2:3:4", "1e3", "1/24", "nan", "٣", "12,5"]
)
def test_refuses_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time|60 and more"):
        film_time(text)


@pytest.mark.parametrize("text", ["auto", "cpu", "mps", "cuda", "cuda:0", "cuda:12"])
def test_takes_devices(text: str) -> None:
    assert device_name(text) == text


@pytest.mark.parametrize("text", ["", "gpu", "cuda:", "cuda:x", "cpu:1", "CPU"])
def test_refuses_what_is_no_device(text: str) -> None:
    with pytest.raises(ValueError, match="none of auto"):
        device_name(text)


def test_an_option_of_the_encoder_is_a_key_and_a_value() -> None:
    assert key_and_value("preset=slow") == ("preset", "slow")
    assert key_and_value("x265-params=a=1:b=2") == ("x265-params", "a=1:b=2")
    for text in ("preset", "=slow", ""):
        with pytest.raises(ValueError, match="KEY=VALUE"):
            key_and_value(text)
