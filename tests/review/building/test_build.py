"""The folder says what is true of the film, and its pictures are those of the film and of its result."""

from __future__ import annotations

import json
import shutil
from collections import deque
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from tcvc_cli.color.lightness import lightness_from_luma
from tcvc_cli.errors import BadSettings, MediaError, UnreadableInput
from tcvc_cli.measure.pictures import show
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.read.seen.frame_index import frame_index
from tcvc_cli.model.runtime import Loaded, load_colorizer
from tcvc_cli.review.page.build import build
from tcvc_cli.review.page.pictures.palettes import Choice, Painter
from tcvc_cli.review.page.pictures.reading import chosen_frames
from tcvc_cli.run.events import FramesDone, StageStarted, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.paint import at_size
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.references.coverage import planned
from tcvc_cli.run.references.sampling import lightness_of
from tcvc_cli.run.showing_events import ReviewBuilt
from tests.material.colored_films import write_film
from tests.material.review_page import (
    ab_of,
    built,
    film_in,
    frames_of_clip,
    picture_of,
    request_of,
    shot_in,
)

SHOTS = 4


@pytest.fixture
def page(colored: Path) -> Path:
    """The folder of a page without palettes."""
    return built(request_of(colored)).folder


def test_events_tell_how_far_it_is(colored: Path) -> None:
    events = list(build(request_of(colored)))
    assert events[0] == StageStarted("review", SHOTS)
    assert [one.frames for one in events if isinstance(one, FramesDone)] == [1, 2, 3, 4]
    last = events[-1]
    assert isinstance(last, ReviewBuilt)
    assert (last.folder, last.shots, last.made) == (colored.with_name("film.review"), SHOTS, (1, 2, 3, 4))
    assert {one.name for one in colored.parent.iterdir()} == {
        *("film.mkv", "film.color.mkv", "film.color.mkv.json", "film.review")
    }


def test_the_film_is_told_of_as_it_is(colored: Path, page: Path) -> None:
    film = film_in(page)
    assert film["film"] == {
        "file": "film.mkv",
        "result": "film.color.mkv",
        "title": "",
        "frames": 88,
        "frame_rate": "25",
        "width": 64,
        "height": 48,
        "model": "tcvc-dino",
    }
    assert film["settings"] == {"file": "film.tcvc.toml", "text": ""}
    assert film["command"] == ["tcvc", "colorize", str(colored), "-y"]
    assert film["palettes"] == [0, 1, 2, 3, 4]
    assert film["defaults"] == {"vivid": 0.2, "radius": 0.02}
    assert dict(film["hues"])["red"] == pytest.approx(35.6, abs=0.1)
    spans = [(one["number"], one["start"], one["stop"]) for one in film["shots"]]
    assert [number for number, _, _ in spans] == [1, 2, 3, 4]
    assert (spans[0][1], spans[-1][2]) == (0, 88)
    second = film["shots"][1]
    assert second["starts"] == f"0:00:00.{second['start'] * 40:03}"
    assert second["seconds"] == pytest.approx((second["stop"] - second["start"]) / 25)
    assert second["look"]["palette"] == 0
    assert second["look"]["saturation"] == 1
    assert second["look"]["hue_maps"] == []
    for key in ("before", "after"):
        with Image.open(page / second["thumb"][key]) as thumb:
            assert thumb.size == (second["thumb"]["width"], second["thumb"]["height"]) == (64, 48)


def test_what_was_measured_is_told(colored: Path) -> None:
    sidecar = colored.with_name("film.color.mkv.json")
    stated = json.loads(sidecar.read_bytes())
    stated["shots"][2]["appraisal"] = {"frames": 70, "chroma": 12.5, "doubt": 90.0}
    stated["shots"][2]["look"]["grade"]["hue_maps"] = [{"from_degrees": 287, "to_degrees": 57}]
    sidecar.write_text(json.dumps(stated))
    third = film_in(built(request_of(colored)).folder)["shots"][2]
    assert third["report"]["place"] == 1
    assert third["report"]["chroma"] == 12.5
    assert third["report"]["doubt"] == 90
    assert third["report"]["flicker"] is None
    assert third["look"]["hue_maps"] == [{"from": 287, "to": 57, "width": 60, "strength": 1}]


def test_settings_are_shown_as_they_stand_and_have_to_fit(colored: Path) -> None:
    text = '# mine \N{RIGHT-TO-LEFT OVERRIDE}\n[[shot]]\nnumber = 2\nsaturation = 0.5  # "</script>"\n'
    settings = colored.with_name("film.tcvc.toml")
    settings.write_text(text, "utf-8")
    folder = built(request_of(colored)).folder
    assert film_in(folder)["settings"]["text"] == text
    assert film_in(folder)["shots"][1]["look"]["saturation"] == 1  # the result was made before
    settings.write_text("[[shot]]\nnumber = 9\nkeep = true\n")
    with pytest.raises(BadSettings, match=r"line 1.* shot 9"):
        built(request_of(colored))
    with pytest.raises(UnreadableInput):
        built(request_of(colored, settings_file=colored.with_name("none.toml")))
    assert film_in(folder)["settings"]["text"] == text


def test_clips_show_the_film_above_its_result(colored: Path, page: Path) -> None:
    films = [probe(colored), probe(colored.with_name("film.color.mkv"))]
    shown = [[show(film, frame).rgb * 255 for frame in read_frames(film)] for film in films]
    apart: list[float] = []
    between: list[float] = []
    for shot in film_in(page)["shots"]:
        clip = shot_in(page, shot["number"])["clip"]
        pictures = frames_of_clip(clip, colored.parent)
        assert len(pictures) == len(clip["frames"]) >= min(60, shot["stop"] - shot["start"])
        assert clip["frames"] == sorted(set(clip["frames"]))
        assert (clip["frames"][0], clip["frames"][-1]) == (shot["start"], shot["stop"] - 1)
        assert len(pictures) / clip["fps"] == pytest.approx(shot["seconds"], rel=0.1)
        for picture, number in zip(pictures, clip["frames"], strict=True):
            assert picture.shape == (2 * clip["height"], clip["width"], 3) == (96, 64, 3)
            for half, rgb in zip(np.split(picture, 2), shown, strict=True):
                apart.append(float(np.abs(half - rgb[number]).mean()))
            between.append(float(np.abs(shown[0][number] - shown[1][number]).mean()))
    assert max(apart) < 5
    assert np.mean(between) > 3 * np.mean(apart)  # neither half could be taken for the other


def test_a_still_is_the_lightness_of_the_film_and_the_colours_of_the_result(
    colored: Path, page: Path
) -> None:
    films = [probe(colored), probe(colored.with_name("film.color.mkv"))]
    frames = [list(read_frames(film)) for film in films]
    for shot in film_in(page)["shots"]:
        still = shot_in(page, shot["number"])["still"]
        assert shot["start"] <= still["frame"] < shot["stop"]
        assert abs(still["frame"] - (shot["start"] + shot["stop"]) / 2) <= 1  # there are no dissolves
        assert (still["width"], still["height"]) == (64, 48)
        lightness = lightness_from_luma(frames[0][still["frame"]].luma, bit_depth=8, full_range=False)
        assert np.abs(picture_of(still["light"]) / 2.55 - lightness).mean() < 1
        (result,) = still["colors"]
        assert result["of"] == "result"
        ab = show(films[1], frames[1][still["frame"]]).ab
        assert np.abs(ab_of(result["src"]) - ab).mean() < 2
        assert np.abs(ab).mean() > 4  # there is something to see


@pytest.mark.usefixtures("tiny")
def test_palettes_are_those_of_the_network(colored: Path) -> None:
    folder = built(request_of(colored, palettes=True)).folder
    assert film_in(folder)["palettes"] == [0, 1, 2, 3]
    plan, computing = planned(Options(colored, device="cpu"))
    painter = Painter(plan, computing)
    wanted = [Choice(0), Choice(0, 0.0), Choice(0, 1.0), Choice(1), Choice(2), Choice(3)]
    assert list(painter.choices) == wanted
    still = shot_in(folder, 3)["still"]
    result, *maps = still["colors"]
    assert result["of"] == "result"
    assert [Choice(one["palette"], one["vivid"]) for one in maps] == wanted
    frame = list(read_frames(plan.film))[still["frame"]]
    for one, ab in zip(maps, painter.one_by_one(lightness_of(plan, frame)), strict=True):
        lightness = lightness_from_luma(frame.luma, bit_depth=8, full_range=False)
        assert np.abs(ab_of(one["src"]) - at_size(ab, lightness)).mean() < 2
    strengths = [np.linalg.norm(ab_of(one["src"]), axis=-1).mean() for one in maps]
    assert strengths[0] < strengths[2] < strengths[3] < strengths[4] < strengths[5]


@pytest.mark.slow
def test_what_is_seen_at_once_is_what_is_seen_one_by_one(colored: Path) -> None:
    plan, computing = planned(Options(colored, device="cpu"))
    painter = Painter(plan, computing)
    seen = lightness_of(plan, next(read_frames(plan.film)))
    assert len(painter.choices) == 7
    maps = list(painter._all(seen))
    for at_once, alone in zip(maps, painter.one_by_one(seen), strict=True):
        np.testing.assert_allclose(at_once, alone, atol=1e-4)
    assert all(np.abs(maps[0] - other).max() > 0.1 for other in maps[1:])


def test_without_a_result_the_film_is_seen_and_its_settings(colored: Path) -> None:
    for name in ("film.color.mkv", "film.color.mkv.json"):
        colored.with_name(name).unlink()
    colored.with_name("film.tcvc.toml").write_text("[[shot]]\nnumber = 2\npalette = 3\nkeep = true\n")
    events = list(build(request_of(colored)))
    assert events[0] == StageStarted("shots", probe(colored).frame_count)
    folder = colored.with_name("film.review")
    film = film_in(folder)
    assert film["film"]["result"] is None
    assert film["film"]["model"] is None
    assert film["command"] == ["tcvc", "colorize", str(colored)]
    second = film["shots"][1]
    assert (second["look"]["palette"], second["look"]["keep"]) == (3, True)
    assert second["report"] is None
    assert second["thumb"]["after"] is None
    assert not list((folder / "thumbs").glob("*after*"))
    shot = shot_in(folder, 2)
    assert shot["still"]["colors"] == []
    assert all(one.shape == (48, 64, 3) for one in frames_of_clip(shot["clip"], colored.parent))


def test_a_result_of_another_program_is_looked_at(colored: Path) -> None:
    colored.with_name("film.color.mkv.json").unlink()
    other = colored.with_name("film.color.mkv").rename(colored.with_name("other.mkv"))
    film = film_in(built(request_of(colored, other)).folder)
    assert film["film"]["result"] == "other.mkv"
    assert film["film"]["model"] is None
    assert film["command"] == [
        "tcvc",
        "colorize",
        str(colored),
    ]  # what another program made is not overwritten
    assert film["shots"][0]["thumb"]["after"] == "thumbs/0001.after.jpg"


@pytest.mark.usefixtures("tiny")
def test_a_photograph_is_one_shot_without_a_clip(tmp_path: Path) -> None:
    y, x = np.mgrid[:90, :120]
    grey = np.clip(128 + 60 * np.sin(x / 30) * np.cos(y / 25), 0, 255).astype(np.uint8)
    portrait, color = tmp_path / "portrait.png", tmp_path / "portrait.color.png"
    cv2.imwrite(str(portrait), grey)
    cv2.imwrite(str(color), np.dstack([grey, grey, np.minimum(grey, 215) + 40]))
    folder = built(request_of(portrait, color, palettes=True)).folder
    assert folder == tmp_path / "portrait.review"
    (shot,) = film_in(folder)["shots"]
    assert (shot["start"], shot["stop"]) == (0, 1)
    data = shot_in(folder, 1)
    assert data["clip"] is None
    assert len(data["still"]["colors"]) == 7
    assert ab_of(data["still"]["colors"][0]["src"])[..., 0].mean() > 5


def test_a_film_that_ends_too_early_is_said(colored: Path) -> None:
    sidecar = colored.with_name("film.color.mkv.json")
    stated = json.loads(sidecar.read_bytes())
    stated["shots"][-1]["stop"] = 5000
    sidecar.write_text(json.dumps(stated))
    with pytest.raises(MediaError, match="ended before frame"):
        built(request_of(colored))
    assert not colored.with_name("film.review").exists()


def test_a_shorter_result_is_shown_as_far_as_it_goes(colored: Path) -> None:
    folder = colored.parent / "short"
    folder.mkdir()
    film = Path(shutil.copy(colored, folder / "film.mkv"))
    red = np.full((48, 64, 3), (200, 40, 40), np.uint8)
    short = write_film(folder / "short.mkv", [red] * 30, fps=25)
    page = built(request_of(film, short)).folder
    thumbs = [one["thumb"]["after"] for one in film_in(page)["shots"]]
    assert thumbs[0] is not None
    assert thumbs[-1] is None
    last = shot_in(page, len(thumbs))
    assert last["still"]["colors"] == []
    assert frames_of_clip(last["clip"], folder)[0].shape == (48, 64, 3)


@pytest.mark.usefixtures("tiny")
def test_shots_with_colours_of_their_own_have_no_palettes_and_kept_ones_do(colored: Path) -> None:
    sidecar = colored.with_name("film.color.mkv.json")
    stated = json.loads(sidecar.read_bytes())
    for number, is_kept in ((0, False), (1, True)):
        stated["shots"][number]["in_colour"] = True
        stated["shots"][number]["look"]["is_kept"] = is_kept
    sidecar.write_text(json.dumps(stated))
    folder = built(request_of(colored, palettes=True)).folder
    first, second, *_ = film_in(folder)["shots"]
    assert (first["in_colour"], second["in_colour"]) == (True, False)
    assert (first["look"]["keep"], second["look"]["keep"]) == (False, True)
    maps = [[one["of"] for one in shot_in(folder, number)["still"]["colors"]] for number in (1, 2)]
    assert maps == [["result"], ["result", *["palette"] * 6]]


def test_a_network_that_is_not_here_is_left_out_and_said(colored: Path) -> None:
    sidecar = colored.with_name("film.color.mkv.json")
    stated = json.loads(sidecar.read_bytes())
    stated["model"]["name"] = "else\nwhere"
    sidecar.write_text(json.dumps(stated))
    events = list(build(request_of(colored, palettes=True)))
    assert events[0] == Warned("there is no model else where here: its other colourings are left out")
    film = film_in(colored.with_name("film.review"))
    assert (film["palettes"], film["defaults"]["vivid"]) == ([], None)


@pytest.mark.slow
def test_a_part_of_a_film_is_shown_beside_the_same_frames(
    colored: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tcvc_cli.run.computing.load_colorizer", _load_mini)
    result = tmp_path / "part.mkv"
    start_s = Fraction(12, 25)
    deque(colorize(Options(colored, result, start_s=start_s, preset="master")), maxlen=0)
    colored.with_name("film.tcvc.toml").write_text('[[shot]]\nstarts = "0:00:00.000"\nsaturation = 0\n')
    page = built(request_of(colored, result)).folder
    film = film_in(page)
    assert film["shots"][0]["start"] == 12
    assert film["shots"][0]["starts"] == "0:00:00.480"
    assert film["command"][3:] == ["--preset", "master", "--start", "0.48", "-o", str(result), "-y"]
    originals = list(read_frames(probe(colored)))
    clip = shot_in(page, 1)["clip"]
    for picture, number in zip(frames_of_clip(clip, tmp_path), clip["frames"], strict=True):
        above, below = (half.astype(float).mean(-1) for half in np.split(picture, 2))
        assert np.abs(above - below).mean() < 12  # the same picture, once in colour
        assert np.abs(above - show(probe(colored), originals[number]).rgb[..., 0] * 255).mean() < 5


def _load_mini(name: str, device: torch.device) -> Loaded:
    return load_colorizer("tcvc-mini", device)


def test_frames_are_the_same_by_seeking_and_in_one_walk(colored: Path) -> None:
    film = probe(colored)
    numbers = (3, 4, 60, 87)
    colored.touch()
    walked = [(one.number, one.luma.tobytes()) for one in chosen_frames(film, numbers)]
    assert frame_index(film, 3, 88) is not None
    sought = [(one.number, one.luma.tobytes()) for one in chosen_frames(film, numbers)]
    assert sought == walked
    assert [number for number, _ in walked] == list(numbers)
    assert list(chosen_frames(film, ())) == []
