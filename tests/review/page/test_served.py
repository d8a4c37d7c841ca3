"""The page where a server can save, take pictures and colour; the server here is a made-up one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.material.review_folder import Made, write_film, write_folder

pytestmark = pytest.mark.slow
BASE = "http://127.0.0.1:9/token/"
TEXT = "# On disk.\n"


@dataclass
class Server:
    """What it was asked, and what it answers next, by method and path: (status, JSON). `since` is the number
    of the event that was asked for last."""

    folder: Path
    page: Page
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    since: int = 0
    answers: dict[str, Callable[[], tuple[int, dict[str, Any]]]] = field(default_factory=dict)

    def answer(self, route: Route) -> None:
        request = route.request
        url = urlsplit(request.url)
        path = url.path.removeprefix("/token/")
        if not path.startswith("api/"):
            return route.fulfill(path=self.folder / path)
        body = request.post_data_buffer
        is_json = request.headers.get("content-type") == "application/json"
        self.asked.append((request.method, path, json.loads(body) if body and is_json else body))
        self.since = int(parse_qs(url.query).get("since", ["0"])[0])
        status, found = self.answers[f"{request.method} {path}"]()
        return route.fulfill(status=status, json=found)

    def sent(self, path: str) -> list[Any]:
        return [body for method, asked, body in self.asked if method == "POST" and asked == path]


def ok(**found: Any) -> Callable[[], tuple[int, dict[str, Any]]]:
    return lambda: (200, found)


@pytest.fixture
def server(browser: Browser, tmp_path: Path) -> Iterator[Server]:
    """With the page opened, whose data are older than the settings on disk."""
    folder = tmp_path / "film.review"
    write_folder(folder, Made(shots=4, has_clips=False, served={"api": "api/"}))
    page = browser.new_context().new_page()
    page.set_default_timeout(8000)
    one = Server(folder, page)
    one.answers["GET api/settings"] = ok(text=TEXT, sha256="aa")
    one.answers["GET api/colorize"] = ok(running=False, events=[], next=0, exit_code=None, message=None)
    one.answers["POST api/settings"] = ok(sha256="bb")
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.route(f"{BASE}**", one.answer)
    page.goto(f"{BASE}index.html")
    page.wait_for_function("() => tcvcReview.history.text.startsWith('#')")
    yield one
    page.context.close()
    assert said == []


def choose(server: Server) -> str:
    """The text with palette 1 of the first shot."""
    server.page.locator(".card").first.focus()
    server.page.keyboard.press("1")
    return TEXT + '\n[[shot]]\nnumber = 1\nstarts = "0:00:00.000"\npalette = 1\n'


def test_settings_are_saved(server: Server) -> None:
    text = choose(server)
    server.page.keyboard.press("Control+s")
    expect(server.page.locator("#status")).to_have_text("film.tcvc.toml is saved.")
    assert server.sent("api/settings") == [{"text": text, "before": "aa"}]
    server.page.keyboard.press("Control+z")
    server.page.keyboard.press("s")
    expect(server.page.locator("[data-do=save]")).not_to_have_class("main is-waiting")
    assert server.sent("api/settings")[1] == {"text": TEXT, "before": "bb"}


def test_a_file_that_was_changed_elsewhere_is_not_written_over_unasked(server: Server) -> None:
    text, other = choose(server), "# Of somebody else.\n"
    found = {"message": "film.tcvc.toml was changed meanwhile", "text": other, "sha256": "cc"}
    server.answers["POST api/settings"] = lambda: (409, found)
    server.page.keyboard.press("s")
    expect(server.page.locator("#clash p")).to_have_text(found["message"])
    server.page.get_by_role("button", name="Take the file’s").click()
    assert server.page.evaluate("tcvcReview.history.text") == other
    server.page.keyboard.press("Control+z")
    server.answers["POST api/settings"] = ok(sha256="dd")
    server.page.keyboard.press("s")
    expect(server.page.locator("#status")).to_have_text("film.tcvc.toml is saved.")
    assert server.sent("api/settings")[-1] == {"text": text, "before": "cc"}


def test_what_is_refused_is_said_and_stays(server: Server) -> None:
    text = choose(server)
    server.answers["POST api/settings"] = lambda: (422, {"message": "film.tcvc.toml, line 6: no palette 1"})
    server.page.keyboard.press("s")
    expect(server.page.locator("#alert")).to_have_text("film.tcvc.toml, line 6: no palette 1")
    assert server.page.evaluate("tcvcReview.history.text") == text


def test_a_picture_is_taken(server: Server, tmp_path: Path) -> None:
    picture = tmp_path / "kitchen.png"
    picture.write_bytes(b"a picture")
    server.answers["POST api/reference"] = ok(file="film.references/kitchen-2.png")
    server.page.locator(".card").first.click()
    server.page.locator("#shot .drop input").set_input_files(picture)
    expect(server.page.locator("#shot .files")).to_contain_text("film.references/kitchen-2.png")
    assert server.sent("api/reference") == [b"a picture"]


def events(since: int) -> dict[str, Any]:
    told = [
        {"event": "StageStarted", "stage": "colorize", "total_frames": 48},
        {"event": "ShotStarted", "number": 1, "shot": {}},
        {"event": "Warned", "message": "<b>odd</b>"},
        {"event": "FramesDone", "stage": "colorize", "frames": 24},
    ]
    if since < len(told):
        return {
            "running": True,
            "events": told[since:],
            "next": len(told),
            "exit_code": None,
            "message": None,
        }
    return {"running": False, "events": [], "next": since, "exit_code": 0, "message": None}


def test_the_film_is_coloured_again_and_looked_at_anew(server: Server) -> None:
    text = choose(server)
    page = server.page
    server.answers["POST api/colorize"] = lambda: (202, {"run": 1})
    server.answers["GET api/colorize"] = lambda: (200, events(server.since))
    page.get_by_role("button", name="Colour again").click()
    page.get_by_role("button", name="Save and colour").click()
    expect(page.locator(".progress .quiet")).to_have_text("Colouring · frame 24 of 48")
    expect(page.locator(".warnings")).to_have_text("<b>odd</b>")
    write_film(server.folder, Made(shots=4, settings=text, looks={1: {"palette": 1}}))
    expect(page.locator("#status")).to_have_text("Coloured again: shot 1.")
    page.keyboard.press("Escape")
    expect(page.locator("#counts")).to_have_text("4 shots · 1 decided")
    expect(page.locator(".badge.is-new")).to_have_count(1)
    expect(page.locator(".thumb img").first).to_have_attribute("src", "thumbs/0001.after.jpg?v=1")


def test_a_run_that_fails_says_why_and_one_that_is_stopped_asks_for_it(server: Server) -> None:
    page = server.page
    end = {"running": False, "events": [], "next": 0, "exit_code": 4, "message": "error: the disk is full"}
    server.answers |= {
        "POST api/colorize": lambda: (202, {"run": 1}),
        "GET api/colorize": ok(running=True, events=[], next=0, exit_code=None, message=None),
        "POST api/stop": ok(),
    }
    page.get_by_role("button", name="Colour again").click()
    page.get_by_role("button", name="Save and colour").click()
    page.get_by_role("button", name="Stop").click()
    server.answers["GET api/colorize"] = lambda: (200, end)
    expect(page.locator("#alert")).to_have_text("error: the disk is full")
    assert server.sent("api/stop") == [{}]


def test_a_run_that_was_begun_before_is_followed(server: Server) -> None:
    server.answers["GET api/colorize"] = lambda: (200, events(server.since))
    server.page.reload()
    expect(server.page.locator("#status")).to_have_text("Coloured again: shot 1.")
