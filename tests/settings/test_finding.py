"""Which frame of a film a picture shows, by its name and by its luma."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.errors import BadReference
from tcvc_cli.settings.candidates import Candidate
from tcvc_cli.settings.finding import ReferenceFinder
from tcvc_cli.settings.luma_match import MOST_PEAKS, LumaMatcher
from tcvc_cli.settings.picture_luma import luma_of
from tcvc_cli.settings.pictures import ReferencePicture
from tcvc_cli.settings.reference import Reference, finding_line
from tests.material.reference_material import Array, TextureFilm, luma, picture_of, shot, small, texture

WHOLE = (0.0, 0.0, 1.0, 1.0)
SHOTS = [*shot(1, 20), *shot(2, 20, step_px=2), *shot(3, 20)]


@pytest.fixture
def film() -> TextureFilm:
    return TextureFilm(SHOTS)


def found(film: TextureFilm, name: str, rgb: Array, opacity: Array | None = None) -> Reference:
    (reference,) = all_found(film, {name: picture_of(rgb, opacity)})
    return reference


def all_found(film: TextureFilm, pictures: Mapping[str, ReferencePicture]) -> tuple[Reference, ...]:
    finder = ReferenceFinder(film)
    for name, picture in pictures.items():
        finder.add(Candidate(Path(name), "0" * 64, "picture"), picture)
    if finder.needs_frames:
        for one in film.small_lumas():
            finder.see(one)
    return finder.references()


def near(box: tuple[float, ...], expected: tuple[float, ...], most: float = 0.01) -> bool:
    return bool(np.abs(np.subtract(box, expected)).max() < most)


def test_a_nameless_frame_is_found(film: TextureFilm) -> None:
    reference = found(film, "kitchen.png", SHOTS[27])
    assert (reference.frame, reference.found_by, reference.box) == (27, "luma", WHOLE)
    assert reference.likeness is not None
    assert reference.likeness > 0.99


@pytest.mark.parametrize("size", [(97, 73), (640, 480), (320, 180)])
@pytest.mark.parametrize("gamma", [0.6, 1.7])
def test_size_and_tone_do_not_count(film: TextureFilm, size: tuple[int, int], gamma: float) -> None:
    """The last of the sizes is stretched."""
    rgb = cv2.resize(SHOTS[44] ** np.float32(gamma) * 0.7 + 0.15, size, interpolation=cv2.INTER_AREA)
    reference = found(film, "kitchen.png", np.asarray(rgb, np.float32))
    assert reference.frame == 44
    assert near(reference.box, WHOLE)


@pytest.mark.parametrize("part", [(0, 0, 240, 180), (60, 50, 284, 218), (100, 30, 300, 220)])
def test_a_part_of_the_frame_is_found_with_its_place(
    film: TextureFilm, part: tuple[int, int, int, int]
) -> None:
    left, top, right, bottom = part
    reference = found(film, "kitchen.png", SHOTS[9][top:bottom, left:right])
    assert reference.frame == 9
    assert near(reference.box, (left / 320, top / 240, right / 320, bottom / 240))


def test_bars_around_the_picture_lie_outside_the_frame(film: TextureFilm) -> None:
    barred = np.pad(SHOTS[50], ((0, 0), (53, 53), (0, 0)))
    reference = found(film, "kitchen.png", barred)
    assert reference.frame == 50
    assert near(reference.box, (-53 / 320, 0, 373 / 320, 1))


def test_a_picture_that_shows_more_than_the_frame() -> None:
    wide = [texture(7, 240, 480)[:, step : step + 400] for step in range(0, 80, 4)]
    cut = TextureFilm([np.ascontiguousarray(one[:, 40:360]) for one in wide])
    reference = found(cut, "kitchen.png", wide[13])
    assert reference.frame == 13
    assert near(reference.box, (-40 / 320, 0, 360 / 320, 1))


def test_bars_in_the_film() -> None:
    barred = TextureFilm([np.pad(one[30:210], ((30, 30), (0, 0), (0, 0))) for one in SHOTS])
    reference = found(barred, "kitchen.png", SHOTS[31][30:210])
    assert reference.frame == 31
    assert near(reference.box, (0, 30 / 240, 1, 210 / 240))


@pytest.mark.parametrize("seed", range(20, 26))
def test_another_scene_is_no_frame(film: TextureFilm, seed: int) -> None:
    reference = found(film, "coat.png", shot(seed, 1)[0])
    assert reference.frame is None
    assert finding_line(reference) == "coat.png: no frame of this film, used by likeness"


def test_a_mirrored_frame_is_another_picture(film: TextureFilm) -> None:
    assert found(film, "coat.png", np.ascontiguousarray(SHOTS[27][:, ::-1])).frame is None


def test_a_dark_or_empty_picture_is_no_frame(film: TextureFilm) -> None:
    for tone in (0.02, 0.5, 1.0):
        flat = np.full((240, 320, 3), tone, np.float32)
        flat[..., 0] *= 0.5
        assert found(film, "coat.png", flat).frame is None


def test_in_a_still_scene_it_is_the_first() -> None:
    rng = np.random.default_rng(1)
    scene = texture(5, 240, 320)
    still = [np.clip(scene + rng.normal(0, 0.01, scene.shape), 0, 1).astype(np.float32) for _ in range(30)]
    film = TextureFilm([*SHOTS[:15], *still])
    assert found(film, "kitchen.png", scene).frame == 15


def test_a_name_is_believed_where_the_luma_agrees(film: TextureFilm) -> None:
    darker = SHOTS[31] ** np.float32(1.5)
    reference = found(film, "ref_000031.png", darker)
    assert (reference.frame, reference.found_by, reference.notes) == (31, "name", ())
    assert set(film.asked) == {31}
    at_time = found(film, "film-00h00m01s300.png", SHOTS[31])
    assert (at_time.frame, at_time.found_by) == (31, "time")


def test_a_name_counted_from_one_is_noticed() -> None:
    """The upper half moves to the left, the lower one to the right."""
    halves = zip(shot(1, 12, step_px=6), reversed(shot(2, 12, step_px=6)), strict=True)
    film = TextureFilm([np.concatenate([upper[:120], lower[120:]]) for upper, lower in halves])
    reference = found(film, "ref_000006.png", film.pictures[5])
    assert (reference.frame, reference.found_by) == (6, "name")
    assert reference.notes == ("frame 5 looks more like it",)


def test_a_name_that_says_another_frame_is_not_believed(film: TextureFilm) -> None:
    reference = found(film, "ref_000031.png", SHOTS[8])
    assert (reference.frame, reference.found_by) == (8, "luma")
    assert finding_line(reference) == (
        "ref_000031.png: frame 8, by its luma; its name says frame 31, which looks different"
    )


@pytest.mark.parametrize(("name", "words"), [("ref_000060", "frame 60"), ("0h01m00s0", "the time 60.000 s")])
def test_a_name_after_the_end(film: TextureFilm, name: str, words: str) -> None:
    reference = found(film, f"{name}.png", shot(20, 1)[0])
    assert reference.frame is None
    assert reference.notes == (f"its name says {words}, after the end of the film",)


def test_a_name_is_all_there_is_for_a_dark_frame() -> None:
    night = TextureFilm([np.full((240, 320, 3), 0.02, np.float32)] * 3)
    flat = np.full((240, 320, 3), 0.02, np.float32)
    flat[100:140, 100:140] = (0.03, 0.02, 0.01)
    reference = found(night, "ref_000002.png", flat)
    assert (reference.frame, reference.found_by, reference.likeness) == (2, "name", None)
    assert reference.box == WHOLE
    assert reference.notes == ("too little is to be seen to compare it by luma",)


def test_a_layer_with_one_painted_thing_keeps_its_place(film: TextureFilm) -> None:
    opacity = np.zeros((240, 320), np.float32)
    opacity[60:180, 80:240] = 1
    reference = found(film, "ref_000012.png", SHOTS[12] * opacity[..., None], opacity)
    assert (reference.frame, reference.found_by) == (12, "name")
    assert near(reference.box, WHOLE)


def test_two_pictures_of_one_frame_are_refused(film: TextureFilm) -> None:
    pictures = {"ref_000031.png": picture_of(SHOTS[31]), "film_000031.png": picture_of(SHOTS[31] * 0.9)}
    with pytest.raises(BadReference, match=r"^ref_000031\.png and film_000031\.png both show frame 31$"):
        all_found(film, pictures)
    parts = {"a.png": picture_of(SHOTS[9][:, :158]), "b.png": picture_of(SHOTS[9][:, 162:])}
    assert {one.frame for one in all_found(film, parts)} == {9}


def test_many_pictures_at_once(film: TextureFilm) -> None:
    wanted = [3, 22, 35, 58]
    pictures = {f"{chr(97 + number)}.png": picture_of(SHOTS[number]) for number in wanted}
    pictures["z.png"] = picture_of(shot(30, 1)[0])
    assert [one.frame for one in all_found(film, pictures)] == [*wanted, None]


def test_memory_does_not_grow_with_the_film() -> None:
    matcher = LumaMatcher([luma_of(picture_of(SHOTS[8])), luma_of(picture_of(SHOTS[33]))])
    seen = [small(luma(one)) for one in SHOTS]
    for _ in range(10):
        for one in seen:
            matcher.see(one)
    assert all(1 <= len(peaks) <= MOST_PEAKS for peaks in matcher.peaks())
    assert [peaks[0].frame for peaks in matcher.peaks()] == [8, 33]


def test_films_of_ten_bits(film: TextureFilm) -> None:
    class Deep(TextureFilm):
        def luma_of(self, frame: int) -> NDArray[Any]:
            return super().luma_of(frame).astype(np.uint16) * 4

    assert found(Deep(SHOTS), "kitchen.png", SHOTS[27]).frame == 27
    assert found(Deep(SHOTS), "ref_000027.png", SHOTS[27]).found_by == "name"
