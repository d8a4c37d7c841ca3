"""What the canvas shows is what Python would compute of the same data, at most 2 levels of 255 off."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser

from tcvc_cli.color.grade import Grade, HueMap
from tcvc_cli.color.grading import graded
from tcvc_cli.settings.film.hue_names import named_hues
from tests.material.review_browser import WIDE, Opened, opened_page
from tests.material.review_folder import (
    PLAIN_LOOK,
    STILL_PX,
    Floats,
    Made,
    ab_picture,
    colorings,
    light_picture,
    picture_lab,
    rgb_of,
)

pytestmark = pytest.mark.slow
HUES = dict(named_hues())
SHOT = 2
LEVELS = 2

DRAW = """
async ([wanted, look]) => {
  const shot = await tcvcReview.loadShot(2);
  const still = await tcvcReview.preview.still(shot.still, { ...tcvcReview.state.shots[1].look, ...look });
  const canvas = document.createElement("canvas");
  const isClose = await tcvcReview.preview.draw(still, wanted, canvas);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.slice(i, i + 8192));
  return [btoa(text), isClose];
}
"""


@pytest.fixture(scope="module")
def drawing(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A page that has not been touched, for all tests here."""
    folder = tmp_path_factory.mktemp("drawing") / "film.review"
    one = opened_page(browser, folder, Made(shots=SHOT, has_clips=False), WIDE, "dark")
    yield one
    one.page.context.close()
    assert one.complaints() == []


def hue_map(one: HueMap) -> dict[str, float]:
    return {
        "from": one.from_degrees,
        "to": one.to_degrees,
        "width": one.width_degrees,
        "strength": one.strength,
    }


def light_and_maps() -> tuple[Floats, dict[tuple[Any, Any], Floats]]:
    """L*, and the colours of the fixture by palette and vivid, as the page gets them: in whole numbers, and
    scaled up. ("result", None) is the result's."""
    light, ab = picture_lab(SHOT, STILL_PX)
    found = {}
    for of, one in colorings(ab[::2, ::2], (0, 1, 2, 3, 4)):
        whole = ab_picture(one)[..., :2].astype(np.float32) - 128
        key = (of["palette"], of["vivid"]) if of["of"] == "palette" else ("result", None)
        found[key] = np.asarray(cv2.resize(whole, STILL_PX, interpolation=cv2.INTER_LINEAR), np.float32)
    return light_picture(light).astype(np.float32) * np.float32(100 / 255), found


def chroma_of(ab: Floats) -> Floats:
    return np.asarray(np.hypot(ab[..., 0], ab[..., 1]), np.float32)


def lifted(base: Floats, calm: Floats, vivid: Floats, power: float) -> Floats:
    """The rule of the preview: C0^(1-v) C1^v, each with 1 added, as a factor."""
    ratio = (chroma_of(vivid) + 1) / (chroma_of(calm) + 1)
    return np.asarray(base * (ratio**power)[..., None], np.float32)


GRADES = [
    Grade(),
    Grade(saturation=1.6),
    Grade(saturation=0),
    Grade(warmth=0.7),
    Grade(saturation=0.8, warmth=-1.0),
    Grade(hue_maps=(HueMap(HUES["blue"], HUES["brown"]),)),
    Grade(1.3, 0.4, (HueMap(HUES["green"], 20.0, 40.0, 0.7), HueMap(220.0, HUES["pink"], 120.0))),
]


def drawn(drawing: Opened, wanted: dict[str, Any], look: dict[str, Any]) -> tuple[NDArray[np.int16], bool]:
    text, is_close = drawing.run(DRAW, [wanted, look])
    width, height = STILL_PX
    pixels = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)
    return pixels[..., :3].astype(np.int16), is_close


def off_by(drawing: Opened, wanted: dict[str, Any], expected: Floats, look: dict[str, Any]) -> int:
    light, _ = light_and_maps()
    pixels, is_close = drawn(drawing, wanted, look)
    assert is_close
    return int(np.abs(pixels - rgb_of(light, expected).astype(np.int16)).max())


@pytest.mark.parametrize("grade", GRADES)
def test_a_grade_looks_as_it_will(drawing: Opened, grade: Grade) -> None:
    light, maps = light_and_maps()
    wanted = PLAIN_LOOK | {
        "saturation": grade.saturation,
        "warmth": grade.warmth,
        "hue_maps": [hue_map(one) for one in grade.hue_maps],
    }
    expected = graded(maps["result", None], light, grade)
    assert off_by(drawing, wanted, expected, {}) <= LEVELS


@pytest.mark.parametrize("vivid", [0.0, 0.45, 1.0])
def test_vivid_of_the_same_palette_lifts_the_result(drawing: Opened, vivid: float) -> None:
    _, maps = light_and_maps()
    expected = lifted(maps["result", None], maps[0, 0], maps[0, 1], vivid - 0.2)
    assert off_by(drawing, PLAIN_LOOK | {"vivid": vivid}, expected, {}) <= LEVELS


def test_another_palette_at_a_vividness_with_a_grade(drawing: Opened) -> None:
    light, maps = light_and_maps()
    grade = Grade(0.9, 0.3, (HueMap(HUES["blue"], HUES["olive"]),))
    wanted = PLAIN_LOOK | {
        "palette": 1,
        "vivid": 0.6,
        "saturation": 0.9,
        "warmth": 0.3,
        "hue_maps": [hue_map(grade.hue_maps[0])],
    }
    expected = graded(lifted(maps[1, 0], maps[1, 0], maps[1, 1], 0.6), light, grade)
    assert off_by(drawing, wanted, expected, {}) <= LEVELS


def test_a_result_that_was_graded_is_no_base(drawing: Opened) -> None:
    """Its colours before the grade are those of its palette, at its vividness."""
    _, maps = light_and_maps()
    expected = lifted(maps[0, 0], maps[0, 0], maps[0, 1], 0.2)
    assert off_by(drawing, PLAIN_LOOK, expected, {"saturation": 0.5}) <= LEVELS


def test_a_locked_shot_shows_the_result(drawing: Opened) -> None:
    _, maps = light_and_maps()
    wanted = PLAIN_LOOK | {"locked": True, "saturation": 0.0, "palette": 3}
    assert off_by(drawing, wanted, maps["result", None], {}) <= LEVELS


def test_a_kept_shot_is_grey(drawing: Opened) -> None:
    _, maps = light_and_maps()
    grey = np.zeros_like(maps["result", None])
    assert off_by(drawing, PLAIN_LOOK | {"keep": True}, grey, {}) <= LEVELS


def test_what_cannot_be_shown_is_said(drawing: Opened) -> None:
    """Palette 3 has one map, of whatever vividness."""
    _, is_close = drawn(drawing, PLAIN_LOOK | {"palette": 3, "vivid": 0.9}, {})
    assert not is_close
