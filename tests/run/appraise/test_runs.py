"""What runs find out about their colours, and that it is kept with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

import tcvc_cli.run.computing
from examples.six_shots import read_result
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.model.engine import Engine
from tcvc_cli.model.runtime import Loaded
from tcvc_cli.names import sidecar_path, work_folder_of
from tcvc_cli.run.appraise.meter import SegmentMeter
from tcvc_cli.run.events import SegmentDone, ShotStarted
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.provenance.sidecar import Sidecar, read_sidecar
from tests.material.present import present
from tests.material.tiny_network import DoubtingTiny

pytestmark = pytest.mark.slow  # each colours a film, some of them twice

SHOTS = "0,10,,\n10,24,8,13\n24,40,,\n40,52,,\n52,88,,"
DISSOLVE = range(8, 13)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine with a network that needs no weights and knows doubt."""
    network = DoubtingTiny()
    loaded = Loaded(network, network, "0" * 64)
    monkeypatch.setattr(tcvc_cli.run.computing, "load_colorizer", lambda name, device: loaded)


@pytest.fixture
def options(six_shots: Path, tmp_path: Path) -> Options:
    shots = tmp_path / "shots.csv"
    shots.write_text(f"start_frame,stop_frame,dissolve_start,dissolve_stop\n{SHOTS}\n")
    return Options(
        six_shots,
        tmp_path / "color.mkv",
        shots_file=shots,
        interval_frames=2,
        overlap_frames=2,
        model_size_px=64,
        device="cpu",
    )


def run(options: Options) -> Sidecar:
    list(colorize(options))
    return present(read_sidecar(present(options.output)))


def called(options: Options, name: str) -> Options:
    return replace(options, output=present(options.output).with_name(name))


def by_shot(sidecar: Sidecar) -> list[Appraisal | None]:
    return [one.appraisal for one in sidecar.shots]


def test_the_sidecar_states_it_of_every_shot_and_segment(options: Options) -> None:
    sidecar = run(options)
    frames = [present(one).frames for one in by_shot(sidecar)]
    assert frames == [8, 11, 16, 12, 36]  # those of the dissolve are nobody's
    for segment in sidecar.segments:
        assert (segment.appraisal is None) == (segment.start in DISSOLVE)
    last = present(sidecar.shots[-1].appraisal)
    parts = [one for one in sidecar.segments if one.start >= sidecar.shots[-1].start]
    assert len(parts) > 1
    assert last.chroma == pytest.approx(
        sum(present(one.appraisal).chroma * (one.stop - one.start) for one in parts) / 36, abs=1e-4
    )
    for one in by_shot(sidecar):
        found = present(one)
        assert found.chroma > 1
        assert None not in (found.flicker, found.doubt, found.disagreement)
        assert found.coverage is None


def test_measuring_changes_no_packet(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = called(options, "measured.mkv")
    assert None not in by_shot(run(measured))
    monkeypatch.setattr(SegmentMeter, "add", lambda *_: None)
    assert by_shot(run(options)) == [None] * 5
    assert read_result(present(options.output)) == read_result(present(measured.output))


def test_a_run_that_was_stopped_says_what_one_says_that_was_not(options: Options) -> None:
    with closing(colorize(options)) as events:
        for event in events:
            if isinstance(event, SegmentDone) and event.number == 7:  # inside the last shot
                break
    assert work_folder_of(present(options.output)).is_dir()
    resumed, uninterrupted = run(options), run(called(options, "reference.mkv"))
    assert by_shot(resumed) == by_shot(uninterrupted)
    assert [one.appraisal for one in resumed.segments] == [one.appraisal for one in uninterrupted.segments]
    assert present(by_shot(resumed)[4]).frames == 36


def changed(options: Options, text: str) -> Options:
    file = present(options.output).with_name("film.tcvc.toml")
    file.write_text(text)
    return replace(options, settings_file=file, on_existing="overwrite")


def shots_coloured(options: Options) -> Sequence[int]:
    return [one.number for one in colorize(options) if isinstance(one, ShotStarted)]


def test_shots_that_are_taken_out_of_a_result_keep_theirs(options: Options) -> None:
    before = run(options)
    again = changed(options, "[[shot]]\nnumber = 3\nsaturation = 0.25\n")
    assert shots_coloured(again) == [3]
    after = present(read_sidecar(present(options.output)))
    assert after.shots[2].look != before.shots[2].look
    assert by_shot(after) == by_shot(before)  # before any grade


def test_of_a_sidecar_without_any_the_shots_stay_without(options: Options) -> None:
    """Such as an earlier version wrote."""
    run(options)
    path = sidecar_path(present(options.output))
    content = json.loads(path.read_text())
    for row in (*content["shots"], *content["segments"]):
        del row["appraisal"]
    path.write_text(json.dumps(content))
    assert by_shot(present(read_sidecar(present(options.output)))) == [None] * 5
    assert shots_coloured(changed(options, "[[shot]]\nnumber = 3\nsaturation = 0.25\n")) == [3]
    found = by_shot(present(read_sidecar(present(options.output))))
    assert [one is None for one in found] == [True, True, False, True, True]


def test_a_sidecar_that_says_what_cannot_be_is_none(options: Options) -> None:
    run(options)
    path = sidecar_path(present(options.output))
    content = json.loads(path.read_text())
    content["segments"][0]["appraisal"]["chroma"] = -1
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"segments\[0\]"):
        read_sidecar(present(options.output))


def test_a_run_that_looks_back_only_is_measured_too(options: Options) -> None:
    rows = "start_frame,stop_frame,dissolve_start,dissolve_stop\n0,40,,\n40,88,,\n"
    present(options.shots_file).write_text(rows)
    causal = Options(
        options.input,
        options.output,
        shots_file=options.shots_file,
        is_causal=True,
        model_size_px=64,
        device="cpu",
    )
    found = [present(one) for one in by_shot(run(causal))]
    assert [one.frames for one in found] == [40, 48]
    assert all(one.doubt is not None and one.flicker is not None for one in found)


def test_memory_that_runs_out_for_it_ends_nothing(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    by_others = called(options, "reference.mkv")
    reference = run(by_others)
    monkeypatch.setattr(Engine, "alone", lambda *_: None)
    found = run(options)
    assert read_result(present(options.output)) == read_result(present(by_others.output))
    assert [present(one).doubt for one in by_shot(found)] == [None] * 5
    assert [present(one).flicker for one in by_shot(found)] == [
        present(one).flicker for one in by_shot(reference)
    ]


def test_a_photograph_is_measured(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "cup.png"), np.asarray(data.coffee()[..., 1]))
    sidecar = run(Options(tmp_path / "cup.png", tmp_path / "cup.color.png", model_size_px=64, device="cpu"))
    (found,) = by_shot(sidecar)
    appraisal = present(found)
    assert (appraisal.frames, appraisal.flicker, appraisal.drift) == (1, None, None)
    assert appraisal.chroma > 1
    assert appraisal.doubt is not None
