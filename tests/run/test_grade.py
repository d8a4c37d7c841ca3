"""A finished colour film in other colours: what is kept bit for bit, and what is not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tcvc_cli.color.chroma import ab_from_planes
from tcvc_cli.color.grade import Grade, HueMap
from tcvc_cli.color.lab import lab_from_rgb
from tcvc_cli.errors import InputError, OutputExists, OutputIsInput, StreamNotCarried, UsageError
from tcvc_cli.measure.proof.compare import compare
from tcvc_cli.measure.proof.packets import compare_packets
from tcvc_cli.media.planes import Frame, pixel_format
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import sidecar_path
from tcvc_cli.records import Dissolve, Encoding, FilmInfo, FrameTime, Shot
from tcvc_cli.run.events import Event, Finished, FramesDone, GradingStarted, Skipped, StreamsCarried, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.grade.film import grade_film
from tcvc_cli.run.grade.parts import Mix, Part, mix_of_each_frame, parts_of
from tcvc_cli.run.grade.regrade import regrader_of, written_film
from tcvc_cli.run.grade.request import GradeRequest
from tcvc_cli.run.grade.sidecar import KIND, GradeSidecar, stated_about
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.provenance.sidecar import is_result, read_kind, read_sidecar
from tcvc_cli.run.provenance.verify import verify_result
from tcvc_cli.settings.film.decisions import Look
from tests.material.colored_films import colors_of, frames_of, save, write_film
from tests.material.media_sources import Source, make, planes
from tests.material.present import present

BLUE, BROWN = 280.0, 60.0
BLUE_TO_BROWN = HueMap(BLUE, BROWN)


@pytest.fixture(scope="module")
def finished(six_shots: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with film.mkv and the film.color.mkv that was made of it; to be copied, never changed."""
    folder = tmp_path_factory.mktemp("finished")
    shutil.copy2(six_shots, folder / "film.mkv")
    run = colorize(Options(folder / "film.mkv", model="tcvc-mini", device="cpu", model_size_px=64))
    assert isinstance(list(run)[-1], Finished)
    return folder


@pytest.fixture
def film(finished: Path, tmp_path: Path) -> Path:
    """film.color.mkv, beside its original."""
    shutil.copytree(finished, tmp_path / "films")
    return tmp_path / "films" / "film.color.mkv"


def grade(film: Path, *, warmth: float = 0.0, original: Path | None = None, **options: Any) -> list[Event]:
    chosen = replace(Options(film, saturation=1.5, warmth=warmth, preset="master"), **options)
    return list(grade_film(GradeRequest(chosen, original=original)))


def lumas(path: Path) -> list[NDArray[Any]]:
    return [frame.luma for frame in read_frames(probe(path))]


def are_equal(ones: Sequence[NDArray[Any]], others: Sequence[NDArray[Any]]) -> bool:
    return len(ones) == len(others) and all(map(np.array_equal, ones, others))


def test_luma_is_the_originals_bit_for_bit_and_all_else_is_carried(film: Path) -> None:
    events = grade(film, warmth=0.3)
    original, result = film.with_name("film.mkv"), film.with_name("film.graded.mkv")
    assert are_equal(lumas(result), lumas(original))
    assert not are_equal(lumas(result), lumas(film))  # H.264, which is another
    proof = verify_result(original, result)
    assert proof.holds
    assert proof.is_complete
    (packets,) = compare_packets(film, result, {1: 1}).values()
    assert packets.is_equal
    assert packets.largest_shift_s == 0
    (carried,) = (one.carried for one in events if isinstance(one, StreamsCarried))
    assert [row.how for row in carried] == ["graded", "copied"]
    assert sorted(one.name for one in film.parent.iterdir()) == [
        *("film.color.mkv", "film.color.mkv.json", "film.graded.mkv", "film.graded.mkv.json", "film.mkv")
    ]


def test_the_sidecar_says_what_was_done(film: Path) -> None:
    events = grade(film, warmth=0.3)
    result = film.with_name("film.graded.mkv")
    sidecar = present(read_kind(result, GradeSidecar, KIND))
    assert (sidecar.source.file, sidecar.result.file) == (film.name, result.name)
    assert present(sidecar.luma).file == "film.mkv"
    colored = present(read_sidecar(film))
    assert present(sidecar.luma).sha256 == colored.source.sha256
    assert [(one.start, one.stop) for one in sidecar.parts] == [
        (one.start, one.stop) for one in colored.shots
    ]
    assert {one.grade for one in sidecar.parts} == {Grade(1.5, 0.3)}
    assert [one.appraisal for one in sidecar.parts] == [one.appraisal for one in colored.shots]
    assert None not in [one.appraisal for one in sidecar.parts]
    assert read_sidecar(result) is None
    assert is_result(result)
    (started,) = (one for one in events if isinstance(one, GradingStarted))
    assert (started.luma_from.name, started.parts) == ("film.mkv", len(colored.shots))
    assert max(one.frames for one in events if isinstance(one, FramesDone) and one.stage == "grade") == 88
    assert isinstance(events[-1], Finished)
    assert events[-1].frames == 88
    sidecar_path(result).write_text(json.dumps({**json.loads(sidecar_path(result).read_text()), "schema": 2}))
    assert not is_result(result)


def test_a_graded_film_is_graded_from_the_same_luma(film: Path) -> None:
    grade(film, preset="access")
    again = film.with_name("again.mkv")
    grade(film.with_name("film.graded.mkv"), output=again)
    assert are_equal(lumas(again), lumas(film.with_name("film.mkv")))
    stated = [present(stated_about(one)).appraisals for one in (film, again)]
    assert stated[0] == stated[1] != (None,) * len(stated[0])


def test_without_the_original_the_luma_is_the_films_own(film: Path) -> None:
    original = film.with_name("film.mkv").rename(film.with_name("elsewhere.mkv"))
    (warned,) = (one for one in grade(film) if isinstance(one, Warned))
    assert warned.message.startswith("film.mkv, which film.color.mkv was made of, is not beside it")
    assert are_equal(lumas(film.with_name("film.graded.mkv")), lumas(film))
    events = grade(film, original=original, on_existing="overwrite")
    assert not any(isinstance(one, Warned) for one in events)
    assert are_equal(lumas(film.with_name("film.graded.mkv")), lumas(original))


def test_an_original_that_has_changed_is_not_taken(film: Path, example_film: Path) -> None:
    shutil.copy(example_film, film.with_name("film.mkv"))
    (warned,) = (one for one in grade(film) if isinstance(one, Warned))
    assert "has changed since" in warned.message
    assert are_equal(lumas(film.with_name("film.graded.mkv")), lumas(film))


@pytest.mark.parametrize("name", ["../film.mkv", "/etc/passwd", "..", "", "film\0.mkv"])
def test_a_sidecar_that_leads_out_of_the_folder_is_not_believed(film: Path, name: str) -> None:
    path = sidecar_path(film)
    content = json.loads(path.read_text())
    content["source"]["file"] = name
    path.write_text(json.dumps(content))
    assert stated_about(film) is None


def test_a_part_of_a_film_finds_its_frames(film: Path) -> None:
    original, part = film.with_name("film.mkv"), film.with_name("part.mkv")
    start_s, end_s = Fraction(14, 25), Fraction(40, 25)
    list(colorize(Options(original, output=part, start_s=start_s, end_s=end_s, model_size_px=64)))
    grade(part)
    assert are_equal(lumas(film.with_name("part.graded.mkv")), lumas(original)[14:40])


def test_an_original_of_other_pictures_is_refused(film: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "other.mkv", Source(codec="ffv1", frames=90))
    with pytest.raises(
        InputError, match=r"frame 0 of other\.mkv is another picture than frame 0 of film\.color"
    ):
        grade(film, original=other)
    larger = make(tmp_path / "larger.mkv", Source(width=96, frames=3))
    with pytest.raises(InputError, match=r"larger\.mkv has another size than film\.color\.mkv"):
        grade(film, original=larger)
    assert len(list(film.parent.iterdir())) == 3


def test_an_original_that_ends_early_is_refused(film: Path) -> None:
    short = film.with_name("short.mkv")
    run = colorize(Options(film.with_name("film.mkv"), output=short, end_s=Fraction(1), model_size_px=64))
    assert isinstance(list(run)[-1], Finished)
    with pytest.raises(InputError, match=r"short\.mkv ends before frame 25 of film\.color\.mkv"):
        grade(film, original=short)


def test_what_is_there_already(film: Path) -> None:
    result = film.with_name("film.graded.mkv")
    result.write_bytes(b"mine")
    with pytest.raises(OutputExists):
        grade(film)
    assert grade(film, on_existing="skip") == [Skipped(result)]
    assert result.read_bytes() == b"mine"
    for path in (film, film.with_name("film.mkv")):
        with pytest.raises(OutputIsInput):
            grade(film, output=path, on_existing="overwrite")


def test_a_run_that_is_stopped_leaves_nothing(film: Path) -> None:
    before = sorted(film.parent.iterdir())
    run = grade_film(GradeRequest(Options(film, saturation=2.0)))
    next(one for one in run if isinstance(one, FramesDone) and one.stage == "grade")
    assert sorted(film.parent.iterdir()) != before
    run.close()
    assert sorted(film.parent.iterdir()) == before


def test_what_cannot_be_graded(tmp_path: Path) -> None:
    grey = make(tmp_path / "grey.mkv", Source(codec="ffv1", pixel_format="gray", frames=2))
    with pytest.raises(InputError, match=r"grey\.mkv has no colours to grade"):
        grade(grey)
    film = make(tmp_path / "film.mkv", Source(frames=2))
    with pytest.raises(UsageError, match="nothing to do"):
        list(grade_film(GradeRequest(Options(film))))


def test_grey_stays_exactly_grey_without_warmth(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", frames_of(lengths=(3, 3)), is_gray=True)
    maps = (BLUE_TO_BROWN, HueMap(0, 90, 180))
    list(grade_film(GradeRequest(Options(film, saturation=4.0, vivid=1.0, hue_maps=maps, preset="master"))))
    for frame in read_frames(probe(tmp_path / "film.graded.mkv")):
        assert (present(frame.cb) == 128).all()
        assert (present(frame.cr) == 128).all()


def patches() -> NDArray[np.uint8]:
    """(48, 96, 3) RGB: blue, green and grey side by side."""
    colors = np.array([[[40, 80, 160], [60, 130, 50], [120, 120, 120]]], np.uint8)
    return np.asarray(cv2.resize(colors, (96, 48), interpolation=cv2.INTER_NEAREST), np.uint8)


def test_a_hue_map_turns_blue_to_brown_and_leaves_all_else_bit_for_bit(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", [patches()] * 3)
    list(grade_film(GradeRequest(Options(film, preset="master", hue_maps=(BLUE_TO_BROWN,)))))
    result = tmp_path / "film.graded.mkv"
    for old, new in zip(read_frames(probe(film)), read_frames(probe(result)), strict=True):
        assert np.array_equal(old.luma, new.luma)
        assert np.array_equal(present(old.cb)[:, 16:], present(new.cb)[:, 16:])
        assert np.array_equal(present(old.cr)[:, 16:], present(new.cr)[:, 16:])
    before, after = colors_of(film)[0][12, 4], colors_of(result)[0][12, 4]
    assert np.degrees(np.arctan2(before[1], before[0])) % 360 == pytest.approx(BLUE, abs=20)
    assert np.degrees(np.arctan2(after[1], after[0])) % 360 == pytest.approx(BROWN, abs=2)
    assert np.hypot(*after) == pytest.approx(np.hypot(*before), rel=0.1)


def test_each_part_has_its_own_grade(tmp_path: Path) -> None:
    film = probe(write_film(tmp_path / "film.mkv", [patches()]))
    regrader = regrader_of(film, film.pixel_format, Encoding("master"))
    (frame,) = read_frames(film)
    kept = regrader.frame(frame, frame.luma, Mix(Part(0, 1, Grade())))
    assert np.array_equal(present(kept.cb), present(frame.cb))
    assert np.array_equal(present(kept.cr), present(frame.cr))
    bare = regrader.frame(frame, frame.luma, Mix(Part(0, 1, Grade(saturation=0))))
    assert (present(bare.cb) == 128).all()
    lively = regrader.frame(frame, frame.luma, Mix(Part(0, 1, Grade(), vivid=1.0)))
    spread, was = (np.abs(present(one.cb).astype(int) - 128)[:, :32].mean() for one in (lively, frame))
    assert spread > was + 1


def test_a_dissolve_goes_from_one_grade_to_the_other(tmp_path: Path) -> None:
    looks = (Look(), Look(grade=Grade(saturation=0)))
    parts = parts_of((Shot(0, 5), Shot(5, 9, dissolve=Dissolve(4, 7))), looks)
    mixes = list(islice(mix_of_each_frame(parts), 12))
    assert [one.part for one in mixes] == [*parts[:1] * 7, *parts[1:] * 5]
    assert [one.share for one in mixes] == [0, 0, 0, 0, 0.25, 0.5, 0.75, 0, 0, 0, 0, 0]
    film = probe(write_film(tmp_path / "film.mkv", [patches()]))
    regrader = regrader_of(film, film.pixel_format, Encoding("master"))
    (frame,) = read_frames(film)
    half = regrader.frame(frame, frame.luma, mixes[5])
    ab, was = (_ab(film, one) for one in (half, frame))
    np.testing.assert_allclose(ab[12, 4], was[12, 4] / 2, atol=1)


def _ab(film: FilmInfo, frame: Frame) -> NDArray[np.float32]:
    planes = (frame.luma, present(frame.cb), present(frame.cr))
    return ab_from_planes(*planes, pixel_format=film.pixel_format, color=film.color)


def test_what_is_kept_or_locked_stays_as_it_is() -> None:
    looks = (Look(grade=Grade(0.5), is_kept=True), Look(grade=Grade(0.5), is_locked=True), Look(vivid=0.5))
    parts = parts_of((Shot(0, 5), Shot(5, 9), Shot(9, 11)), looks)
    assert [one.changes_nothing for one in parts] == [True, True, False]


def test_each_shot_is_graded_as_the_settings_say(film: Path) -> None:
    settings = film.with_name("mine.toml")
    settings.write_text(
        """[film]
saturation = 0.0
[[shot]]
number = 2
keep = true
palette = 1
"""
    )
    events = grade(film, saturation=None, settings_file=settings)
    shots = present(stated_about(film)).shots
    pairs = zip(read_frames(probe(film)), read_frames(probe(film.with_name("film.graded.mkv"))), strict=True)
    for old, new in pairs:
        if shots[1].start <= old.number < shots[1].stop:
            assert np.array_equal(present(old.cb), present(new.cb))
            assert np.array_equal(present(old.cr), present(new.cr))
        else:
            assert (present(new.cb) == 128).all()
    (warned,) = (one for one in events if isinstance(one, Warned))
    assert warned.message == "mine.toml: palette: for colouring, does nothing here"


def test_settings_beside_the_film_in_colour_count(film: Path) -> None:
    film.with_name("film.color.tcvc.toml").write_text("[film]\nwarmth = 0.5\n")
    film.with_name("film.tcvc.toml").write_text("[film]\nwarmth = -0.5\n")  # was for colouring
    list(grade_film(GradeRequest(Options(film))))
    sidecar = present(read_kind(film.with_name("film.graded.mkv"), GradeSidecar, KIND))
    assert {one.grade for one in sidecar.parts} == {Grade(warmth=0.5)}
    other = film.with_name("film.color.tcvc.toml").rename(film.with_name("settings.mkv"))
    with pytest.raises(OutputIsInput):
        grade(film, settings_file=other, output=other, on_existing="overwrite")


@pytest.mark.parametrize(("depth", "name"), [(8, "yuv420p"), (10, "yuv420p10le"), (12, "yuv420p12le")])
def test_a_deeper_original_keeps_every_bit(tmp_path: Path, depth: int, name: str) -> None:
    film = probe(make(tmp_path / "film.mkv", Source(codec="ffv1", frames=1)))
    layout = pixel_format(name)
    regrader = regrader_of(film, layout, Encoding("master"))
    assert written_film(film, layout).pixel_format == layout
    (frame,) = read_frames(film)
    luma = planes(Source(pixel_format=name), 3)[0]
    result = regrader.frame(frame, luma, Mix(Part(0, 1, Grade(saturation=1.2))))
    assert np.array_equal(result.luma, luma)
    assert present(result.cb).dtype == (np.uint8 if depth == 8 else np.uint16)


@pytest.mark.parametrize("name", ["yuv420p", "yuv422p", "yuv444p"])
@pytest.mark.parametrize("height", [48, 50])
def test_a_field_knows_nothing_of_the_other(tmp_path: Path, name: str, height: int) -> None:
    source = Source(codec="ffv1", pixel_format=name, height=height, frames=1)
    film = replace(probe(make(tmp_path / "film.mkv", source)), fields="top")
    regrader = regrader_of(film, film.pixel_format, Encoding("master"))
    luma, cb, cr = planes(source, 1)
    results = []
    for change in (0, 90):
        other = [present(plane).copy() for plane in (luma, cb, cr)]
        for plane in other:
            plane[1::2] += np.uint8(change)
        frame = Frame(0, FrameTime(0, 1, Fraction(1, 25)), other[0], other[1], other[2])
        results.append(regrader.frame(frame, frame.luma, Mix(Part(0, 1, Grade(1.3, 0.5)))))
    for one, two in ((results[0].cb, results[1].cb), (results[0].cr, results[1].cr)):
        assert np.array_equal(present(one)[0::2], present(two)[0::2])
        assert not np.array_equal(present(one)[1::2], present(two)[1::2])
        assert present(one).shape == present(cb).shape


def test_strict_refuses_a_photograph_that_would_lose_something(tmp_path: Path) -> None:
    film = tmp_path / "portrait.color.png"
    rgb = frames_of()[0]
    cv2.imwrite(str(film), np.dstack([rgb, np.full(rgb.shape[:2], 90, np.uint8)]))  # with transparency
    with pytest.raises(StreamNotCarried):
        list(grade_film(GradeRequest(Options(film, saturation=0.5, is_strict=True))))
    assert list(tmp_path.iterdir()) == [film]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_photograph(tmp_path: Path, suffix: str) -> None:
    rgb = frames_of()[0]
    film = save(tmp_path / f"portrait.color{suffix}", rgb)
    list(grade_film(GradeRequest(Options(film, saturation=0.5))))
    result = present(cv2.imread(str(tmp_path / "portrait.graded.png")))[..., ::-1]
    before, after = (lab_from_rgb(one.astype(np.float32) / 255) for one in (rgb, result))
    np.testing.assert_allclose(after[..., 0], before[..., 0], atol=2)
    np.testing.assert_allclose(after[..., 1:], before[..., 1:] / 2, atol=3)


def test_a_photograph_that_was_coloured_has_the_lightness_of_its_original(tmp_path: Path) -> None:
    grey = np.repeat(frames_of()[0][..., 1:2], 3, axis=2)
    film = save(tmp_path / "portrait.png", grey)
    list(colorize(Options(film, model="tcvc-mini", device="cpu", model_size_px=64)))
    events = list(grade_film(GradeRequest(Options(tmp_path / "portrait.color.png", saturation=0.0))))
    assert not any(isinstance(one, Warned) for one in events)
    result = present(cv2.imread(str(tmp_path / "portrait.graded.png")))
    np.testing.assert_allclose(result.astype(int), grey.astype(int), atol=1)


def test_sound_subtitles_chapters_and_tags_of_any_film(tmp_path: Path) -> None:
    source = Source(audio=("aac", "flac"), has_subtitle=True, has_chapters=True, has_attachment=True)
    film = make(tmp_path / "film.mkv", source)
    list(grade_film(GradeRequest(Options(film, preset="master", warmth=-0.4))))
    proof = compare(film, tmp_path / "film.graded.mkv")
    assert proof.holds
    assert {one.subject for one in proof.checks if one.verdict != "holds"} == {"colours of the film"}
