"""The page without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.material.review_browser import Opens
from tests.material.review_folder import Made

pytestmark = pytest.mark.slow


def test_a_shot_is_opened_decided_and_left(open_page: Opens) -> None:
    one = open_page()
    page = one.page
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    one.drawn()
    expect(page.locator("#shot-title")).to_contain_text("Shot 1")
    page.keyboard.press("j")
    one.drawn()
    page.keyboard.press("2")
    page.keyboard.press("l")
    page.keyboard.press("g")
    address = '[[shot]]\nnumber = 2\nstarts = "0:00:02.000"\n'
    assert one.settings() == address + "palette = 2\nlocked = true\nkeep = true\n"
    page.keyboard.press("g")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert one.settings() == address + "palette = 2\nlocked = true\n"
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Escape")
    assert one.settings() == address + "palette = 2\nlocked = true\nkeep = true\n"
    expect(page.locator(".card").nth(1)).to_be_focused()


def test_a_point_is_set_with_the_arrow_keys(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(2)
    for key in ("p", "ArrowLeft", "Shift+ArrowUp", "Enter"):
        one.page.keyboard.press(key)
    assert one.settings().endswith("[[shot.points]]\nframe = 72\nx = 0.49\ny = 0.45\n" + one.settings()[-18:])
    assert one.settings()[-18:].startswith('color = "#')


def test_the_slider_moves_with_the_keys(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(2)
    slider = one.page.get_by_role("slider", name="Before and after")
    slider.focus()
    for key, value in (("ArrowRight", "52"), ("PageDown", "42"), ("Home", "0"), ("End", "100")):
        one.page.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuenow", value)
    expect(one.page.locator("#shot-title")).to_contain_text("Shot 2")


def test_letters_are_letters_where_somebody_types(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(1)
    one.page.get_by_label("Hue to change").focus()
    one.page.keyboard.type("gjl2")
    assert (one.settings(), one.page.get_by_label("Hue to change").input_value()) == ("", "gjl2")
    expect(one.page.locator("#shot-title")).to_contain_text("Shot 1")


def test_b_shows_it_before_while_it_is_held(open_page: Opens) -> None:
    one = open_page()
    one.page.keyboard.press("j")
    one.page.keyboard.down("b")
    expect(one.page.locator(".thumb.is-before .before")).to_be_visible()
    one.page.keyboard.up("b")
    expect(one.page.locator(".thumb.is-before")).to_have_count(0)


def test_the_clip_plays_and_stops(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(2)
    one.page.keyboard.press("c")
    expect(one.page.locator(".frame-words")).to_have_text("0:00:02.000 · frame 48")
    one.page.keyboard.press("Space")
    one.page.wait_for_function("() => tcvcReview.opened.view.clip.index > 2")
    one.page.keyboard.press("Space")
    expect(one.page.get_by_role("button", name="Play")).to_be_visible()


def test_help_lists_the_keys_and_keeps_the_others_quiet(open_page: Opens) -> None:
    one = open_page()
    one.page.keyboard.press("?")
    expect(one.page.locator("#help")).to_be_visible()
    one.page.keyboard.press("g")
    one.page.keyboard.press("Escape")
    expect(one.page.locator("#help")).not_to_be_visible()
    assert one.settings() == ""


def test_the_worst_come_first_and_what_is_decided_alone(open_page: Opens) -> None:
    one = open_page(Made(settings="[[shot]]\nnumber = 5\nkeep = true\n"))
    numbers = one.page.locator(".card-number")
    one.page.keyboard.press("w")
    places = one.run("tcvcReview.state.shots.map((one) => [one.report.place, String(one.number)])")
    assert numbers.all_text_contents() == [number for _, number in sorted(places)]
    one.page.get_by_label("Decided").check(force=True)
    assert numbers.all_text_contents() == ["5"]
