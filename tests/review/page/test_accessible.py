"""axe-core finds nothing serious, at two widths and in two colour schemes; nothing scrolls sideways."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from tests.material.review_browser import NARROW, WIDE, Opened, Opens
from tests.material.review_folder import Made

pytestmark = pytest.mark.slow

MADE = Made(
    settings='[film]\nhue_maps = ["blue -> brown"]\n[[shot]]\nnumber = 2\nkeep = true\n'
    'references = ["a.png"]\npoints = [{ frame = 72, x = 0.3, y = 0.4, color = "#102030" }]\n',
    in_color=(4,),
)
SIDEWAYS = """
() => [document.documentElement, ...document.querySelectorAll("dialog[open]")]
  .some((one) => one.scrollWidth > one.clientWidth)
"""


def faults(one: Opened) -> list[str]:
    found = Axe().run(one.page, options={"preload": False}).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def check(one: Opened) -> None:
    assert faults(one) == []
    assert not one.run(SIDEWAYS)


@pytest.mark.parametrize(("size_px", "scheme"), [(WIDE, "dark"), (NARROW, "light")])
def test_every_screen(open_page: Opens, size_px: tuple[int, int], scheme: str) -> None:
    one = open_page(MADE, size_px, scheme=scheme)
    check(one)
    one.page.keyboard.press("?")
    check(one)
    one.page.keyboard.press("Escape")
    for name in ("Whole film", "Colour again"):
        one.page.get_by_role("button", name=name).click()
        check(one)
        one.page.keyboard.press("Escape")
    one.open_shot(2)
    check(one)
    one.page.keyboard.press("p")
    one.page.keyboard.press("c")
    one.page.keyboard.press("Enter")
    check(one)


def test_the_focus_stays_in_a_window_and_comes_back(open_page: Opens) -> None:
    one = open_page()
    one.page.get_by_role("button", name="Whole film").focus()
    one.page.keyboard.press("Enter")
    for _ in range(40):
        one.page.keyboard.press("Tab")
        assert one.run(
            "document.activeElement === document.body || !!document.activeElement.closest('#film')"
        )
    one.page.keyboard.press("Escape")
    expect(one.page.get_by_role("button", name="Whole film")).to_be_focused()


def test_messages_are_read_out_over_a_window(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(1)
    one.page.keyboard.press("l")
    expect(one.page.locator("#shot").get_by_role("status")).to_have_text("Lock: on.")
