"""Colours cross with the pictures in a dissolve, and nowhere else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import torch

from benchmarks.dissolves import around, chroma_changes, usual_change
from examples.six_shots import make_film, read_result
from tcvc_cli.color.grade import Grade
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.precision import Precision
from tcvc_cli.model.runtime import Loaded, load_observer, load_spreader
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.records import Dissolve, FrameTime, Shot
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import SegmentDone, ShotsFound
from tcvc_cli.run.film.coloring import ShotPainter, paint_dissolve
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.paint import LitFrame
from tcvc_cli.run.film.segments import ShotPlan, parts_of, plan_shots, segments_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.plan import FilmPlan, InputSize
from tcvc_cli.run.resume.fingerprint import Ingredients, Picture, has_same_shots
from tcvc_cli.settings.film.decisions import Look
from tests.material.present import present
from tests.material.shot_material import SCENES, Film, as_luma, dissolved, shot
from tests.material.tiny_network import TinyNetwork

MIXED = Dissolve(12, 23)
SHOTS = (Shot(0, 18), Shot(18, 40, dissolve=MIXED))


def plan_of(**options: Any) -> FilmPlan:
    """A plan that needs no film: enough of one to colour frames that are handed to it."""
    chosen = Options(Path("film.mkv"), interval_frames=2, overlap_frames=2, **options)
    film: Any = SimpleNamespace(**dict.fromkeys(one.name for one in fields(Picture)))
    return FilmPlan(chosen, film, Path("out.mkv"), InputSize(64, 4), (64, 48), "cpu", "float32", "", 2, 65)


def computing() -> Computing:
    network, precision = TinyNetwork(), Precision(torch.device("cpu"), torch.float32)
    observer = load_observer(network, precision)
    spreader, loaded = load_spreader(observer, precision), Loaded(network, network, "")
    return Computing(Engine(network, precision), observer, spreader, loaded, "cpu", "float32", "", 2)


def frames_of(start: int, stop: int) -> Iterator[LitFrame]:
    """Two pictures, 20 and 70 in lightness, one dissolved into the other."""
    for number in range(start, stop):
        share = min(1.0, max(0.0, float(MIXED.share(number))))
        lightness = np.full((48, 64), 20 + 50 * share, np.float32)
        time = FrameTime(number, 1, Fraction(1, 25))
        yield LitFrame(Frame(number, time, np.zeros((48, 64), np.uint8), None, None), lightness)


def colors_of(plan: FilmPlan, take: Take) -> dict[int, Any]:
    """By frame, of a shot alone, over all frames that it is seen in."""
    frames = frames_of(take.seen.start, take.seen.stop)
    painter = ShotPainter(plan, computing(), take, frames)
    return {one.frame.number: one.ab for part in parts_of(plan, take) for one in painter.paint(part.steps)}


def test_colours_are_mixed_as_the_pictures_are() -> None:
    old, new = (colors_of(plan_of(), take) for take in takes(SHOTS))
    assert (list(old), list(new)) == ([*range(MIXED.stop)], [*range(MIXED.start, 40)])
    mixed = paint_dissolve(MIXED, old, new, frames_of(MIXED.start, MIXED.stop))
    found = {one.frame.number: one.ab for one in mixed}
    assert list(found) == list(range(MIXED.start, MIXED.stop))
    for number, ab in found.items():
        share = float(MIXED.share(number))
        np.testing.assert_allclose(present(ab), (1 - share) * old[number] + share * new[number], atol=1e-4)


def planned(shots: Sequence[Shot], plan: FilmPlan | None = None) -> tuple[ShotPlan, ...]:
    made_of = Ingredients("1", 1, (), 0, "", "", "cpu", (64, 48), 2, 65, None, (), (), ())
    return plan_shots(plan or plan_of(), shots, [Look()] * len(shots), made_of)


def test_segments_hold_every_frame_once_and_a_dissolve_comes_when_both_shots_have_coloured_it() -> None:
    segments = segments_of(planned(SHOTS))
    shown = sorted((one.start, one.stop) for one in segments if one.frame_count)
    assert [start for start, _ in shown[1:]] == [stop for _, stop in shown[:-1]]
    assert (shown[0][0], shown[-1][1]) == (0, 40)
    (at,) = (place for place, one in enumerate(segments) if one.part is None)
    assert (segments[at].start, segments[at].stop) == (MIXED.start, MIXED.stop)
    old, new = ([one.part for one in segments[:at] if one.part and one.shot.number == n] for n in (1, 2))
    assert old[-1].stop == MIXED.stop  # all that the first shot is seen in
    assert new[-1].stop >= MIXED.stop
    assert all(one.part and one.part.start >= MIXED.stop for one in segments[at + 1 :])


def test_a_shot_that_is_all_dissolve_has_no_frames_of_its_own() -> None:
    shots = (
        Shot(0, 6),
        Shot(6, 12, dissolve=Dissolve(4, 9)),
        Shot(12, 20, dissolve=Dissolve(9, 15)),
    )
    middle = [one for one in segments_of(planned(shots)) if one.shot.number == 2 and one.part]
    assert [one.frame_count for one in middle] == [0] * len(middle)
    assert all(one.has_mixed_frames for one in middle)
    shown = sorted((one.start, one.stop) for one in segments_of(planned(shots)) if one.frame_count)
    assert shown[:3] == [(0, 4), (4, 9), (9, 15)]
    assert [frame for start, stop in shown for frame in range(start, stop)] == [*range(20)]


def test_a_shot_depends_on_nothing_but_itself() -> None:
    """What its neighbours are like, and which number it has, does not make it another."""
    shots = (Shot(0, 18), Shot(18, 30), Shot(30, 40))
    edited = (Shot(0, 9), Shot(9, 18), Shot(18, 30), Shot(30, 40))
    by_range = {(one.take.start, one.take.stop): one.fingerprint for one in planned(shots)}
    again = {(one.take.start, one.take.stop): one.fingerprint for one in planned(edited)}
    assert {place for place, one in again.items() if one == by_range.get(place)} == {(18, 30), (30, 40)}
    assert len(set(again.values())) == 4
    moved = tuple(one.fingerprint for one in planned((Shot(0, 18), Shot(18, 40, dissolve=MIXED))))
    assert set(moved).isdisjoint(by_range.values())


@pytest.mark.parametrize(
    ("changed", "is_another"),
    [
        ({"crf": 30}, True),
        ({"end_s": Fraction(9)}, False),
        ({"is_strict": True}, False),
    ],
)
def test_what_makes_a_shot_another(changed: dict[str, Any], *, is_another: bool) -> None:
    before, after = (planned(SHOTS, plan_of(**more))[0].fingerprint for more in ({}, changed))
    assert (before != after) is is_another


def test_another_way_of_finding_shots_finds_them_anew() -> None:
    """Without a look ahead cuts are found otherwise; another look changes none."""
    before = ingredients_of({"is_causal": "False", "saturation": "None"})
    assert has_same_shots(before, ingredients_of({"is_causal": "False", "saturation": "0.5"}))
    assert not has_same_shots(before, ingredients_of({"is_causal": "True", "saturation": "None"}))


def ingredients_of(options: dict[str, str]) -> Ingredients:
    return Ingredients("1", 1, (), 0, "", "", "cpu", (64, 48), 2, 65, None, (), (), tuple(options.items()))


def test_another_look_makes_a_shot_another_and_that_one_alone() -> None:
    made_of = Ingredients("1", 1, (), 0, "", "", "cpu", (64, 48), 2, 65, None, (), (), ())
    shots, plain = (Shot(0, 18), Shot(18, 40)), Look()
    before = plan_shots(plan_of(), shots, [plain, plain], made_of)
    for other in (Look(palette=1), Look(vivid=0.5), Look(grade=Grade(warmth=0.1))):
        after = plan_shots(plan_of(), shots, [plain, other], made_of)
        assert after[0].fingerprint == before[0].fingerprint
        assert after[1].fingerprint != before[1].fingerprint
    locked = plan_shots(plan_of(), shots, [plain, Look(is_locked=True)], made_of)
    assert [one.fingerprint for one in locked] == [one.fingerprint for one in before]


def write_luma(path: Path, luma: Film) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = *luma.shape[1:], "gray"
        for number, plane in enumerate(as_luma(luma)):
            frame = av.VideoFrame.from_ndarray(plane, "gray")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hard cut at frame 30, and a dissolve of frames 58 to 74."""
    mixed = dissolved(shot(SCENES[1], 44), shot(SCENES[3], 44), 16)
    return write_luma(
        tmp_path_factory.mktemp("dissolve") / "film.mkv", np.concatenate([shot(SCENES[0], 30), mixed])
    )


def colored(film: Path, folder: Path, **options: Any) -> tuple[Path, tuple[Shot, ...]]:
    output = folder / "out.mkv"
    chosen = Options(film, output, preset="master", model_size_px=64, device="cpu", **options)
    events = list(colorize(chosen))
    return output, next(event.shots for event in events if isinstance(event, ShotsFound))


@pytest.mark.slow
def test_a_dissolve_does_not_snap_and_a_cut_does(film: Path, tmp_path: Path) -> None:
    output, shots = colored(film, tmp_path)
    assert [one.dissolve is None for one in shots] == [True, True, False]
    changes = chroma_changes(probe(output)).pixel
    usual = usual_change(changes, shots)
    crossing = [changes[place] for place in around(shots[2])]
    assert max(crossing) < 4 * np.mean(crossing)  # a snap is nearly all of the change at once
    (cut,) = around(shots[1])
    assert changes[cut] > 5 * usual
    for one, other in zip(read_frames(probe(film)), read_frames(probe(output)), strict=True):
        assert np.array_equal(one.luma, other.luma)


def test_a_cut_given_by_hand_is_a_cut(film: Path, tmp_path: Path) -> None:
    (tmp_path / "shots.csv").write_text("start_frame,stop_frame\n0,30\n30,66\n66,102\n")
    output, shots = colored(film, tmp_path, shots_file=tmp_path / "shots.csv")
    assert shots == (Shot(0, 30), Shot(30, 66), Shot(66, 102))
    changes = chroma_changes(probe(output)).pixel
    assert changes[65] > 3 * max(changes[58:65].max(), changes[66:74].max())


@pytest.mark.slow
def test_a_run_stopped_anywhere_in_a_dissolve_goes_on_to_the_same_film(tmp_path: Path) -> None:
    """Windows of nine frames: the dissolve reaches over segments of both shots."""
    make_film(tmp_path / "film.mkv")
    (tmp_path / "shots.csv").write_text(
        "start_frame,stop_frame,dissolve_start,dissolve_stop\n0,30,,\n30,88,10,62\n"
    )
    options = Options(
        tmp_path / "film.mkv",
        tmp_path / "whole.mkv",
        shots_file=tmp_path / "shots.csv",
        model_size_px=64,
        interval_frames=2,
        overlap_frames=2,
        device="cpu",
    )
    done = [event for event in colorize(options) if isinstance(event, SegmentDone)]
    whole = read_result(tmp_path / "whole.mkv")
    assert len(done) > 3
    for segments in range(1, len(done)):
        stopped = replace(options, output=tmp_path / f"stopped-{segments}.mkv")
        with closing(colorize(stopped)) as events:
            ended = (event for event in events if isinstance(event, SegmentDone))
            assert next(itertools.islice(ended, segments - 1, None)).number == segments
        list(colorize(stopped))
        assert stopped.output is not None
        assert read_result(stopped.output) == whole
