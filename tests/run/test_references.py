"""Pictures in colour that are given for a film: what they are found to be, and what they do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tcvc_cli.errors import BadReference
from tcvc_cli.names import sidecar_path
from tcvc_cli.run.events import Event, ReferencesFound, Resumed, SegmentDone, StageStarted, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tests.material.colored_films import FPS, LENGTHS, apart, colors_of, frames_of, save, write_film
from tests.material.present import present

FIRST = slice(0, LENGTHS[0])
SECOND = slice(LENGTHS[0], sum(LENGTHS))
FRAMES = frames_of()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv", FRAMES, is_gray=True)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return colors_of(write_film(tmp_path_factory.mktemp("truth") / "truth.mkv", FRAMES))


@pytest.fixture
def options(film: Path, tmp_path: Path) -> Options:
    return Options(film, tmp_path / "color.mkv", interval_frames=4, model_size_px=128, device="cpu")


def given(options: Options, *paths: Path, **others: Any) -> Options:
    return replace(options, references=paths, **others)


def run(options: Options) -> list[Event]:
    return list(colorize(options))


def colors(options: Options) -> list[Any]:
    run(options)
    return colors_of(present(options.output))


def found_in(events: Sequence[Event]) -> list[tuple[int | None, str | None, tuple[int, ...]]]:
    """Frame, how it was found, and shots, of each reference."""
    (event,) = (one for one in events if isinstance(one, ReferencesFound))
    return [(one.reference.frame, one.reference.found_by, one.shots) for one in event.references]


def stages(events: Sequence[Event]) -> list[str]:
    return [one.stage for one in events if isinstance(one, StageStarted)]


def sidecar(options: Options) -> Any:
    return json.loads(sidecar_path(present(options.output)).read_text("utf-8"))


def save_a_patch(path: Path, rgb: Any) -> None:
    """The rest is transparent, so that it explains nothing of another shot."""
    opacity = np.zeros(rgb.shape[:2], np.uint8)
    opacity[50:74, 60:84] = 255
    cv2.imwrite(str(path), np.dstack([rgb[..., ::-1], opacity]))


def run_until_stopped(options: Options, segments: int) -> list[Event]:
    """As Ctrl-C would, when so many segments are on disk."""
    seen: list[Event] = []
    with closing(colorize(options)) as events:
        for event in events:
            seen.append(event)
            if sum(isinstance(one, SegmentDone) for one in seen) == segments:
                break
    return seen


def test_the_first_shot_follows_its_own_first_frame(
    options: Options, truth: list[Any], tmp_path: Path
) -> None:
    picture = save(tmp_path / "refs" / "ref_000000.png", FRAMES[0])
    with_it = given(options, picture.parent, output=tmp_path / "with.mkv")
    events = run(with_it)
    assert found_in(events)[0][:2] == (0, "name")
    assert 1 in found_in(events)[0][2]
    near, far = colors_of(present(with_it.output)), colors(options)
    assert apart(near[:1], truth[:1]) < 3
    assert apart(near[FIRST], truth[FIRST]) < 0.4 * apart(far[FIRST], truth[FIRST])
    (entry,) = sidecar(with_it)["references"]
    assert entry["reference"]["frame"] == 0
    assert entry["reference"]["file"].endswith("ref_000000.png")
    assert sidecar(options)["references"] == []


def test_a_shot_alone_keeps_what_is_given(options: Options, truth: list[Any], tmp_path: Path) -> None:
    picture = save(tmp_path / "refs" / "ref_000000.png", FRAMES[0])
    alone = colors(given(options, picture, is_shot_alone=True))
    assert apart(alone[:1], truth[:1]) < 3


def test_a_resumed_run_knows_what_was_found(options: Options, tmp_path: Path) -> None:
    picture = save(tmp_path / "nameless.png", FRAMES[14])
    chosen = given(options, picture)
    before = run_until_stopped(chosen, 1)
    assert "references" in stages(before)
    assert found_in(before) == [(14, "luma", found_in(before)[0][2])]
    after = run(chosen)
    assert any(isinstance(one, Resumed) for one in after)
    assert "references" not in stages(after)
    assert found_in(after) == found_in(before)


def test_another_reference_recomputes_only_the_shots_that_it_counts_for(
    options: Options, tmp_path: Path
) -> None:
    folder = tmp_path / "refs"
    save(folder / "ref_000000.png", FRAMES[0])
    save_a_patch(folder / "ref_000015.png", FRAMES[15])
    chosen = given(options, folder)
    before = run_until_stopped(chosen, 2)
    assert 1 in found_in(before)[0][2]
    assert found_in(before)[1] == (15, "name", (2,))
    save_a_patch(folder / "ref_000015.png", np.ascontiguousarray(FRAMES[15][..., ::-1]))
    (resumed,) = (one for one in run(chosen) if isinstance(one, Resumed))
    assert (resumed.frames, resumed.shots) == (LENGTHS[0], 1)
    assert resumed.changes == "the references have changed"


def test_a_picture_of_another_scene_is_used_by_likeness(
    options: Options, truth: list[Any], tmp_path: Path
) -> None:
    picture = save(tmp_path / "other.png", np.ascontiguousarray(FRAMES[3][:, ::-1]))
    chosen = given(options, picture, output=tmp_path / "with.mkv")
    events = run(chosen)
    frame, found_by, shots = found_in(events)[0]
    assert (frame, found_by) == (None, None)
    assert 1 in shots
    near, far = colors_of(present(chosen.output)), colors(options)
    assert apart(near[FIRST], truth[FIRST]) < 0.85 * apart(far[FIRST], truth[FIRST])
    weightless = colors(given(options, picture, output=tmp_path / "none.mkv", references_weight=0.0))
    assert apart(weightless[FIRST], truth[FIRST]) > apart(near[FIRST], truth[FIRST])


def test_a_picture_like_nothing_is_named_and_not_used(options: Options, tmp_path: Path) -> None:
    plain = np.full((120, 160, 3), (200, 60, 40), np.uint8)
    events = run(given(options, save(tmp_path / "plain.png", plain)))
    assert found_in(events)[0][0] is None
    if not found_in(events)[0][2]:
        words = [one.message for one in events if isinstance(one, Warned)]
        assert "plain.png is like no shot of the film, and is not used" in words


def test_a_film_in_colour_of_another_size_and_rate(
    options: Options, truth: list[Any], tmp_path: Path
) -> None:
    half = [
        np.asarray(cv2.resize(one, (128, 96), interpolation=cv2.INTER_AREA), np.uint8) for one in FRAMES[::2]
    ]
    copy = write_film(tmp_path / "copy.mkv", half, fps=FPS // 2)
    chosen = given(options, copy)
    events = run(chosen)
    event = next(one for one in events if isinstance(one, ReferencesFound))
    pairs = [(one.reference.frame, one.reference.picture_frame) for one in event.references]
    assert pairs
    assert all(abs(present(frame) - 2 * present(number)) <= 1 for frame, number in pairs)
    assert {shot for one in event.references for shot in one.shots} == {1, 2}
    assert apart(colors_of(present(chosen.output)), truth) < 8


def test_a_film_without_colour_is_refused(options: Options, tmp_path: Path) -> None:
    grey = write_film(tmp_path / "grey.mkv", FRAMES[:4], is_gray=True)
    with pytest.raises(BadReference, match=r"grey\.mkv has no colour in it"):
        run(given(options, grey))
    assert not present(options.output).exists()
