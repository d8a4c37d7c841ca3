"""Chromium, and pages that are opened in it from disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.material.review_browser import WIDE, Opened, Opens, opened_page
from tests.material.review_folder import Made

CHROMIUMS: Final = ("chromium", "chromium-browser", "google-chrome")
NEEDS_BROWSER: Final = "TCVC_NEEDS_BROWSER"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Without one the tests are passed over; with TCVC_NEEDS_BROWSER=1 they fail."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        assert os.environ.get(NEEDS_BROWSER) != "1", "no Chromium was found"
        pytest.skip("no Chromium was found")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Opens]:
    """Opens a folder as `made` says, in a window of `size_px`; afterwards nothing was said in the console,
    and nothing asked for outside of the folder."""
    all_opened: list[Opened] = []

    def opens(made: Made | None = None, size_px: tuple[int, int] = WIDE, *, scheme: Any = "dark") -> Opened:
        folder = tmp_path / f"film{len(all_opened)}.review"
        one = opened_page(browser, folder, made, size_px, scheme)
        all_opened.append(one)
        return one

    yield opens
    for one in all_opened:
        one.page.context.close()
        assert one.complaints() == []
        assert one.foreign() == []
