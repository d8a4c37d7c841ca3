"""What an archivist does with a mouse, and the settings file that comes of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, expect

from tcvc_cli.color.grade import HueMap
from tcvc_cli.settings.film.decisions import Decisions, Point, ShotAddress
from tcvc_cli.settings.film.hue_names import named_hues
from tcvc_cli.settings.film.read import read_settings, settings_from_text
from tests.material.review_browser import Opened, Opens
from tests.material.review_folder import Made

pytestmark = pytest.mark.slow
HUES = dict(named_hues())

EXPECTED = """\
# The garden film.
[film]
saturation = 0.9

[[shot]]
number = 2
starts = "0:00:02.000"
palette = 2
saturation = 1.25
same_as = "0:00:06.000"
[[shot.points]]
frame = 72
x = 0.25
y = 0.5
color = "#336699"
radius = 0.05
"""


def act(one: Opened) -> None:
    page = one.page
    one.open_shot(2)
    slide(one)
    page.locator(".palettes label", has_text="Palette 2").click()
    page.get_by_label("Saturation as a number").fill("1.25")
    page.get_by_label("Same as shot").fill("4")
    page.get_by_role("button", name="Set points").click()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    page.get_by_label("Colour of point 1").fill("#336699")
    page.get_by_label("Radius of point 1").fill("0.05")
    page.locator(".switch", has_text="Keep grey").click()
    page.keyboard.press("Control+z")


def slide(one: Opened) -> None:
    box = one.page.locator(".stage").bounding_box()
    assert box is not None
    one.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    one.page.mouse.down()
    one.page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20, steps=3)
    one.page.mouse.up()


def click_stage(one: Opened, x: float, y: float) -> None:
    box = one.page.locator(".stage").bounding_box()
    assert box is not None
    one.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def downloaded(one: Opened, folder: Path) -> Path:
    with one.page.expect_download() as download:
        one.page.keyboard.press("s")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_what_was_chosen_is_downloaded(open_page: Opens, tmp_path: Path) -> None:
    one = open_page(Made(settings="# The garden film.\n[film]\nsaturation = 0.9\n"))
    act(one)
    expect(one.page.get_by_role("slider", name="Before and after")).to_have_attribute("aria-valuenow", "25")
    path = downloaded(one, tmp_path)
    assert (path.name, path.read_text()) == ("film.tcvc.toml", EXPECTED)
    [shot] = read_settings(path).shots
    point = Point(72, 0.25, 0.5, (0x33, 0x66, 0x99), 0.05)
    assert shot.address == ShotAddress(2, Fraction(2))
    assert shot.decisions == Decisions(
        palette=2, saturation=1.25, same_as=ShotAddress(starts_s=Fraction(6)), points=(point,)
    )
    assert one.run("tcvcReview.history.isSaved()")


def test_dials_are_turned_and_reset(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(1)
    one.page.get_by_label("Warmth", exact=True).focus()
    for _ in range(3):
        one.page.keyboard.press("ArrowRight")
    one.page.get_by_label("Vivid", exact=True).fill("0.5")
    decided = settings_from_text(one.settings(), Path("film.tcvc.toml")).shots[0].decisions
    assert decided == Decisions(warmth=0.15, vivid=0.5)
    one.page.get_by_label("Reset warmth").click()
    one.page.get_by_label("Reset vivid").click()
    assert one.settings() == ""


def test_a_number_that_does_not_fit_is_refused(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(1)
    number = one.page.get_by_label("Saturation as a number")
    number.fill("7")
    number.press("Tab")
    expect(one.page.locator("#alert")).to_have_text("Saturation goes from 0 to 4.")
    assert (one.settings(), number.input_value()) == ("", "1")


def test_the_picture_follows_a_dial(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(2)
    before = one.run("tcvcReview.opened.view.canvases.after.toDataURL()")
    one.page.get_by_label("Saturation", exact=True).fill("0")
    one.drawn()
    assert one.run("tcvcReview.opened.view.canvases.after.toDataURL()") != before
    grey = one.run("tcvcReview.opened.view.canvases.before.toDataURL()")
    assert one.run("tcvcReview.opened.view.canvases.after.toDataURL()") == grey


def test_hue_maps(open_page: Opens) -> None:
    one = open_page(Made(settings='[film]\nhue_maps = ["blue -> brown"]\n'))
    page = one.page
    one.open_shot(3)
    expect(page.get_by_text("Not from here: blue → brown")).to_be_visible()
    page.get_by_label("Hue to change").fill("Green")
    page.get_by_label("Becomes").fill("75.5")
    page.get_by_role("button", name="Add").click()
    page.get_by_label("width").nth(1).fill("40")
    page.get_by_label("width").nth(1).press("Enter")
    maps = settings_from_text(one.settings(), Path("film.tcvc.toml")).shots[0].decisions.hue_maps
    assert maps == (HueMap(HUES["blue"], HUES["brown"]), HueMap(HUES["green"], 75.5, 40.0))
    page.get_by_label("Remove hue map 2").click()
    page.get_by_label("Remove hue map 1").click()
    assert settings_from_text(one.settings(), Path("film.tcvc.toml")).shots[0].decisions.hue_maps == ()


def test_a_hue_that_there_is_not_is_refused(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(3)
    one.page.get_by_label("Hue to change").fill("bluish")
    one.page.get_by_label("Becomes").fill("pink")
    one.page.get_by_label("Becomes").press("Enter")
    expect(one.page.locator("#alert")).to_contain_text("A hue is a name")
    assert one.settings() == ""


def test_a_shot_is_not_like_one_that_is_like_another(open_page: Opens) -> None:
    one = open_page(Made(settings="[[shot]]\nnumber = 4\nsame_as = 1\n"))
    one.open_shot(2)
    box = one.page.get_by_label("Same as shot")
    for other, why in (("2", "not like itself"), ("4", "is itself like shot 1"), ("99", "shots 1 to 6")):
        box.fill(other)
        box.press("Enter")
        expect(one.page.locator(".fault")).to_contain_text(why)
    assert one.settings().count("same_as") == 1


def test_points_on_frames_of_the_clip_are_moved_and_deleted(open_page: Opens) -> None:
    one = open_page()
    page = one.page
    one.open_shot(2)
    page.keyboard.press("c")
    page.get_by_label("Frame of the clip").fill("5")
    page.keyboard.press("p")
    click_stage(one, 0.75, 0.75)
    spot = page.get_by_role("button", name="Point 1:")
    spot.focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_label("keep grey", exact=True).click()
    [point] = settings_from_text(one.settings(), Path("film.tcvc.toml")).shots[0].decisions.points
    assert (point.frame, point.color) == (48 + 20, None)
    assert (point.x, point.y) == pytest.approx((0.74, 0.75), abs=0.002)
    spot.focus()
    page.keyboard.press("Delete")
    assert one.settings() == ""


def test_a_point_is_dragged(open_page: Opens) -> None:
    settings = '[[shot]]\nnumber = 2\npoints = [{ frame = 72, x = 0.5, y = 0.5, colour = "#102030" }]\n'
    one = open_page(Made(settings=settings))
    one.open_shot(2)
    one.page.get_by_role("button", name="Set points").click()
    box = one.page.locator(".spot").bounding_box()
    stage = one.page.locator(".stage").bounding_box()
    assert box is not None
    assert stage is not None
    one.page.mouse.move(box["x"] + 5, box["y"] + 5)
    one.page.mouse.down()
    one.page.mouse.move(stage["x"] + stage["width"] / 4, stage["y"] + stage["height"] / 4, steps=4)
    one.page.mouse.up()
    [point] = settings_from_text(one.settings(), Path("film.tcvc.toml")).shots[0].decisions.points
    assert (point.x, point.y) == pytest.approx((0.25, 0.25), abs=0.002)
    assert one.settings().endswith(', colour = "#102030" }]\n')


def test_a_reference_is_named_where_it_cannot_be_taken(open_page: Opens, tmp_path: Path) -> None:
    picture = tmp_path / "the kitchen.png"
    picture.write_bytes(b"")
    one = open_page()
    one.open_shot(1)
    one.page.locator(".drop input").set_input_files(picture)
    assert 'references = ["film.references/the kitchen.png"]' in one.settings()
    expect(one.page.locator("#status")).to_contain_text("as film.references/the kitchen.png")


def test_the_whole_film(open_page: Opens) -> None:
    one = open_page(Made(settings="# Mine.\n[[shot]]\nnumber = 1\nsaturation = 0.5\n"))
    page = one.page
    page.get_by_role("button", name="Whole film").click()
    page.locator("#film .palette", has_text="Palette 1").click()
    page.locator("#film").get_by_label("Saturation as a number").fill("0.8")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    film = "[film]\npalette = 1\nsaturation = 0.8\n\n"
    assert one.settings() == film + "# Mine.\n[[shot]]\nnumber = 1\nsaturation = 0.5\n"
    holds = one.run("[0, 1].map((index) => tcvcReview.history.reading.holds(index).saturation)")
    assert holds == [0.5, 0.8]
    expect(page.locator("#counts")).to_have_text("6 shots · 1 decided · 6 to colour again")


def test_which_shots_are_shown(open_page: Opens) -> None:
    """All, those of which something is noted, the worst of them first, and those that are decided."""
    one = open_page(
        Made(
            settings="[[shot]]\nnumber = 3\npalette = 1\n",
            reasons={1: ["drifts"], 4: ["flickers"]} | {key: [] for key in (2, 3, 5, 6)},
        )
    )
    page, numbers = one.page, one.page.locator(".card-number")
    page.locator("#filter label", has_text="Noted").click()
    assert sorted(numbers.all_text_contents()) == ["1", "4"]
    page.locator("#filter label", has_text="Decided").click()
    assert numbers.all_text_contents() == ["3"]
    page.locator("#filter label", has_text="All").click()
    assert len(numbers.all_text_contents()) == 6


def test_leaving_with_unsaved_decisions_is_asked_about(open_page: Opens) -> None:
    one = open_page()
    one.page.locator(".card").first.click()
    one.page.locator("#shot .card, .switch").first.click()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    one.page.on("dialog", stay)
    one.page.close(run_before_unload=True)
    one.page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
