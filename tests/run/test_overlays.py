"""What is in colour on a grey picture and no part of it keeps its colours, and the rest is coloured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.color.detection import FrameColor
from tcvc_cli.color.overlay_chroma import with_overlays
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import sidecar_path
from tcvc_cli.plan.in_color.overlays import merged, places_of
from tcvc_cli.plan.in_color.overlays import with_overlays as with_overlays_of_frames
from tcvc_cli.records import Overlay, Shot
from tcvc_cli.run.events import ShotsFound, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.colors import ColorParts
from tcvc_cli.run.options.film import Options
from tests.material.grey_scenes import Chroma, box, grey_film, judged, scenes
from tests.material.present import present

Planes = tuple[NDArray[np.float64], NDArray[np.float64]]


def states(paint: Chroma, count: int = 25, grey: tuple[int, int] = (128, 128)) -> list[bool | None]:
    return [one.is_in_color for one in judged(scenes(count, paint, grey))]


@pytest.mark.parametrize("place", [(1, 26, 4, 30), (19, 1, 23, 5)])
def test_a_logo_in_a_corner_is_one_from_its_first_frame_on(place: tuple[int, int, int, int]) -> None:
    top, left, bottom, right = place
    overlay = Overlay(left - 1, top - 1, right + 1, bottom + 1)
    expected = FrameColor(is_in_color=False, overlays=(overlay,))
    assert judged(scenes(8, box(*place))) == [expected] * 8


def test_a_patch_elsewhere_is_one_when_it_has_stood_still() -> None:
    assert states(box(9, 14, 12, 18)) == [None] * 11 + [False] * 14


def test_a_patch_that_moves_is_colour() -> None:
    assert states(box(9, 4, 13, 9, step=0.5)) == [None] * 11 + [True] * 14


def test_a_patch_that_outlives_a_cut_is_known_at_once() -> None:
    frames = scenes(4, box(9, 14, 12, 18))
    after = [(255 - luma, cb, cr) for luma, cb, cr in frames]
    assert [one.is_in_color for one in judged([*frames, *after])][4:] == [False] * 4


def test_lettering_at_the_bottom_may_come_and_go() -> None:
    def paint(number: int, cb: NDArray[np.float64], cr: NDArray[np.float64]) -> None:
        if number % 8 < 5:
            box(20, 6 + number // 8, 22, 20 + 2 * (number // 8), (60, 140))(0, cb, cr)

    assert states(paint) == [False] * 25


def test_what_is_large_or_stands_beside_colour_is_no_patch() -> None:
    assert states(box(6, 8, 16, 20))[-1] is True

    def paint(number: int, cb: NDArray[np.float64], cr: NDArray[np.float64]) -> None:
        cb += np.linspace(-6, 6, 32)
        box(1, 26, 4, 30)(number, cb, cr)

    assert states(paint)[-1] is True


def test_a_patch_on_a_grey_with_a_cast_is_one() -> None:
    assert states(box(1, 26, 4, 30), grey=(126, 125)) == [False] * 25


@pytest.mark.parametrize("is_upright", [True, False])
def test_panels_are_no_picture_even_when_they_move(*, is_upright: bool) -> None:
    def paint(number: int, cb: NDArray[np.float64], cr: NDArray[np.float64]) -> None:
        cells = (cb, cr) if is_upright else (cb.T, cr.T)
        for one, value in zip(cells, (90 + number, 170 - number), strict=True):
            one[:, :4] = one[:, -4:] = value

    found = judged(scenes(12, paint))
    assert [one.is_in_color for one in found] == [False] * 12
    whole = [one for one in found[0].overlays if one.is_whole]
    expected = (
        [Overlay(0, 0, 3, 24, is_whole=True), Overlay(29, 0, 32, 24, is_whole=True)]
        if is_upright
        else [Overlay(0, 0, 32, 3, is_whole=True), Overlay(0, 21, 32, 24, is_whole=True)]
    )
    assert whole == expected


def test_panels_with_a_pattern_are_known_when_they_have_stood_still() -> None:
    def paint(number: int, cb: NDArray[np.float64], cr: NDArray[np.float64]) -> None:
        for rows in (slice(2, 8), slice(12, 18)):
            cb[rows, :4] = cb[rows, -4:] = 90
            cr[rows, :4] = cr[rows, -4:] = 160

    assert states(paint) == [None] * 11 + [False] * 14


def test_a_picture_that_is_in_colour_at_one_side_has_no_panel() -> None:
    def paint(number: int, cb: NDArray[np.float64], cr: NDArray[np.float64]) -> None:
        cr[:, :6] = 180
        cr[10:16, 10:20] = 170

    assert states(paint)[-1] is True


def test_a_title_in_colour_on_black_stays_a_part_in_colour() -> None:
    frames = [(np.full((24, 32), 16, np.uint8), cb, cr) for _, cb, cr in scenes(14, box(20, 8, 22, 24))]
    for luma, _, _ in frames:
        luma[20:22, 8:24] = 90
    assert [one.is_in_color for one in judged(frames)] == [True] * 14


def test_a_logo_is_found_in_the_noise_of_a_tape() -> None:
    rng = np.random.default_rng(1)

    def paint(number: int, cb: NDArray[np.float64], cr: NDArray[np.float64]) -> None:
        cb += rng.normal(0, 3, cb.shape)
        cr += rng.normal(0, 3, cr.shape)
        box(1, 26, 4, 30)(number, cb, cr)

    found = judged(scenes(30, paint))
    assert not any(one.is_in_color for one in found[6:])
    assert all(any(box.right > 28 for box in one.overlays) for one in found[12:])


def test_chroma_is_kept_where_it_is_in_colour_and_nowhere_else() -> None:
    own = np.full((2, 48, 64), 512, np.uint16)
    own[:, 4:10, 50:60] = 700
    new = np.full((2, 48, 64), 400, np.uint16)
    cb, cr = with_overlays((new[0], new[1]), (own[0], own[1]), [Overlay(24, 1, 31, 6)], bit_depth=10)
    assert (cb[4:10, 50:60] == 700).all()
    assert (cr[4:10, 50:60] == 700).all()
    assert (cb[13:] == 400).all()
    assert (cb[:, :47] == 400).all()
    assert (new == 400).all()
    (whole, _) = with_overlays(
        (new[0], new[1]), (own[0], own[1]), [Overlay(0, 0, 4, 24, is_whole=True)], bit_depth=10
    )
    assert (whole[:, :8] == 512).all()
    assert (whole[:, 8:] == 400).all()


def test_boxes_that_overlap_become_one() -> None:
    logo, text, more = Overlay(25, 0, 31, 5), Overlay(8, 19, 16, 24), Overlay(12, 18, 24, 23)
    panel = Overlay(0, 0, 3, 24, is_whole=True)
    assert merged([text, logo, more, panel, text]) == (panel, logo, Overlay(8, 18, 24, 24))
    assert places_of([text, logo, more, panel]) == ("left side", "top right", "bottom")


def test_shots_have_what_their_frames_show() -> None:
    logo, panel = Overlay(25, 0, 31, 5), Overlay(0, 0, 3, 24, is_whole=True)
    frames = [(logo,)] * 4 + [()] * 2 + [(panel,), (logo,), (logo,)] + [(logo,)] * 3
    shots = with_overlays_of_frames(
        [Shot(2, 6), Shot(6, 8), Shot(8, 11), Shot(11, 14, is_in_color=True)], frames, first=2
    )
    assert [one.overlays for one in shots] == [(logo,), (), (logo,), ()]


def chroma(path: Path) -> NDArray[np.int64]:
    """(frames, 2, h, w)"""
    frames = read_frames(probe(path))
    return np.stack([np.stack([present(one.cb), present(one.cr)]).astype(int) for one in frames])


def run(film: Path, color_parts: ColorParts = "keep") -> list[Any]:
    options = Options(
        input=film, preset="master", model_size_px=64, color_parts=color_parts, on_existing="overwrite"
    )
    return list(colorize(options))


@pytest.mark.parametrize("name", ["yuv420p", "yuv422p10le"])
def test_a_film_with_a_logo_is_coloured_around_it(tmp_path: Path, name: str) -> None:
    film = grey_film(tmp_path / "film.mkv", box(8, 104, 20, 120), name=name)
    events = run(film)
    before, after = chroma(film), chroma(events[-1].output)
    rows, columns = (slice(4, 10), slice(52, 60)) if name == "yuv420p" else (slice(8, 20), slice(52, 60))
    assert np.array_equal(before[:, :, rows, columns], after[:, :, rows, columns])
    grey = 128 << (probe(film).pixel_format.bit_depth - 8)
    assert np.abs(after[..., :40] - grey).mean() > 1.5
    assert any("top right" in one.message for one in events if isinstance(one, Warned))
    shots = json.loads(sidecar_path(events[-1].output).read_text())["shots"]
    assert [one["overlays"] for one in shots] == [
        [{"left": 25, "top": 1, "right": 31, "bottom": 6, "is_whole": False}]
    ]


def test_side_panels_stay_to_their_edge(tmp_path: Path) -> None:
    def paint(number: int, cb: NDArray[np.float64], cr: NDArray[np.float64]) -> None:
        cb[:, :20] = cb[:, 108:] = 170
        cr[:, :20] = cr[:, 108:] = 100
        cb[40:44, 4:8] = cr[40:44, 4:8] = 128  # what is grey there belongs to the panel

    film = grey_film(tmp_path / "film.mkv", paint)
    events = run(film)
    before, after = chroma(film), chroma(events[-1].output)
    assert np.array_equal(before[..., :10], after[..., :10])
    assert np.array_equal(before[..., 54:], after[..., 54:])
    assert np.abs(after[..., 12:52] - 128).mean() > 1.5
    assert (np.abs(after[..., 12:52] - 128).max(axis=1) > 0).mean() > 0.9


def test_all_is_coloured_where_somebody_says_so(tmp_path: Path) -> None:
    film = grey_film(tmp_path / "film.mkv", box(8, 104, 20, 120))
    events = run(film, "recolour")
    assert not np.array_equal(chroma(film)[:, :, 4:10, 52:60], chroma(events[-1].output)[:, :, 4:10, 52:60])
    assert [one.shots for one in events if isinstance(one, ShotsFound)] == [(Shot(0, 16),)]
    assert not any(isinstance(one, Warned) for one in events)
