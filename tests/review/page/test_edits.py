"""The text of the settings: what is not decided anew stays as a person wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tcvc_cli.settings.film.read import settings_from_text
from tests.material.review_browser import WIDE, Opened, opened_page
from tests.material.review_folder import Made

pytestmark = pytest.mark.slow

DECIDE = """
([text, decisions]) => {
  tcvcReview.history.start(text);
  for (const [index, step] of decisions) tcvcReview.decide(index, [step], "it");
  return tcvcReview.history.text;
}
"""
POINT = {"frame": 52, "x": 0.5, "y": 1, "color": "#aabbcc"}


@pytest.fixture(scope="module")
def editing(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A page of 30 shots of 2 seconds, for all tests here."""
    folder = tmp_path_factory.mktemp("editing") / "film.review"
    one = opened_page(browser, folder, Made(shots=30, has_clips=False), WIDE, "dark")
    yield one
    one.page.context.close()
    assert one.complaints() == []


def decided(editing: Opened, text: str, *decisions: tuple[int, dict[str, Any]]) -> str:
    """The text after each decision: the index of a shot, or -1 for the film, and a step as edit.js has it.
    What comes of it can be read by the program."""
    after = str(editing.run(DECIDE, [text, [list(one) for one in decisions]]))
    settings_from_text(after.removeprefix("\ufeff"), Path("film.tcvc.toml"))
    return after


FULL = """\
#:schema settings.schema.json
# The garden.
[film]                          # for every shot
saturation = 0.9
hue_maps = ["blue -> brown"]

[[shot]]
number = 3  # the third
starts = "0:00:04.000"
palette = 2
hue_maps = ["green -> olive", { map = "220 -> 30", width = 40, strength = 0.8 }]
locked = true
[[shot.points]]
frame = 97
x = 0.41
y = 0.30
colour = "#6b4a2b"   # brown
radius = 0.03
[[shot.strokes]]
frame = 98
file = "strokes/98.png"

# The last.
[[shot]]
number = 21
starts = "0:00:40.000"
points = [{ frame = 961, x = 0.1, y = 1e-1, color = "none" }]
"""


def test_numbers_change_where_they_stand(editing: Opened) -> None:
    after = decided(
        editing,
        FULL,
        (-1, {"key": "saturation", "value": 1}),
        (2, {"key": "palette", "value": 4}),
        (2, {"key": "locked"}),
        (20, {"key": "warmth", "value": -0.25}),
    )
    expected = FULL.replace("saturation = 0.9", "saturation = 1.0").replace("palette = 2", "palette = 4")
    expected = expected.replace("locked = true\n", "")
    assert after == expected + "warmth = -0.25\n"


def test_new_entries_go_where_their_time_is(editing: Opened) -> None:
    palette = {"key": "palette", "value": 1}
    after = decided(editing, FULL, (0, palette), (10, palette), (29, palette))
    entries = [
        f'[[shot]]\nnumber = {number}\nstarts = "0:{seconds // 60:02}:{seconds % 60:02}.000"\npalette = 1\n'
        for number, seconds in ((1, 0), (11, 20), (30, 58))
    ]
    expected = FULL.replace("[[shot]]\nnumber = 3", f"{entries[0]}\n[[shot]]\nnumber = 3")
    expected = expected.replace("# The last.", f"{entries[1]}\n# The last.")
    assert after == f"{expected}\n{entries[2]}"


def test_points_in_tables_of_their_own(editing: Opened) -> None:
    moved = {"frame": 97, "x": 0.5, "y": 0.3, "color": "#6b4a2b", "radius": 0.03}
    after = decided(
        editing,
        FULL,
        (2, {"key": "points", "at": 0, "value": moved}),
        (2, {"key": "points", "add": True, "value": POINT | {"frame": 100}}),
    )
    added = '[[shot.points]]\nframe = 100\nx = 0.5\ny = 1.0\ncolor = "#aabbcc"\n'
    strokes = 'file = "strokes/98.png"\n'
    assert after == FULL.replace("x = 0.41", "x = 0.5").replace(strokes, strokes + added)
    assert decided(editing, after, (2, {"key": "points", "at": 0})).count("[[shot.points]]") == 1


def test_points_in_braces(editing: Opened) -> None:
    after = decided(
        editing,
        FULL,
        (20, {"key": "points", "add": True, "value": POINT | {"frame": 970, "radius": 0.1}}),
        (20, {"key": "points", "at": 0}),
    )
    point = '{ frame = 970, x = 0.5, y = 1.0, color = "#aabbcc", radius = 0.1 }'
    assert after == FULL.replace('{ frame = 961, x = 0.1, y = 1e-1, color = "none" }', point)


def test_lists_change_item_by_item(editing: Opened) -> None:
    after = decided(
        editing,
        FULL,
        (2, {"key": "hue_maps", "add": True, "value": "red -> pink"}),
        (2, {"key": "hue_maps", "at": 0}),
        (-1, {"key": "hue_maps", "at": 0, "value": {"map": "blue -> 30", "width": 45}}),
    )
    expected = FULL.replace('"green -> olive", ', "").replace(
        "strength = 0.8 }", 'strength = 0.8 }, "red -> pink"'
    )
    assert after == expected.replace('"blue -> brown"', '{ map = "blue -> 30", width = 45.0 }')


def test_a_list_on_many_lines_keeps_its_comments(editing: Opened) -> None:
    text = '[film]\nhue_maps = [\n  "blue -> brown", # sky\n  # grass\n  "green -> olive" # dry\n]\n'
    after = decided(
        editing,
        text,
        (-1, {"key": "hue_maps", "add": True, "value": "red -> pink"}),
        (-1, {"key": "hue_maps", "at": 0}),
    )
    assert after == '[film]\nhue_maps = [\n  # grass\n  "green -> olive", # dry\n  "red -> pink"\n]\n'


def test_an_empty_file(editing: Opened) -> None:
    after = decided(
        editing, "", (1, {"key": "points", "add": True, "value": POINT}), (-1, {"key": "keep", "value": True})
    )
    point = '[[shot.points]]\nframe = 52\nx = 0.5\ny = 1.0\ncolor = "#aabbcc"\n'
    assert after == f'[film]\nkeep = true\n\n[[shot]]\nnumber = 2\nstarts = "0:00:02.000"\n{point}'


def test_an_entry_that_decides_nothing_any_more_goes_unless_words_stand_at_it(editing: Opened) -> None:
    shots = [f"[[shot]]\nnumber = {number}\npalette = 1\n" for number in (1, 2, 3)]
    text = f"{shots[0]}\n{shots[1]}\n# why\n{shots[2]}"
    unset = {"key": "palette"}
    assert decided(editing, text, (0, unset)) == f"{shots[1]}\n# why\n{shots[2]}"
    assert decided(editing, text, (1, unset)) == f"{shots[0]}\n# why\n{shots[2]}"
    assert decided(editing, text, (2, unset)) == text.removesuffix("palette = 1\n")


def test_line_ends_and_mark_of_windows(editing: Opened) -> None:
    text = "\ufeff# a\r\n[[shot]]\r\nnumber = 1\r\npalette = 3 # x\r\n"
    after = decided(editing, text, (0, {"key": "palette", "value": 1}), (1, {"key": "keep", "value": True}))
    entry = '\r\n[[shot]]\r\nnumber = 2\r\nstarts = "0:00:02.000"\r\nkeep = true\r\n'
    assert after == text.replace("3", "1") + entry


def test_shots_in_braces_and_dotted_keys(editing: Opened) -> None:
    text = "film.saturation = 0.5\nshot = [{ number = 1, palette = 2 }, { number = 2, keep = true }] # both\n"
    after = decided(
        editing,
        text,
        (0, {"key": "palette", "value": 1}),
        (-1, {"key": "saturation", "value": 0.75}),
        (1, {"key": "points", "add": True, "value": POINT}),
        (4, {"key": "locked", "value": True}),
    )
    settings = settings_from_text(after, Path("film.tcvc.toml"))
    assert "# both" in after
    assert settings.film.saturation == 0.75
    assert [one.address.number for one in settings.shots] == [1, 2, 5]
    assert [one.decisions.palette for one in settings.shots] == [1, None, None]
    assert settings.shots[1].decisions.points[0].color == (0xAA, 0xBB, 0xCC)


def test_times_go_before_numbers(editing: Opened) -> None:
    """The entry says shot 9 and the time of shot 2."""
    text = '[[shot]]\nnumber = 9\nstarts = "0:00:03.9"\npalette = 1\n'
    assert decided(editing, text, (1, {"key": "palette", "value": 2})) == text.replace("= 1", "= 2")


def test_a_name_with_quotes(editing: Opened) -> None:
    name = 'film.references/a "b" é 🎬.png'
    after = decided(editing, "", (0, {"key": "references", "add": True, "value": name}))
    [shot] = settings_from_text(after, Path("film.tcvc.toml")).shots
    assert shot.decisions.references == (Path(name),)


def test_what_cannot_be_said_changes_nothing(editing: Opened) -> None:
    """A list that is none."""
    text = "[[shot]]\nnumber = 1\n"
    step = {"key": "hue_maps", "at": 3, "value": "red -> pink"}
    assert decided(editing, text, (0, step)) == text
    assert editing.run("document.getElementById('alert').textContent") != ""


def test_holds_as_the_program_says(editing: Opened) -> None:
    text = """
[film]
saturation = 0.9
hue_maps = ["blue -> brown"]
[[shot]]
number = 1
warmth = 0.5
hue_maps = []
[[shot]]
number = 2
same_as = "0:00:00.000"
saturation = 2.0
"""
    editing.run(DECIDE, [text, []])
    keys = "({saturation, warmth, hue_maps, same_as}) => [saturation, warmth, hue_maps.length, same_as]"
    holds = editing.run(f"[0, 1, 2].map((one) => ({keys})(tcvcReview.history.reading.holds(one)))")
    assert holds == [[0.9, 0.5, 0, None], [2, 0.5, 0, 1], [0.9, 0, 1, None]]
