"""Colours cross with the pictures in a dissolve, and nowhere else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest
import torch

from benchmarks.dissolves import around, chroma_changes, usual_change
from benchmarks.kills import make_film, read_result
from tcvc_cli.media.planes import Frame
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.model.engine import Engine, Precision
from tcvc_cli.plan.takes import takes
from tcvc_cli.records import Dissolve, FrameTime, Shot
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import SegmentDone, ShotsFound
from tcvc_cli.run.film.coloring import ShotPainter, paint_segment
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.paint import LitFrame
from tcvc_cli.run.film.segments import segments_of
from tcvc_cli.run.options import Options
from tcvc_cli.run.plan import FilmPlan, InputSize
from tests.material.shot_material import SCENES, Film, as_luma, dissolved, shot
from tests.material.tiny_network import TinyNetwork

MIXED = Dissolve(12, 23)
SHOTS = (Shot(0, 18), Shot(18, 40, dissolve=MIXED))


def plan_of(**options: Any) -> FilmPlan:
    """A plan that needs no film: enough of one to colour frames that are handed to it."""
    chosen = Options(Path("film.mkv"), interval_frames=2, overlap_frames=2, **options)
    film: Any = SimpleNamespace()
    return FilmPlan(chosen, film, Path("out.mkv"), InputSize(64, 4), (64, 48), "cpu", "float32", "", 2, 65)


def computing() -> Computing:
    engine = Engine(TinyNetwork(), Precision(torch.device("cpu"), torch.float32))
    return Computing(engine, "cpu", "float32", "")


def frames_of(start: int, stop: int) -> Iterator[LitFrame]:
    """Two pictures, 20 and 70 in lightness, one dissolved into the other."""
    for number in range(start, stop):
        share = min(1.0, max(0.0, float(MIXED.share(number))))
        lightness = np.full((48, 64), 20 + 50 * share, np.float32)
        time = FrameTime(number, 1, Fraction(1, 25))
        yield LitFrame(Frame(number, time, np.zeros((48, 64), np.uint8), None, None), lightness)


def test_colours_are_mixed_as_the_pictures_are() -> None:
    """The slow twin: each shot alone, over all frames that it is seen in, then the mixture of the two."""
    plan = plan_of()
    alone = []
    for take in takes(SHOTS):
        frames = frames_of(take.seen.start, take.seen.stop)
        painter = ShotPainter(plan, computing(), frames, replace_ends(take))
        steps = [step for one in segments_of(plan, SHOTS) if one.take == take for step in one.steps]
        painted = [one for step in steps for one in painter.paint(step)]
        alone.append({one.frame.number: one.ab for one in painted})
    frames, painter_now, found = frames_of(0, 40), None, {}
    for segment in segments_of(plan, SHOTS):
        if painter_now is None:
            painter_now = ShotPainter(plan, computing(), frames, segment.take)
        elif segment.is_first_of_shot:
            painter_now = painter_now.next_shot(segment.take)
        for one in paint_segment(segment, painter_now, frames):
            found[one.frame.number] = one.ab
    assert list(found) == list(range(40))
    for number, ab in found.items():
        share = min(Fraction(1), max(Fraction(0), MIXED.share(number)))
        old, new = alone[0].get(number, 0), alone[1].get(number, 0)
        np.testing.assert_allclose(ab, (1 - float(share)) * old + float(share) * new, atol=1e-4)


def replace_ends(take: Any) -> Any:
    """The same frames, as if all were its own."""
    return replace(take, shot=take.seen, ends_in=None)


def test_segments_hold_every_frame_once_and_none_is_empty() -> None:
    segments = segments_of(plan_of(), SHOTS)
    assert [one.start for one in segments[1:]] == [one.stop for one in segments[:-1]]
    assert (segments[0].start, segments[-1].stop) == (0, 40)
    assert all(one.stop > one.start for one in segments)
    assert [one.start for one in segments if one.is_first_of_shot] == [0, MIXED.start]


def write_luma(path: Path, luma: Film) -> Path:
    with av.open(str(path), "w") as out:
        stream = cast(av.VideoStream, out.add_stream("ffv1", rate=25))
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
