"""A review page that is open in a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from playwright.sync_api import Browser, Page

from tests.material.review_folder import Made, write_folder

WIDE: Final = (1280, 800)
NARROW: Final = (390, 844)


@dataclass
class Opened:
    """A page, the folder that it stands in, what the console said and what was asked for."""

    page: Page
    folder: Path
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def run(self, script: str, value: object = None) -> Any:
        return self.page.evaluate(script, value)

    def settings(self) -> str:
        """The text that would be saved."""
        return str(self.run("tcvcReview.history.text"))

    def complaints(self) -> list[str]:
        return [said for said in self.said if said.startswith(("error", "warning"))]

    def foreign(self) -> list[str]:
        """Addresses of what does not belong to the folder."""
        own = self.folder.as_uri() + "/"
        return [one for one in self.asked if not one.startswith((own, "data:", "blob:"))]

    def open_shot(self, number: int) -> None:
        """And waits until it is drawn."""
        self.page.locator(".card").nth(number - 1).click()
        self.drawn()

    def drawn(self) -> None:
        self.page.locator(".stage:not(.is-empty)").wait_for()
        self.page.wait_for_function("() => !tcvcReview.opened.view.isDrawing")


def opened_page(
    browser: Browser, folder: Path, made: Made | None, size_px: tuple[int, int], scheme: Any
) -> Opened:
    """Writes the folder and opens it from disk."""
    index = write_folder(folder, made)
    width, height = size_px
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    one = Opened(context.new_page(), folder)
    one.listen()
    one.page.set_default_timeout(8000)
    one.page.goto(index.as_uri())
    return one


class Opens(Protocol):
    def __call__(
        self, made: Made | None = None, size_px: tuple[int, int] = WIDE, *, scheme: str = "dark"
    ) -> Opened: ...
