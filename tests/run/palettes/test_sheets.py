"""Colourings of each shot side by side: the right ones, judged rightly, in pictures that a person finds."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from examples.six_shots import SHOTS
from tcvc_cli.errors import InputError, OutputExists, OutputIsInput, UsageError
from tcvc_cli.model.shot import color_shot, coloring_of
from tcvc_cli.plan.steps import InWindows
from tcvc_cli.plan.takes import Take
from tcvc_cli.records import Shot
from tcvc_cli.run.batch.find import find_files
from tcvc_cli.run.batch.options import Search
from tcvc_cli.run.events import Event, PalettesLaid, ShotPalettes, Skipped
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.frames import FrameReader
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.palettes.coloring import colored_excerpt
from tcvc_cli.run.palettes.excerpts import excerpt_of
from tcvc_cli.run.palettes.film import lay_palettes
from tcvc_cli.run.palettes.request import PalettesRequest, shot_numbers
from tcvc_cli.run.plan import method_of
from tcvc_cli.run.references.coverage import planned
from tcvc_cli.settings.film.decisions import Look
from tests.material.present import present
from tests.material.tiny_palettes import load_tiny

COLUMN_PX = 254  # a picture and the gap after it
FIRST = (140, 60)  # x, y of the first picture


@pytest.fixture
def film(six_shots: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(six_shots, tmp_path / "film.mkv"))


@pytest.fixture
def options(film: Path) -> Options:
    """Its shots are those of a list, the fourth of them one frame."""
    shots = film.with_name("shots.csv")
    shots.write_text("start_frame,stop_frame\n" + "".join(f"{a},{b}\n" for a, b in pairwise(SHOTS)))
    return Options(film, model="tcvc-mini", model_size_px=64, device="cpu", shots_file=shots)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.run.computing.load_colorizer", load_tiny)


def laid(options: Options, *shots: str) -> list[Event]:
    return list(lay_palettes(PalettesRequest(options, tuple(map(shot_numbers, shots)))))


def rows_of(events: Sequence[Event]) -> list[ShotPalettes]:
    return [event for event in events if isinstance(event, ShotPalettes)]


def sheets_of(events: Sequence[Event]) -> list[str]:
    assert isinstance(events[-1], PalettesLaid)
    return [sheet.name for sheet in events[-1].sheets]


def read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(present(cv2.imread(str(path)))[..., ::-1], np.uint8)


@pytest.mark.usefixtures("tiny")
def test_a_row_for_each_shot_names_the_best(options: Options) -> None:
    events = laid(options)
    rows = rows_of(events)
    assert [(row.shot, row.start, row.stop) for row in rows] == [
        (number, start, stop) for number, (start, stop) in enumerate(pairwise(SHOTS), 1)
    ]
    for row in rows:
        assert [one.coloring for one in row.colorings] == [0, 1, 2, 3, "ensemble"]
        own, *others, _ = (one.chroma for one in row.colorings)
        assert [other / own for other in others] == pytest.approx([1.5, 2, 2.5], rel=1e-4)
        assert row.most_saturated == 3
        assert row.palette == 0
    assert rows[2].starts_s == Fraction(12, 25)
    assert [one.flicker is None for one in rows[3].colorings] == [True] * 5  # a shot of one frame
    assert rows[3].steadiest is None
    flickers = {one.coloring: present(one.flicker) for one in rows[2].colorings}
    assert flickers[1] == pytest.approx(flickers[0], rel=1e-3)  # as steady, only stronger
    assert flickers[present(rows[2].steadiest)] == min(flickers.values())
    assert b"COLORIZED_WITH" in options.input.with_name("film.palettes.png").read_bytes()


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("is_ensemble", [False, True])
def test_colours_are_those_of_the_complete_shot(options: Options, *, is_ensemble: bool) -> None:
    """The slow twin colours all of it, in one window."""
    plan, computing = planned(options)
    take, plain = Take(Shot(12, 72)), method_of(options, plan.clips_per_window)
    assert isinstance(plain, InWindows)
    excerpt = excerpt_of(take, plain)
    assert excerpt.plain.clips != excerpt.further.clips
    colored = colored_excerpt(plan, computing, excerpt, Look(), (0, 1))
    steps = replace(plain, is_ensemble=is_ensemble).steps(take)
    computing.choose(Look())
    with FrameReader(plan, 72) as reader:
        lightness = (lit.lightness for lit in reader.read(12, 72))
        coloring = coloring_of("windows", computing.engine)
        complete = np.stack(list(color_shot(coloring, steps, lightness)))
    wanted = complete[excerpt.judged.start - 12 : excerpt.judged.stop - 12]
    found = dict(colored.colorings)
    np.testing.assert_allclose(found["ensemble" if is_ensemble else 0], wanted, atol=1e-4)
    assert np.abs(found["ensemble"] - found[0]).max() > 0.01
    assert colored.shown.frame.number == excerpt.shown == excerpt.judged.start + colored.place


def photograph(path: Path) -> Path:
    y, x = np.mgrid[:180, :240]
    grey = 128 + 60 * np.sin(x / 30) * np.cos(y / 25) + 30 * (x > 120)
    cv2.imwrite(str(path), np.clip(grey, 0, 255).astype(np.uint8))
    return path


def test_the_pictures_of_a_photograph_are_those_that_colorize_makes(tmp_path: Path) -> None:
    options = Options(photograph(tmp_path / "portrait.png"), model="tcvc-mini", device="cpu")
    events = laid(options)
    (row,) = rows_of(events)
    assert sheets_of(events) == ["portrait.palettes.png"]
    assert row.steadiest is None
    sheet, pictures = read(tmp_path / "portrait.palettes.png"), []
    for place in range(6):
        left = FIRST[0] + place * COLUMN_PX
        pictures.append(sheet[FIRST[1] : FIRST[1] + 180, left : left + 240].astype(int))
    for palette in range(5):
        output = tmp_path / f"{palette}.png"
        list(colorize(replace(options, palette=palette, output=output)))
        wanted = read(output).astype(int)
        apart = [np.abs(picture - wanted).mean() for picture in pictures[:5]]
        assert int(np.argmin(apart)) == palette
        assert apart[palette] < 0.5
        assert sorted(apart)[1] > 2 * apart[palette] + 0.2
    np.testing.assert_array_equal(pictures[5], pictures[0])


def test_the_settings_count_and_kept_shots_are_left_out(options: Options) -> None:
    options.input.with_name("film.tcvc.toml").write_text(
        "[[shot]]\nnumber = 1\npalette = 3\nsaturation = 2\n"
        "[[shot]]\nnumber = 2\nsaturation = 0\n"
        "[[shot]]\nnumber = 3\nkeep = true\n"
    )
    events = laid(options, "1-3")
    first, second = rows_of(events)
    assert (first.shot, first.palette, second.shot, second.palette) == (1, 3, 2, 0)
    assert [one.chroma for one in second.colorings] == [0] * 6
    assert second.steadiest is None
    options.input.with_name("film.tcvc.toml").unlink()
    plain, _ = rows_of(laid(replace(options, on_existing="overwrite"), "1-2"))
    twice = [one.chroma / other.chroma for one, other in zip(first.colorings, plain.colorings, strict=True)]
    assert twice == pytest.approx([2] * 6, rel=1e-3)
    options.input.with_name("film.tcvc.toml").write_text("[film]\nkeep = true\n")
    with pytest.raises(InputError, match="nothing to choose"):
        laid(replace(options, on_existing="overwrite"))


@pytest.mark.usefixtures("tiny")
def test_many_shots_are_several_sheets(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.run.palettes.film.MOST_ROWS", 4)
    folder = options.input.parent
    events = lay_palettes(PalettesRequest(options))
    for event in events:
        if isinstance(event, ShotPalettes):
            assert not list(folder.glob("*.png"))
        last = event
    assert sheets_of([last]) == ["film.palettes.png", "film.palettes-2.png"]
    first, second = (read(folder / name) for name in sheets_of([last]))
    assert first.shape[1] == second.shape[1] == FIRST[0] + 5 * COLUMN_PX + 20
    assert first.shape[0] - second.shape[0] == 2 * (180 + 40 + 14)
    (folder / "film.palettes.png").unlink()
    with pytest.raises(OutputExists, match=r"film\.palettes-2\.png is there already"):
        laid(options)
    assert not (folder / "film.palettes.png").exists()


@pytest.mark.usefixtures("tiny")
def test_a_batch_takes_no_sheet_for_a_photograph(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.run.palettes.film.MOST_ROWS", 4)
    laid(options)
    folder = options.input.parent
    photograph(folder / "my.palettes.png")  # of somebody else
    found = find_files(Search((str(folder),), folder / "out"))
    assert [one.path.name for one in found] == ["film.mkv", "my.palettes.png"]


@pytest.mark.usefixtures("tiny")
def test_the_first_sheet_comes_last(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is stopped in the middle leaves no first sheet."""
    monkeypatch.setattr("tcvc_cli.run.palettes.film.MOST_ROWS", 2)
    folder, seen = options.input.parent, 0
    for event in lay_palettes(PalettesRequest(options)):
        seen += isinstance(event, ShotPalettes)
        if seen == 5:
            break
    assert sorted(one.name for one in folder.glob("*.png")) == ["film.palettes-2.png"]


@pytest.mark.usefixtures("tiny")
def test_what_is_there_stays_unless_wanted(options: Options, tmp_path: Path) -> None:
    sheet = tmp_path / "film.palettes.png"
    sheet.write_bytes(b"mine")
    with pytest.raises(OutputExists):
        laid(options)
    assert laid(replace(options, on_existing="skip")) == [Skipped(sheet)]
    assert sheet.read_bytes() == b"mine"
    laid(replace(options, on_existing="overwrite"), "1")
    assert read(sheet).shape == (60 + 180 + 54 + 60, FIRST[0] + 5 * COLUMN_PX + 20, 3)


def test_the_input_is_never_the_sheet(tmp_path: Path) -> None:
    portrait = photograph(tmp_path / "portrait.png")
    before = portrait.read_bytes()
    with pytest.raises(OutputIsInput):
        laid(Options(portrait, output=portrait, on_existing="overwrite"))
    assert portrait.read_bytes() == before


@pytest.mark.usefixtures("tiny")
def test_a_model_without_palettes_is_refused(options: Options) -> None:
    with pytest.raises(UsageError, match="other has no other palettes to lay beside its own") as caught:
        laid(replace(options, model="other"))
    assert caught.value.advice == "Use {model} tcvc-dino."
