"""Shots that are in colour already are found by their own chroma, kept bit for bit, and listed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypedDict, Unpack

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from tcvc_cli.color.detection import CELLS, ColorWatch, FrameColor
from tcvc_cli.media.planes import pixel_format, write_planes
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import sidecar_path
from tcvc_cli.plan.in_color.parts import marked, parted
from tcvc_cli.records import ColorTags, Shot
from tcvc_cli.run.events import Finished, ShotsFound, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.scan import shots_of
from tcvc_cli.run.options.colors import ColorParts
from tcvc_cli.run.options.film import Options
from tests.material.grey_scenes import judged, scene
from tests.material.present import present

TAGS = ColorTags(2, 2, 2, full_range=False)
PARTS = {
    "grey": lambda y, cb, cr: (128 + 0 * cb, 128 + 0 * cr),
    "colour": lambda y, cb, cr: (cb, cr),
    "sepia": lambda y, cb, cr: (118 + 0 * cb, 150 + 0 * cr),
    "cast": lambda y, cb, cr: (126 + 0 * cb, 125 + 0 * cr),
}
PICTURES: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "grey": data.camera,
    "colour": data.coffee,
    "sepia": data.astronaut,
    "cast": data.rocket,
}


def planes_of(
    part: str, number: int, size: tuple[int, int] = (96, 72), name: str = "yuv420p"
) -> list[NDArray[np.uint8]]:
    """Frame `number` of a shot of this kind: a photograph that moves a little, with grain in all planes."""
    picture = PICTURES[part]()
    rgb = np.dstack([picture] * 3) if picture.ndim == 2 else picture
    moved = cv2.resize(rgb[number * 2 :, number * 2 :], size, interpolation=cv2.INTER_AREA)
    y, cr, cb = cv2.split(cv2.cvtColor(moved, cv2.COLOR_RGB2YCrCb).astype(np.float32))
    cb, cr = PARTS[part](y, cb, cr)
    shift_x, shift_y = pixel_format(name).chroma_shift_x, pixel_format(name).chroma_shift_y
    half = (size[0] >> shift_x, size[1] >> shift_y)
    cb, cr = (cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in (cb, cr))
    grain = np.random.default_rng(number)
    noisy = [plane + grain.normal(0, 1.5, plane.shape) for plane in (y * 0.86 + 16, cb, cr)]
    return [np.clip(np.rint(plane), 16, 235).astype(np.uint8) for plane in noisy]


def film_of(path: Path, parts: Sequence[str], *, frames: int = 12, name: str = "yuv420p") -> Path:
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = 96, 72, name
        for count in range(len(parts) * frames):
            luma, cb, cr = planes_of(parts[count // frames], count % frames, name=name)
            picture = write_planes(luma, cb, cr, pixel_format(name))
            picture.pts, picture.time_base = count, Fraction(1, 24)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
    return path


class Wishes(TypedDict, total=False):
    """What these tests choose of the options."""

    output: Path
    shots_file: Path
    color_parts: ColorParts


def run(film: Path, **options: Unpack[Wishes]) -> list[Any]:
    return list(
        colorize(Options(input=film, preset="master", model_size_px=64, on_existing="overwrite", **options))
    )


def shots_in(events: Sequence[Any]) -> tuple[Shot, ...]:
    return next(event.shots for event in events if isinstance(event, ShotsFound))


def chroma(path: Path) -> list[NDArray[np.int64]]:
    return [
        np.stack([present(frame.cb), present(frame.cr)]).astype(int) for frame in read_frames(probe(path))
    ]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    film = film_of(
        tmp_path_factory.mktemp("mixed") / "film.mkv", ["grey", "colour", "cast", "sepia"], frames=12
    )
    return film, run(film)


def test_parts_in_colour_are_found_and_listed(mixed: tuple[Path, list[Any]]) -> None:
    film, events = mixed
    shots = [Shot(0, 12), Shot(12, 24, is_in_color=True), Shot(24, 36), Shot(36, 48, is_in_color=True)]
    assert list(shots_in(events)) == shots
    told = json.loads(sidecar_path(events[-1].output).read_text())["shots"]
    assert [one["in_colour"] for one in told] == [False, True, False, True]
    assert [bool(one["anchors"]) for one in told] == [True, False, True, False]
    assert not any(isinstance(event, Warned) for event in events)
    assert film.exists()


def test_kept_parts_are_bit_for_bit_and_the_others_get_colour(mixed: tuple[Path, list[Any]]) -> None:
    film, events = mixed
    before, after = chroma(film), chroma(events[-1].output)
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        is_kept = 12 <= number < 24 or number >= 36
        assert np.array_equal(one, other) == is_kept
        assert is_kept or np.abs(other - 128).mean() > 1.5


def test_parts_in_colour_can_be_coloured_anew(mixed: tuple[Path, list[Any]], tmp_path: Path) -> None:
    film, _ = mixed
    events = run(film, output=tmp_path / "new.mkv", color_parts="recolour")
    assert not any(shot.is_in_color for shot in shots_in(events))
    assert not any(
        np.array_equal(one, other)
        for one, other in zip(chroma(film), chroma(tmp_path / "new.mkv"), strict=True)
    )


def test_a_film_that_is_all_in_colour_is_left_with_a_warning(tmp_path: Path) -> None:
    film = film_of(tmp_path / "film.mkv", ["colour"], frames=6, name="yuv444p")
    events = run(film)
    assert isinstance(events[-1], Finished)
    assert any("recolour" in event.message for event in events if isinstance(event, Warned))
    assert all(np.array_equal(*pair) for pair in zip(chroma(film), chroma(events[-1].output), strict=True))


def test_chroma_of_another_subsampling_stays_where_it_is(tmp_path: Path) -> None:
    """ProRes has 4:2:2 of 10 bit: the colours of a kept 4:2:0 film are resampled, not moved or scaled."""
    film = film_of(tmp_path / "film.mkv", ["colour"], frames=2)
    list(colorize(Options(input=film, output=tmp_path / "out.mov", preset="prores", model_size_px=64)))
    before, after = chroma(film)[1], chroma(tmp_path / "out.mov")[1]
    assert after.shape == (2, 72, 48)
    halved = after.reshape(2, 36, 2, 48).mean(2) / 4
    assert np.abs(halved - before).mean() < 1.5


def test_an_edited_list_is_marked_and_not_cut(mixed: tuple[Path, list[Any]], tmp_path: Path) -> None:
    film, _ = mixed
    (tmp_path / "shots.csv").write_text("start_frame,stop_frame\n0,20\n20,48\n")
    events = run(film, output=tmp_path / "o.mkv", shots_file=tmp_path / "shots.csv")
    assert list(shots_in(events)) == [Shot(0, 20), Shot(20, 48, is_in_color=True)]


def small(part: str, number: int) -> list[NDArray[np.uint8]]:
    return [
        cv2.resize(plane, CELLS, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        for plane in planes_of(part, number)
    ]


@pytest.mark.parametrize(
    ("part", "expected"), [("grey", False), ("cast", False), ("colour", True), ("sepia", True)]
)
def test_frames_are_judged(part: str, *, expected: bool) -> None:
    watch = ColorWatch(TAGS)
    assert [watch.see(*small(part, number)) for number in (3, 4)] == [FrameColor(expected)] * 2


def test_a_change_of_all_colours_is_a_jump() -> None:
    watch = ColorWatch(TAGS)
    jumps = [watch.see(*small(part, 3)).is_jump for part in ("grey", "cast", "sepia", "colour", "colour")]
    assert jumps == [False, True, True, True, False]


def test_a_small_red_title_counts_and_a_dark_frame_cannot_tell() -> None:
    luma, cb, cr = (np.full((24, 32), value, np.uint8) for value in (16, 128, 128))
    assert ColorWatch(TAGS).see(luma, cb, cr).is_in_color is None
    luma[10, 8:20], cb[10, 8:20], cr[10, 8:20] = 80, 100, 200
    assert ColorWatch(TAGS).see(luma, cb, cr).is_in_color is True


def test_noise_in_chroma_is_no_colour() -> None:
    """Another in every frame, as tapes have it; standing still it would be a pattern, which is colour."""
    rng = np.random.default_rng(1)
    noise = [128 + rng.normal(0, 3, (2, 24, 32)) for _ in range(25)]
    moving = judged([scene(number, *noise[number]) for number in range(25)])
    still = judged([scene(number, *noise[0]) for number in range(25)])
    assert not any(one.is_jump for one in moving)
    assert not any(one.is_in_color for one in moving[4:])
    assert all(one.is_in_color for one in still)


def test_the_mean_over_time_ends_with_the_picture() -> None:
    cb, cr = np.full((24, 32), 128.0), np.full((24, 32), 128.0)
    cb[8:14, 10:22], cr[8:14, 10:22] = 90, 200
    grey = np.full((24, 32), 128.0)
    before = [scene(number, cb, cr) for number in range(12)]
    after = [(255 - luma, cb, cr) for luma, cb, cr in (scene(number, grey, grey) for number in range(12))]
    assert [one.is_in_color for one in judged([*before, *after])] == [True] * 12 + [False] * 12


def test_a_shot_is_cut_where_colour_jumps() -> None:
    states = [None, *[False] * 9, True, *[False] * 5, None, *[True] * 8]
    assert parted([Shot(0, 25)], states, {10, 17, 23}) == (Shot(0, 17), Shot(17, 25, is_in_color=True))
    assert parted([Shot(0, 25)], states, ()) == (Shot(0, 25),)
    assert parted([Shot(7, 11), Shot(11, 32)], states, {24}, first=7) == (
        Shot(7, 11),
        Shot(11, 24),
        Shot(24, 32, is_in_color=True),
    )
    assert parted([Shot(0, 12), Shot(12, 25)], [False] * 25, {6}) == (Shot(0, 12), Shot(12, 25))
    assert marked([Shot(0, 17), Shot(17, 25)], states) == (Shot(0, 17), Shot(17, 25, is_in_color=True))
    assert parted([Shot(0, 3)], [None] * 3, ()) == (Shot(0, 3),)


def test_a_reel_of_the_same_scene_that_is_tinted_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its luma goes on without a cut."""
    monkeypatch.setitem(PICTURES, "sepia", data.camera)
    film = film_of(tmp_path / "film.mkv", ["grey", "sepia"], frames=8)
    assert [(shot.start, shot.stop, shot.is_in_color) for shot in shots_of(probe(film))] == [
        (0, 8, False),
        (8, 16, True),
    ]
