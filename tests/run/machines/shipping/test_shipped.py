"""One film on machines that do not see its disk: it is the one that a single machine makes."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import pytest

from examples.six_shots import SHOTS, Result, read_result
from tcvc_cli.errors import ShotsFailed
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.events import Event, Finished, SegmentDone, StageStarted
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.machines.events import ShotsEnded, ShotsStarted
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.shares.distribution import Spread
from tests.material.machines_apart import ROOT, Apart
from tests.material.present import present

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CHOSEN: dict[str, Any] = {
    "model": "tcvc-mini",
    "model_size_px": 64,
    "interval_frames": 2,
    "overlap_frames": 2,
    "device": "cpu",
}
SETTINGS = ["--model", "tcvc-mini", "--model-size", "64", "--interval", "2", "--overlap", "2"]
SETTINGS += ["--device", "cpu"]


@pytest.fixture
def options(six_shots: Path, tmp_path: Path) -> Options:
    """With a shot list, and something decided about a shot."""
    shutil.copy(six_shots, tmp_path / "film.mkv")
    rows = [f"{start},{stop}\n" for start, stop in itertools.pairwise(SHOTS)]
    (tmp_path / "shots.csv").write_text("start_frame,stop_frame\n" + "".join(rows))
    (tmp_path / "film.tcvc.toml").write_text(
        '[[shot]]\nnumber = 1\nstarts = "0:00:00.000"\nsaturation = 0.5\n'
    )
    return Options(tmp_path / "film.mkv", tmp_path / "color.mkv", shots_file=tmp_path / "shots.csv", **CHOSEN)


@pytest.fixture
def alone(options: Options, tmp_path: Path) -> Result:
    """What one process makes of the film."""
    output = tmp_path / "alone.mkv"
    list(colorize(Options(options.input, output, shots_file=options.shots_file, **CHOSEN)))
    return read_result(output)


def shipped(apart: Apart) -> Spread:
    return Spread(Machines(ray=apart.address, is_shipped=True))


def wait_for(found: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not found():
        assert time.monotonic() < until
        time.sleep(0.005)


def shares(apart: Apart) -> list[Path]:
    """In which a worker has finished a part of a shot."""
    pattern = "tcvc-ship-*/share-worker-*/segment-*.mkv"
    return [path.parent for folder in apart.temporary for path in folder.glob(pattern)]


def shares_into(found: list[Path], apart: Apart) -> list[Path]:
    """They come and go."""
    found += shares(apart)
    return found


def worker_in(share: Path) -> psutil.Process:
    """By the lock that it holds."""
    return psutil.Process(int(share.name.rpartition("-")[2]))


def test_a_film_is_the_same_as_on_one_machine(apart: Apart, options: Options, alone: Result) -> None:
    assert apart.hidden in options.input.parents
    events = list(colorize(options, shipped(apart)))
    assert isinstance(events[-1], Finished)
    assert read_result(present(options.output)) == alone
    assert sum(event.frames for event in events if isinstance(event, SegmentDone)) == 88
    assert sum(event.frames for event in events if isinstance(event, ShotsEnded)) == 88
    assert apart.left() == []


def test_a_killed_worker_changes_nothing(apart: Apart, options: Options, alone: Result) -> None:
    killed, events = list[Path](), list[Event]()
    for event in colorize(options, shipped(apart)):
        events.append(event)
        if isinstance(event, ShotsStarted) and not killed:
            wait_for(lambda: bool(shares_into(killed, apart)))
            worker_in(killed[0]).kill()
    assert read_result(present(options.output)) == alone
    assert sum(event.frames for event in events if isinstance(event, ShotsEnded)) == 88
    assert apart.left() == []


def test_a_stopped_run_leaves_nothing_there_and_goes_on_here(
    apart: Apart, options: Options, alone: Result
) -> None:
    paths = [str(options.input), "-o", str(options.output), "--shots", str(options.shots_file)]
    command = [sys.executable, "-m", "tcvc_cli", "colorize", *paths, *SETTINGS, "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*command, "--ray", apart.address, "--ship"], cwd=ROOT, text=True, stdout=pipe, stderr=pipe
    ) as running:
        wait_for(lambda: bool(shares(apart)))
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=90)
    assert running.returncode == 130, stderr
    assert stderr.count("\n") == 1
    assert apart.left() == []
    assert work_folder_of(present(options.output), None).is_dir()
    list(colorize(options))
    assert read_result(present(options.output)) == alone


def test_references_and_what_is_remembered_go_along(apart: Apart, options: Options, tmp_path: Path) -> None:
    folder = tmp_path / "references"
    folder.mkdir()
    encoded = cv2.imencode(".png", np.full((48, 64, 3), (40, 120, 200), np.uint8))[1]
    (folder / "Ä picture.png").write_bytes(encoded.tobytes())
    given = replace(options, references=(folder,))
    list(colorize(replace(given, output=tmp_path / "alone.mkv")))
    list(colorize(given, shipped(apart)))
    assert read_result(present(given.output)) == read_result(tmp_path / "alone.mkv")
    assert apart.left() == []


def test_a_film_that_changes_is_not_coloured(apart: Apart, options: Options) -> None:
    events = colorize(options, shipped(apart))
    next(event for event in events if isinstance(event, StageStarted) and event.stage == "colorize")
    with options.input.open("ab") as film:
        film.write(b"more")
    with pytest.raises(ShotsFailed, match="has changed while machines took it"):
        list(events)
    assert apart.left() == []
