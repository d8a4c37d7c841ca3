"""Frames that are worth colouring, as pictures that come back, and what references leave unexplained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tcvc_cli.errors import InputError, OutputError, OutputExists, UsageError
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.run.events import CoverageFound, Event, FramesExported, PartCoverage, ReferencesFound
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.references.coverage import find_coverage, joined
from tcvc_cli.run.references.export import export_frames
from tcvc_cli.run.references.requests import Export, frame_numbers
from tests.material.colored_films import LENGTHS, apart, colors_of, frames_of, save, write_film
from tests.material.present import present

FRAMES = frames_of()
CUT = LENGTHS[0]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv", FRAMES, is_gray=True)


@pytest.fixture
def options(film: Path) -> Options:
    return Options(film, interval_frames=4, model_size_px=128, device="cpu")


def exported(request: Export) -> FramesExported:
    *_, last = export_frames(request)
    assert isinstance(last, FramesExported)
    return last


def frames_in(done: FramesExported) -> list[int]:
    return [one.frame for one in done.files]


def last_of(events: list[Event]) -> CoverageFound:
    assert isinstance(events[-1], CoverageFound)
    return events[-1]


def test_few_frames_explain_both_shots(options: Options, tmp_path: Path) -> None:
    done = exported(Export(options, tmp_path / "refs"))
    assert {one.shot for one in done.files} == {1, 2}
    assert len(done.files) < 8
    assert present(done.explained) > 0.8
    assert sorted(one.name for one in (tmp_path / "refs").iterdir()) == [one.file.name for one in done.files]
    one = exported(Export(options, tmp_path / "one", most=1))
    assert len(one.files) == 1
    assert present(one.explained) < present(done.explained)


def test_one_frame_of_every_shot(options: Options, tmp_path: Path) -> None:
    done = exported(Export(options, tmp_path / "refs", choice="every-shot", is_gray=True))
    first, second = frames_in(done)
    assert first < CUT <= second


def test_frames_that_are_named_come_as_the_film_has_them(options: Options, tmp_path: Path) -> None:
    request = Export(options, tmp_path / "refs", frames=frame_numbers("12,3"), is_gray=True)
    assert [one.file.name for one in exported(request).files] == ["ref_000003.png", "ref_000012.png"]
    picture = present(cv2.imread(str(tmp_path / "refs" / "ref_000003.png")))
    luma = next(iter(read_frames(probe(options.input), 3, 4))).luma
    assert (np.ptp(picture, axis=2) == 0).all()
    expected = np.clip((luma.astype(float) - 16) * 255 / 219, 0, 255)
    assert np.abs(picture[..., 0] - expected).max() <= 0.51
    assert b"COLORIZED_WITH" not in (tmp_path / "refs" / "ref_000003.png").read_bytes()


def test_corrected_pictures_come_back_in_the_film(options: Options, tmp_path: Path) -> None:
    folder = tmp_path / "refs"
    exported(Export(options, folder, frames=frame_numbers(f"4,{CUT + 5}")))
    for frame in (4, CUT + 5):
        path = folder / f"ref_{frame:06d}.png"
        assert b"COLORIZED_WITH" in path.read_bytes()
        save(path, FRAMES[frame])
    result = tmp_path / "color.mkv"
    events = list(colorize(replace(options, output=result, references=(folder,))))
    (event,) = (one for one in events if isinstance(one, ReferencesFound))
    assert [(one.reference.frame, one.reference.found_by) for one in event.references] == [
        (4, "name"),
        (CUT + 5, "name"),
    ]
    truth = colors_of(write_film(tmp_path / "truth.mkv", FRAMES))
    grey: list[Any] = [0 * one for one in truth]
    assert apart(colors_of(result), truth) < 0.3 * apart(grey, truth)


def test_uncorrected_pictures_leave_the_film_as_it_is(options: Options, tmp_path: Path) -> None:
    """Even where its colours are pale."""
    folder = tmp_path / "refs"
    exported(Export(options, folder, choice="every-shot"))
    without, with_them = tmp_path / "without.mkv", tmp_path / "with.mkv"
    list(colorize(replace(options, output=without)))
    list(colorize(replace(options, output=with_them, references=(folder,))))
    assert apart(colors_of(with_them), colors_of(without)) < 3


def test_nothing_is_overwritten_unless_wanted(options: Options, tmp_path: Path) -> None:
    folder = tmp_path / "refs"
    request = Export(options, folder, frames=frame_numbers("2,5"), is_gray=True)
    save(folder / "ref_000005.png", FRAMES[5])
    before = (folder / "ref_000005.png").read_bytes()
    with pytest.raises(OutputExists, match=r"ref_000005\.png is there already"):
        exported(request)
    assert [one.name for one in folder.iterdir()] == ["ref_000005.png"]
    assert (folder / "ref_000005.png").read_bytes() == before
    exported(replace(request, options=replace(options, on_existing="overwrite")))
    assert (folder / "ref_000005.png").read_bytes() != before


def test_what_makes_no_sense_is_refused(options: Options, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the film has no frame 22"):
        exported(Export(options, tmp_path / "refs", frames=frame_numbers("1,22")))
    with pytest.raises(UsageError, match="--every-shot"):
        Export(options, tmp_path / "refs", choice="every-shot", frames=frame_numbers("1"))
    with pytest.raises(OutputError, match="is not a folder"):
        exported(Export(options, options.input, frames=frame_numbers("1")))
    with pytest.raises(ValueError, match="12,400"):
        frame_numbers("1,-2")
    in_color = write_film(tmp_path / "color.mkv", FRAMES)
    with pytest.raises(InputError, match="in colour already"):
        exported(Export(replace(options, input=in_color), tmp_path / "refs"))
    assert not (tmp_path / "refs").exists()


def test_what_references_explain_is_not_asked_for_again(options: Options, tmp_path: Path) -> None:
    picture = save(tmp_path / "ref_000006.png", FRAMES[6])
    done = exported(Export(replace(options, references=(picture,)), tmp_path / "more"))
    assert frames_in(done)
    assert all(frame >= CUT for frame in frames_in(done))


def test_coverage_names_the_shot_that_nothing_explains(options: Options, tmp_path: Path) -> None:
    picture = save(tmp_path / "refs" / "ref_000004.png", FRAMES[4])
    found = last_of(list(find_coverage(replace(options, references=(picture,)))))
    (part,) = found.parts
    assert (part.start, part.stop, part.shot) == (CUT, sum(LENGTHS), 2)
    assert part.coverage < found.under < 0.9
    save(tmp_path / "refs" / f"ref_{CUT + 5:06d}.png", FRAMES[CUT + 5])
    events = list(find_coverage(replace(options, references=(picture.parent,))))
    assert last_of(events).parts == ()
    assert last_of(events).coverage > found.coverage
    with pytest.raises(UsageError, match="no references"):
        list(find_coverage(options))


def test_neighbours_of_one_shot_are_joined_and_the_worst_is_first() -> None:
    rows = [
        PartCoverage(0, 10, 1, 0.3),
        PartCoverage(10, 30, 1, 0.15),
        PartCoverage(30, 40, 1, 0.9),
        PartCoverage(40, 50, 2, 0.1),
        PartCoverage(50, 60, 3, 0.1),
        PartCoverage(60, 80, 4, 0.1),
    ]
    *worst, best = joined(rows)
    assert worst == [
        PartCoverage(60, 80, 4, 0.1),
        PartCoverage(40, 50, 2, 0.1),
        PartCoverage(50, 60, 3, 0.1),
    ]
    assert (best.start, best.stop, best.shot) == (0, 30, 1)
    assert best.coverage == pytest.approx(0.2)
