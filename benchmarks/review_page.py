"""How long a review page of many shots takes to show itself, to scroll and to show another grade.

python -m benchmarks.review_page film.review [500]

The folder is one that `tcvc review` wrote; its shots are repeated until there are as many as wanted, and the
page is opened from disk in Chromium. Nothing is fetched from anywhere.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

SHOTS = 500
RUNS = 5
CALLS = ("tcvcReview.film(", ");")
FIRST_PAINT = """
() => performance.getEntriesByName("first-contentful-paint")[0].startTime
"""
BUILT = "() => document.querySelectorAll('.card').length"
SCROLL = """
async () => {
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let step = 0; step < 120; step++) {
    scrollBy(0, 160);
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}
"""
GRADES = """
async () => {
  const { preview } = tcvcReview;
  const data = await tcvcReview.loadShot(1);
  if (!data.still) return null;
  const still = await preview.still(data.still, tcvcReview.state.shots[0].look);
  const canvas = document.createElement("canvas");
  const times = [];
  for (let step = 0; step < 20; step++) {
    const wanted = { palette: 0, vivid: step % 2 ? 0.8 : 0.4, saturation: 1.2, warmth: 0.3, keep: false };
    const hue_maps = [{ from: 287, to: 57, width: 60, strength: 1 }];
    const started = performance.now();
    await preview.draw(still, { ...wanted, locked: false, hue_maps }, canvas);
    times.push(performance.now() - started);
  }
  return [times, canvas.width, canvas.height];
}
"""


def repeated(folder: Path, shots: int, target: Path) -> None:
    """A copy of the folder in which its shots come again until there are `shots`."""
    shutil.copytree(folder, target)
    text = (folder / "data" / "film.js").read_text(encoding="utf-8").strip()
    film: dict[str, Any] = json.loads(text.removeprefix(CALLS[0]).removesuffix(CALLS[1]))
    first = film["shots"]
    film["shots"] = [_again(folder, target, first[index % len(first)], index + 1) for index in range(shots)]
    film["settings"]["text"] = ""
    (target / "data" / "film.js").write_text(f"{CALLS[0]}{json.dumps(film)}{CALLS[1]}", encoding="utf-8")


def _again(folder: Path, target: Path, shot: dict[str, Any], number: int) -> dict[str, Any]:
    """The shot under another number, with pictures of its own name, as a real film has them."""
    thumb = dict(shot["thumb"])
    for key in ("before", "after"):
        if thumb[key] is not None:
            thumb[key] = f"thumbs/again-{number:04}.{key}.jpg"
            shutil.copyfile(folder / shot["thumb"][key], target / thumb[key])
    return shot | {"number": number, "thumb": thumb}


def mib(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def measure(page: Page, index: Path) -> None:
    paints, loads = [], []
    for _ in range(RUNS):
        started = time.perf_counter()
        page.goto(index.as_uri(), wait_until="load")
        page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
        loads.append(time.perf_counter() - started)
        paints.append(page.evaluate(FIRST_PAINT) / 1000)
    print(f"{page.evaluate(BUILT)} shots")
    print(f"first contentful paint {median(paints):.2f} s (most {max(paints):.2f})")
    print(f"loaded, with all cards: {median(loads):.2f} s")
    grades = page.evaluate(GRADES)
    if grades is not None:
        times, width, height = grades
        print(f"a grade at {width}x{height}: {median(times):.0f} ms (most {max(times):.0f})")
    frames = sorted(page.evaluate(SCROLL))
    late = sum(one > 34 for one in frames)
    print(
        f"scrolling: a frame every {median(frames):.0f} ms, the slowest {frames[-1]:.0f}, {late} of 120 late"
    )


def main(folder: Path, shots: int) -> None:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        target = Path(temporary) / "film.review"
        repeated(folder, shots, target)
        print(f"the folder given: {mib(folder):.1f} MiB")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        measure(browser.new_page(viewport={"width": 1280, "height": 800}), target / "index.html")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else SHOTS)
