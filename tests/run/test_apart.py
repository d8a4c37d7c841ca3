"""Shots that show the same thing in other colours find out about each other."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tcvc_cli.names import work_folder_of
from tcvc_cli.review.report.film import make_report
from tcvc_cli.review.report.request import ReportRequest
from tcvc_cli.run.events import ShotStarted
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film_memory.take_memory import FilmMemory
from tcvc_cli.run.options.film import Options
from tests.material.colored_films import colors_of
from tests.material.control_page import EDGES, make_material

pytestmark = pytest.mark.slow  # each colours a film, some of them twice

ROWS = "".join(f"{start},{stop}\n" for start, stop in pairwise(EDGES))
PALETTE = "[[shot]]\nnumber = {}\npalette = 3\n"
SAYS_SO = "differs from shot {}, which shows the same thing"


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """The third shot shows what the first does."""
    folder = tmp_path / "films"
    folder.mkdir()
    make_material(folder)
    (folder / "shots.csv").write_text(f"start_frame,stop_frame\n{ROWS}")
    return Options(
        folder / "film.mkv",
        shots_file=folder / "shots.csv",
        model="tcvc-mini",
        on_existing="overwrite",
        model_size_px=64,
        device="cpu",
    )


def run(options: Options, text: str = "") -> list[int]:
    """The numbers of the shots that were coloured."""
    options.input.with_name("film.tcvc.toml").write_text(text)
    return [one.number for one in colorize(options) if isinstance(one, ShotStarted)]


def apart(options: Options) -> dict[int, int]:
    """By the number of each shot of which something is said, the frame it is held against."""
    shots = make_report(ReportRequest(options.input, is_in_order=True)).shots
    known = {one.number: one.appraisal.apart_from for one in shots if one.appraisal}
    return {number: frame for number, frame in known.items() if frame is not None}


def differing(options: Options) -> dict[int, str]:
    shots = make_report(ReportRequest(options.input, is_in_order=True)).shots
    said = {one.number: [words for words in one.reasons if words.startswith("differs")] for one in shots}
    return {number: words[0] for number, words in said.items() if words}


def test_a_palette_for_one_shot_is_told_of_and_so_is_that_it_is_gone(options: Options) -> None:
    run(options)
    assert apart(options) == {1: 22, 3: 0}
    assert differing(options) == {}
    both = {1: SAYS_SO.format(3), 3: SAYS_SO.format(1)}
    for number in (3, 1):
        assert number in run(options, PALETTE.format(number))
        assert differing(options) == both
    run(options, PALETTE.format(1) + PALETTE.format(3))
    assert differing(options) == {}


def test_of_shots_that_hear_of_no_other_nothing_is_said(options: Options) -> None:
    run(replace(options, is_shot_alone=True))
    assert apart(options) == {}
    run(replace(options, is_causal=True), "")
    assert apart(options) == {}


def test_a_locked_shot_is_held_against_none(options: Options) -> None:
    run(options)
    run(options, "[[shot]]\nnumber = 3\nlocked = true\n")
    assert apart(options) == {}


def test_finding_out_changes_no_colour(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    run(options)
    result = options.input.with_name("film.color.mkv")
    found = colors_of(result)
    assert not work_folder_of(result).exists()
    monkeypatch.setattr(FilmMemory, "apart", lambda *_: None)
    result.unlink()
    result.with_name("film.color.mkv.json").unlink()
    run(options)
    assert apart(options) == {}
    assert all((one == other).all() for one, other in zip(found, colors_of(result), strict=True))
