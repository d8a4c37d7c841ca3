"""A long call that tells how far it is: putting a result together, and proving it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tcvc_cli.measure.proof.compare import compare
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.read.decode import read_frames
from tcvc_cli.media.read.probe import probe
from tcvc_cli.run import reporting
from tcvc_cli.run.events import Event, FramesDone, StageStarted
from tcvc_cli.run.reporting import Report, reported, stages_behind
from tests.material.media_sources import Source, make
from tests.material.painted_films import painted, segments_of

FRAMES = 12


@pytest.fixture(autouse=True)
def every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_EVENT_EVERY_S", 0.0)


@pytest.fixture
def material(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A film of `FRAMES` frames, and its segment in painted colours."""
    folder = tmp_path_factory.mktemp("material")
    film = probe(make(folder / "film.mkv", Source(frames=FRAMES)))
    frames = [painted(frame, film, "access") for frame in read_frames(film)]
    return film.path, segments_of(film, frames, "access", folder / "result.mkv")[0]


def test_what_is_reported_comes_out_in_order_and_so_does_the_result() -> None:
    def work(report: Report) -> str:
        report.begin("remux", ("proof",))
        report.frames(1)
        report.begin("proof", ())
        report.frames(3)
        return threading.current_thread().name

    values: list[str] = []

    def run() -> Iterator[Event]:
        values.append((yield from reported(work, 3)))

    events = list(run())
    assert values == ["reported"]
    assert events == [
        StageStarted("remux", 3, ("proof",)),
        FramesDone("remux", 1),
        StageStarted("proof", 3, ()),
        FramesDone("proof", 3),
    ]


def test_the_last_frame_is_told_however_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_EVENT_EVERY_S", 3600.0)

    def work(report: Report) -> None:
        report.begin("remux", ())
        for number in range(1, 101):
            report.frames(number)

    assert list(reported(work, 100)) == [StageStarted("remux", 100, ()), FramesDone("remux", 100)]


def test_errors_come_out() -> None:
    def work(report: Report) -> None:
        report.begin("remux", ())
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        list(reported(work, 1))


def test_work_that_nobody_wants_ends_and_tidies_up() -> None:
    tidied = []

    def work(report: Report) -> None:
        report.begin("remux", ())
        number = 0
        try:
            while True:
                number += 1
                report.frames(number)
        finally:
            tidied.append(number)

    run = reported(work, 10)
    next(run)
    run.close()
    assert len(tidied) == 1
    assert "reported" not in {thread.name for thread in threading.enumerate()}


def test_a_stopped_remux_leaves_nothing(material: tuple[Path, Path], tmp_path: Path) -> None:
    film, segment = material

    def stop(frames: int) -> None:
        if frames == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remux(probe(film), [segment], tmp_path / "result.mkv", extra_tags={}, on_frames=stop)
    assert list(tmp_path.iterdir()) == []


def test_remux_and_proof_count_every_frame(material: tuple[Path, Path], tmp_path: Path) -> None:
    film, segment = material
    output, written, compared = tmp_path / "result.mkv", list[int](), list[int]()
    remux(probe(film), [segment], output, extra_tags={}, on_frames=written.append)
    assert written == list(range(1, FRAMES + 1))
    compare(film, output, on_frames=compared.append)
    assert compared == written


def test_a_proof_comes_behind_the_remux() -> None:
    assert stages_behind(is_proved=False) == ("remux",)
    assert stages_behind(is_proved=True) == ("remux", "proof")
