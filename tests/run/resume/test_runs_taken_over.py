"""Runs of a film whose work another host had, or takes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from examples.six_shots import SHOTS, read_result
from tcvc_cli.errors import OutputBusy
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.events import Resumed, SegmentDone
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.machines.events import Waiting
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume import lease as leases
from tests.material.lease_material import write_lease
from tests.material.present import present

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.fixture
def options(six_shots: Path, tmp_path: Path) -> Options:
    return Options(
        input=six_shots,
        output=tmp_path / "color.mkv",
        model="tcvc-mini",
        model_size_px=64,
        interval_frames=2,
        overlap_frames=2,
        device="cpu",
    )


def test_a_host_that_is_dead_is_waited_for_and_followed(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(colorize(options)) as started:
        next(event for event in started if isinstance(event, SegmentDone))
    folder = work_folder_of(present(options.output))
    monkeypatch.setattr(leases, "WATCH_S", 2.0)
    monkeypatch.setattr(leases, "BEAT_S", 0.2)
    write_lease(folder)
    events = list(colorize(options))
    said = [event.message for event in events if isinstance(event, Waiting)]
    assert said[0] == f"waiting 2 s to see whether pid 4711 on elsewhere still works in {folder}"
    assert any(isinstance(event, Resumed) for event in events)
    whole = replace(options, output=present(options.output).with_name("whole.mkv"))
    list(colorize(whole))
    assert read_result(present(options.output)) == read_result(present(whole.output))
    assert not folder.exists()


def test_a_run_that_is_taken_over_stops_and_leaves_all(options: Options) -> None:
    folder = work_folder_of(present(options.output))
    with closing(colorize(options)) as events:
        next(event for event in events if isinstance(event, SegmentDone))
        (folder / "lease-000001.json").unlink()
        write_lease(folder, number=2)
        (folder / "0123abcd.part").write_text("of the other")
        before = {path.name: path.read_bytes() for path in folder.glob("segment-*")}
        before["0123abcd.part"] = b"of the other"
        with pytest.raises(OutputBusy, match="taken over by pid 4711 on elsewhere"):
            list(events)
    assert len(list(folder.glob("segment-*.mkv"))) < len(SHOTS) - 1
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert (folder / "lease-000002.json").exists()
    assert not present(options.output).exists()
