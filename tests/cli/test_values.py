"""What a person may type for a time, a device or a palette."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import typer

from tcvc_cli.cli.commands.colorize import colorings_of
from tcvc_cli.cli.values import device_name, film_time, key_and_value
from tcvc_cli.errors import UsageError
from tcvc_cli.run.options import PIPE


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
    with pytest.raises(typer.BadParameter):
        film_time(text)


@pytest.mark.parametrize("text", ["auto", "cpu", "mps", "cuda", "cuda:0", "cuda:12"])
def test_takes_devices(text: str) -> None:
    assert device_name(text) == text


@pytest.mark.parametrize("text", ["", "gpu", "cuda:", "cuda:x", "cpu:1", "CPU"])
def test_refuses_what_is_no_device(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        device_name(text)


def test_an_option_of_the_encoder_is_a_key_and_a_value():
    assert key_and_value("preset=slow") == ("preset", "slow")
    assert key_and_value("x265-params=a=1:b=2") == ("x265-params", "a=1:b=2")
    for text in ("preset", "=slow", ""):
        with pytest.raises(UsageError, match="KEY=VALUE"):
            key_and_value(text)


def test_all_palettes_are_four_films_with_names_of_their_own() -> None:
    given = {"palette": "all", "output": None, "overwrite": False, "skip": False}
    chosen = list(colorings_of(Path("film.mkv"), given))
    assert [options.palette for options in chosen] == [1, 2, 3, 4]
    assert len({options.name_tag for options in chosen}) == 4
    one = list(colorings_of(Path("film.mkv"), {**given, "palette": "2"}))
    assert [(options.palette, options.name_tag) for options in one] == [(2, "")]


@pytest.mark.parametrize("wrong", ["x", "-1", "5", "1,2"])
def test_other_palettes_are_refused(wrong: str) -> None:
    given = {"palette": wrong, "output": None, "overwrite": False, "skip": False}
    with pytest.raises(UsageError, match="--palette"):
        list(colorings_of(Path("film.mkv"), given))


def test_all_palettes_do_not_fit_through_a_pipe() -> None:
    given = {"palette": "all", "output": PIPE, "overwrite": False, "skip": False}
    with pytest.raises(UsageError, match="pipe"):
        list(colorings_of(Path("film.mkv"), given))
