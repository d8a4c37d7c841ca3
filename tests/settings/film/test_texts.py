"""Hue maps, points, strokes and times as a person types them."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from tcvc_cli.color.grade import HueMap
from tcvc_cli.run.options.colors import PALETTES
from tcvc_cli.settings.film.clock import clock_time, seconds_of
from tcvc_cli.settings.film.decisions import Point, Stroke
from tcvc_cli.settings.film.hue_names import (
    NAMED_COLORS,
    hue_from_text,
    hue_map_from_text,
    named_hues,
    text_of_hues,
)
from tcvc_cli.settings.film.keys import MOST_PALETTE
from tcvc_cli.settings.film.point_text import point_from_text, stroke_from_text


@pytest.mark.parametrize(("name", "color"), NAMED_COLORS)
def test_a_name_has_the_hue_of_its_colour(name: str, color: str) -> None:
    _, a, b = rgb2lab(np.array(list(bytes.fromhex(color[1:]))) / 255)
    assert hue_from_text(name) == pytest.approx(math.degrees(math.atan2(b, a)) % 360, abs=0.02)


def test_names_go_round_the_circle() -> None:
    """From pink by red, and no two share a hue."""
    hues = [degrees for _, degrees in named_hues()]
    assert len(set(hues)) == len(hues)
    by_name = dict(named_hues())
    ring = ("pink", "red", "orange", "yellow", "green", "cyan", "blue", "purple", "magenta")
    around = [(by_name[name] - by_name["pink"]) % 360 for name in ring]
    assert around == sorted(around)


@pytest.mark.parametrize("text", ["blue -> brown", "blue->brown", " Blue to BROWN ", "blue → brown"])
def test_a_hue_map_may_be_written_in_several_ways(text: str) -> None:
    assert hue_map_from_text(text) == HueMap(hue_from_text("blue"), hue_from_text("brown"))


def test_degrees_width_and_strength() -> None:
    assert hue_map_from_text("360 -> 30.5") == HueMap(0.0, 30.5)
    assert hue_map_from_text("220 -> tan, 40") == HueMap(220.0, hue_from_text("tan"), 40.0)
    assert hue_map_from_text("220 -> 30, 40, 0.8") == HueMap(220.0, 30.0, 40.0, 0.8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a hue map was expected: FROM -> TO"),
        ("blue", "a hue map was expected"),
        ("blue -> ", "a hue map was expected"),
        ("a -> b -> c", "a hue map was expected"),
        ("blue -> brown, 1, 1, 1", "a hue map was expected"),
        ("blue -> brown, wide", "a hue map was expected"),
        ("blue -> brown, 0", "a width goes from above 0 to 180 degrees, not 0"),
        ("blue -> brown, 181", "not 181"),
        ("blue -> brown, 40, 1.5", "a strength goes from 0 to 1, not 1.5"),
        ("361 -> 0", "'361' is no hue: degrees from 0 to 360, or one of pink, red"),
        ("nan -> 0", "'nan' is no hue"),
        ("1e2 -> 0", "'1e2' is no hue"),
        ("-1 -> 0", "'-1' is no hue"),
        ("١ -> 0", "is no hue"),
        ("b\x07ue -> 0", "'b?ue' is no hue"),
    ],
)
def test_what_is_no_hue_map_is_told_in_one_line(text: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        hue_map_from_text(text)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


@given(st.floats(0, 359.999).map(lambda hue: round(hue, 6)), st.sampled_from(named_hues()))
def test_written_hues_are_read_again(degrees: float, named: tuple[str, float]) -> None:
    one = HueMap(degrees, named[1])
    assert text_of_hues(one).endswith(f"-> {named[0]}")
    assert hue_map_from_text(text_of_hues(one)) == one


def test_points_and_strokes() -> None:
    brown = (0x6B, 0x4A, 0x2B)
    assert point_from_text("0.4,0.3,#6b4a2b") == Point(0, 0.4, 0.3, brown)
    assert point_from_text("1234, 0.4, .3, #6B4A2B, 0.05") == Point(1234, 0.4, 0.3, brown, 0.05)
    assert point_from_text("7,0,1,None") == Point(7, 0.0, 1.0, None)
    assert stroke_from_text("1240,strokes/a,b.png") == Stroke(1240, Path("strokes/a,b.png"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a point was expected"),
        ("0.4,0.3", "a point was expected"),
        ("0.4,#6b4a2b", "a point was expected"),
        ("1,2,3,4,#6b4a2b", "a point was expected"),
        ("0.4,0.3,#6b4a2b,0.1,0.1", "a point was expected"),
        ("0.4,0.3,#6b4a2", "a colour was expected, e.g. #6b4a2b"),
        ("0.4,0.3,red", "a point was expected"),
        ("1.4,0.3,none", "x and y go from 0 to 1, not '1.4'"),
        ("-0.1,0.3,none", "x and y go from 0 to 1"),
        ("nan,0.3,none", "x and y go from 0 to 1"),
        ("1.5,0.4,0.3,none", "a frame is a whole number from 0, not '1.5'"),
        ("-1,0.4,0.3,none", "a frame is a whole number"),
        ("0.4,0.3,none,0.6", "a radius goes from 0 to 0.5, not '0.6'"),
        ("0.4,0.3,none,0", "the radius of a point is above 0"),
    ],
)
def test_what_is_no_point_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        point_from_text(text)


@pytest.mark.parametrize("text", ["", "12", "12,", "x,a.png", "-1,a.png", f"{'9' * 11},a.png"])
def test_what_is_no_stroke_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"a stroke was expected|a frame is a whole number"):
        stroke_from_text(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", "0"), ("12.5", "12.5"), ("3:12.48", "192.48"), ("0:03:12.480", "192.48"), ("100:00:00", "360000")],
)
def test_times(text: str, seconds: str) -> None:
    assert seconds_of(text) == Fraction(seconds)
    assert seconds_of(clock_time(Fraction(seconds))) == Fraction(seconds)


@pytest.mark.parametrize("text", ["", "1:2:3:4", "-1", "1e3", "1.", ":1", "12 s", "١", "9" * 10])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="a time was expected"):
        seconds_of(text)


def test_palettes_are_those_of_the_command_line() -> None:
    assert PALETTES[-1] == MOST_PALETTE
