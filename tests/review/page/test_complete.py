"""From a film to another film by way of the page, as a person does it: coloured, looked at in a browser, a
palette, a dial and a point chosen, saved, coloured again; then the frames are compared."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.measure.pictures import show
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tests.material.present import present

pytestmark = pytest.mark.slow
COLORING_MS: Final = 120_000
BLUE: Final = (0x60, 0x70, 0xB0)
SETTINGS: Final = """\
[[shot]]
number = 1
starts = "0:00:00.000"
[[shot.points]]
frame = 23
x = 0.85
y = 0.8
color = "#6070b0"

[[shot]]
number = 2
starts = "0:00:02.000"
palette = 3
saturation = 0.5
"""
Floats = NDArray[np.float32]


def tcvc(*words: str) -> list[str]:
    return [sys.executable, "-m", "tcvc_cli", *words]


@contextmanager
def served(film: Path) -> Iterator[str]:
    """The address of the film's page; in the end Ctrl-C, after which the server ends well."""
    words = tcvc("review", film.name, "--serve", "--no-open", "--json")
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    server = subprocess.Popen(words, cwd=film.parent, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        events = map(json.loads, present(server.stdout))
        yield str(next(event["url"] for event in events if event["event"] == "Serving"))
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait()
        present(server.stdout).close()


def choose(page: Page) -> None:
    page.locator(".card").first.click()
    page.locator(".stage:not(.is-empty)").wait_for()
    box = present(page.locator(".stage").bounding_box())
    page.get_by_role("button", name="Set points").click()
    page.mouse.click(box["x"] + 0.85 * box["width"], box["y"] + 0.8 * box["height"])
    page.get_by_label("Colour of point 1").fill("#6070b0")
    page.keyboard.press("Escape")
    page.locator(".card").nth(1).click()
    page.locator(".palettes label", has_text="Palette 3").click()
    page.get_by_label("Saturation as a number").fill("0.5")
    page.keyboard.press("Escape")


def color_again(page: Page) -> None:
    page.get_by_role("button", name="Colour again").click()
    page.get_by_role("button", name="Save and colour").click()
    words = page.locator("#again .progress p")
    expect(words).to_have_text("Coloured again: shot 1, 2.", timeout=COLORING_MS)


def colors(result: Path) -> list[Floats]:
    """ab (H, W, 2) of every frame."""
    film = probe(result)
    return [show(film, frame).ab for frame in read_frames(film)]


def rounded_points(text: str) -> str:
    """A click lands on a whole pixel of the screen: to two places it is where it was meant."""
    lines = []
    for line in text.splitlines(keepends=True):
        key, _, value = line.partition(" = ")
        lines.append(f"{key} = {round(float(value), 2)}\n" if key in ("x", "y") else line)
    return "".join(lines)


def test_the_film_shows_what_was_chosen_on_its_page(
    browser: Browser, example_film: Path, tmp_path: Path
) -> None:
    film, result = tmp_path / "film.mkv", tmp_path / "film.color.mkv"
    shutil.copy2(example_film, film)
    subprocess.run(tcvc("colorize", film.name, "-q"), cwd=tmp_path, check=True)
    before, said, asked = colors(result), list[str](), list[str]()
    with served(film) as url:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        choose(page)
        color_again(page)
        context.close()
    own = url.rsplit("/", 1)[0] + "/"
    assert said == []
    assert [one for one in asked if not one.startswith((own, "data:", "blob:"))] == []
    assert rounded_points((tmp_path / "film.tcvc.toml").read_text()) == SETTINGS
    after = colors(result)
    assert_as_chosen(before, after)


def assert_as_chosen(before: list[Floats], after: list[Floats]) -> None:
    """Shot 1 has the colour of the point at its place, from the first frame to the last; shot 2 is another
    and a paler one; all behind it is as it was, to the last sample."""
    wanted = lab_from_rgb(np.array([[BLUE]], np.float32) / np.float32(255))[0, 0, 1:]
    for frame in (0, 24, 47):
        assert distance(around(after[frame]), wanted) < 8 < distance(around(before[frame]), wanted)
    assert distance(after[70], before[70]) > 2
    for frame in range(96, 192):
        np.testing.assert_array_equal(after[frame], before[frame])


def around(ab: Floats) -> Floats:
    """The mean at the place of the point."""
    y, x = int(0.8 * ab.shape[0]), int(0.85 * ab.shape[1])
    return np.asarray(ab[y - 3 : y + 4, x - 3 : x + 4].mean((0, 1)), np.float32)


def distance(one: Floats, other: Floats) -> float:
    """Mean, in CIE units."""
    return float(np.hypot(*np.moveaxis(one - other, -1, 0)).mean())
