"""What a person may type for a palette."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcvc_cli.cli.commands.coloring.colorize import colorings_of
from tcvc_cli.errors import UsageError
from tcvc_cli.run.options.film import PIPE


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
