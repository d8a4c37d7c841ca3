"""Every key of a TOML text has its line, however it is written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tcvc_cli.settings.film.places import Path, line_of, walked

TEXT = '''\
top = 1 # [x]

[film] # [[shot]]
"a # b" = "x = [1, # 2"
'c.d'.e = 1979-05-27 07:32:00
list = [ # one
  1, "]",
  # between
  [ 2,
    3 ], { in = { deep = [
      4 ] } } ]
text = """
[not.a.table]
k = 1 \\""" still ""
"""
plain = \'\'\'
[[neither]] it's\'\'\'

  [[shot]]
  number = 1
[[shot.points]]
x = 0
[[shot.points]]
[[shot]]
[[shot.points]]

y . z = 2
[shot.other]
w = 3
'''
LINES: dict[Path, int] = {
    ("top",): 1,
    ("film",): 3,
    ("film", "a # b"): 4,
    ("film", "c.d"): 5,
    ("film", "c.d", "e"): 5,
    ("film", "list"): 6,
    ("film", "list", 0): 7,
    ("film", "list", 1): 7,
    ("film", "list", 2): 9,
    ("film", "list", 2, 0): 9,
    ("film", "list", 2, 1): 10,
    ("film", "list", 3): 10,
    ("film", "list", 3, "in"): 10,
    ("film", "list", 3, "in", "deep"): 10,
    ("film", "list", 3, "in", "deep", 0): 11,
    ("film", "text"): 12,
    ("film", "plain"): 16,
    ("shot", 0): 19,
    ("shot", 0, "number"): 20,
    ("shot", 0, "points", 0): 21,
    ("shot", 0, "points", 0, "x"): 22,
    ("shot", 0, "points", 1): 23,
    ("shot", 1): 24,
    ("shot", 1, "points", 0): 25,
    ("shot", 1, "points", 0, "y"): 27,
    ("shot", 1, "points", 0, "y", "z"): 27,
    ("shot", 1, "other"): 28,
    ("shot", 1, "other", "w"): 29,
}


def places_in(value: Any, above: Path = ()) -> Iterator[Path]:
    """Every place that the parser finds."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*above, key)
        yield from places_in(one, (*above, key))


def test_every_place_has_its_line() -> None:
    found = walked(TEXT)
    assert found.stop is None
    assert dict(found.lines) == LINES
    assert set(LINES) | {("shot",), *((("shot", n, "points")) for n in (0, 1))} == set(
        places_in(tomllib.loads(TEXT))
    )


def test_sections_are_the_lines_from_the_header_to_the_last_pair() -> None:
    sections = {
        one.place: (TEXT[one.start : one.body], TEXT[one.body : one.stop]) for one in walked(TEXT).sections
    }
    assert sections["shot", 0] == ("[[shot]]\n", "  number = 1\n")
    assert sections["shot", 0, "points", 1] == ("[[shot.points]]\n", "")
    assert sections["shot", 1, "points", 0] == ("[[shot.points]]\n", "\ny . z = 2\n")
    assert sections["film",][1].endswith("[[neither]] it's'''\n")


def test_a_place_that_is_not_known_is_where_it_lies_in() -> None:
    lines: Mapping[Path, int] = walked(TEXT).lines
    assert line_of(lines, ("shot", 1, "points", 0, "q", 7)) == 25
    assert line_of(lines, ("nowhere",)) == 1


PIECES = st.lists(
    st.sampled_from(
        [*list("[]{}\"'=.,#\\\n\r\t ab1-_"), '"""', "'''", "[[a]]\n", "a = 1\n", "b=[\n", "{a=1}"]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=600, deadline=None)
@given(PIECES)
def test_whatever_is_toml_is_walked_through_and_every_key_found(text: str) -> None:
    """And where the walk stops before the end, there is no TOML."""
    found = walked(text)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert found.stop is None
    tables = {place[:-1] for place in found.lines if isinstance(place[-1], int)}
    assert set(places_in(table)) == set(found.lines) | tables
