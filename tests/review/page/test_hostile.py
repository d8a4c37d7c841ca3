"""Names and words out of files are shown as text, whatever they hold."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.material.review_browser import Opens
from tests.material.review_folder import Made

pytestmark = pytest.mark.slow

SCRIPT = "\"'><script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
BAD = f"{SCRIPT}</title></script> \u202emkv.exe \u2028 🎬 {{{{ 7 * 7 }}}} &amp; 'it''s'"


def test_names_titles_and_reasons(open_page: Opens) -> None:
    made = Made(file=f"{BAD}.mkv", title=BAD, reasons={1: [BAD], 2: [BAD]}, settings=f"# {SCRIPT}\n")
    one = open_page(made)
    page = one.page
    assert page.locator("#title").text_content() == BAD
    assert page.title().split() == BAD.split()
    assert page.locator(".card").first.locator(".reason").text_content() == BAD
    one.open_shot(1)
    assert page.locator(".why .reason").text_content() == BAD
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Colour again").click()
    command = page.locator("code").text_content() or ""
    assert command.startswith("tcvc colorize '\"'\\''><script>")
    page.get_by_role("button", name="Copy the command").click()
    expect(page.locator("#status")).not_to_be_empty()
    assert one.run("window.ran") is None
    assert page.locator("script:not([src]), img[onerror]").count() == 0


def test_a_reference_with_a_name_that_leads_elsewhere(open_page: Opens) -> None:
    one = open_page()
    one.open_shot(1)
    for name in ("../../etc/passwd", "..\\secret.png", "\u202egnp.exe", ".hidden"):
        take = "(name) => tcvcReview.references.take(0, new File([], name))"
        one.run(take, name)
    files = one.run("tcvcReview.history.reading.holds(0).references")
    assert files == [f"film.references/{name}" for name in ("etcpasswd", "secret.png", "gnp.exe", "hidden")]


def test_the_page_may_run_no_other_script(open_page: Opens) -> None:
    """The policy stops what would run in a page that somebody has changed."""
    one = open_page()
    one.run("document.body.insertAdjacentHTML('beforeend', \"<img src='data:,' onerror='window.ran = 1'>\")")
    one.page.wait_for_timeout(200)
    assert one.run("window.ran") is None
    assert any("Content Security Policy" in said for said in one.said)
    one.said.clear()


def test_settings_that_cannot_be_read_are_left_alone(open_page: Opens) -> None:
    one = open_page(Made(settings="[film]\nsaturation = .8\n"))
    expect(one.page.locator("#alert")).to_contain_text("film.tcvc.toml cannot be read")
    one.page.locator(".card").first.focus()
    one.page.keyboard.press("l")
    one.page.keyboard.press("s")
    assert one.page.locator(".card").count() == 6
    assert one.settings() == "[film]\nsaturation = .8\n"
