"""How a contact sheet is laid out, and what letters it has for any name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tcvc_cli.review.sheet.drawing import MOST_SHOTS, Cell, columns_for, picture_px, sheet_of
from tcvc_cli.run.contact_sheets import drawable, shortened, width_px, write

GREY = np.full((180, 240, 3), 120, np.uint8)


def cells(count: int, sides: int = 2) -> list[Cell]:
    return [Cell(number, "0:00:01.000", "", (GREY,) * sides) for number in range(1, count + 1)]


@pytest.mark.parametrize(("high", "wide"), [(180, 240), (240, 135), (100, 240)])
def test_sixty_shots_are_of_a_sensible_shape(high: int, wide: int) -> None:
    pair = Cell(1, "0:00:01.000", "", (np.zeros((high, wide, 3), np.uint8),) * 2)
    sheet = sheet_of("film.mkv", "60 shots", [pair] * 60)
    assert 1.1 < sheet.shape[1] / sheet.shape[0] < 1.8
    assert sheet.size < 36_000_000


def test_every_shot_has_its_place() -> None:
    columns = columns_for(7, 482, 180)
    sheet = sheet_of("film.mkv", "7 shots", cells(7))
    grey = (sheet == 120).all(axis=2)
    assert grey.sum() == 7 * 2 * 180 * 240
    assert grey[:, 20].any()
    assert columns == 2


def test_the_last_sheet_has_the_columns_of_the_first() -> None:
    first, last = sheet_of("film", "", cells(60)), sheet_of("film", "", cells(3), cells_of_first=60)
    assert first.shape[1] == last.shape[1]


def test_pictures_are_larger_where_there_are_few() -> None:
    assert [picture_px(count) for count in (1, 4, 5, 12, 13, MOST_SHOTS)] == [480, 480, 320, 320, 240, 240]


@given(st.text(st.characters(), max_size=60))
def test_any_name_can_be_drawn(name: str) -> None:
    words = drawable(name)
    assert words.isprintable()
    write(ImageDraw.Draw(Image.new("RGB", (300, 30))), (0, 0), name, (255, 255, 255))
    short = shortened(name, 120)
    assert width_px(short, 16) <= 120 or short == "..."


def test_what_there_is_no_letter_for_is_a_question_mark() -> None:
    assert drawable("film_1 (2) [x] & 'y'.mkv") == "film_1 (2) [x] & 'y'.mkv"
    assert drawable("Die Straße, à deux a\u0300 deux.mkv") == "Die Strasse, a deux a deux.mkv"
    assert drawable("a\nb\x1b[2Jc \u202e\udcff\U0001f600日") == "a?b?[2Jc ????"


def test_a_long_name_keeps_both_ends() -> None:
    short = shortened("x" * 300 + ".color.mkv", 200)
    assert short.startswith("xxx")
    assert short.endswith(".mkv")
    assert "..." in short
    sheet = sheet_of("y" * 5000, "z" * 5000, cells(1))
    assert sheet.shape[1] == 2 * 20 + 482


def test_a_narrow_picture_has_the_number_alone() -> None:
    narrow = Cell(12, "0:00:01.000", "in colour", (np.zeros((240, 16, 3), np.uint8),))
    assert sheet_of("film", "", [narrow]).shape[1] == 480
