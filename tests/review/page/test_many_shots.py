"""Of many shots only what is seen is fetched."""

from __future__ import annotations

import pytest

from tests.material.review_browser import Opens
from tests.material.review_folder import Made

pytestmark = pytest.mark.slow
SHOTS = 300
VISIBLE = """
() => [...document.querySelectorAll(".card")]
  .filter((one) => one.getBoundingClientRect().top < innerHeight).length
"""


def test_pictures_and_data_come_when_they_are_looked_at(open_page: Opens) -> None:
    one = open_page(Made(shots=SHOTS, palettes=(0,), has_clips=False, pictures=4))
    one.page.wait_for_load_state("networkidle")

    def asked(folder: str) -> list[str]:
        return [name for name in one.asked if f"/{folder}/" in name]

    def thumbs() -> int:
        return len(asked("thumbs"))

    visible = one.run(VISIBLE)
    first = thumbs()
    assert visible <= first < SHOTS / 2
    assert not any(name.endswith(".before.jpg") for name in asked("thumbs"))
    assert asked("shots") == []
    one.open_shot(3)
    assert [name.rsplit("/", 1)[1] for name in asked("shots")] == ["0003.js"]
    one.page.keyboard.press("Escape")
    one.page.locator(".card").nth(SHOTS - 1).scroll_into_view_if_needed()
    one.page.wait_for_function("() => [...document.images].at(-1).complete")
    assert first < thumbs() < SHOTS
