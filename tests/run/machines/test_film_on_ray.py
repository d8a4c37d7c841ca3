"""One film on a real Ray cluster of two nodes: the film of a single run, also when a worker is killed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from examples.six_shots import SHOTS, Result, read_result
from tcvc_cli.names import sidecar_path, work_folder_of
from tcvc_cli.run.events import (
    Event,
    Finished,
    FramesDone,
    SegmentDone,
)
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.machines.events import ShotsEnded, ShotsStarted
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume.work_folder import shares_in
from tcvc_cli.run.shares.distribution import Spread

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROOT = Path(__file__).parents[3]
SETTINGS = ["--model", "tcvc-mini", "--model-size", "64", "--interval", "2", "--overlap", "2"]
SETTINGS += ["--device", "cpu", "--json"]


def options_of(film: Path, output: Path) -> Options:
    return Options(
        film, output, model="tcvc-mini", model_size_px=64, interval_frames=2, overlap_frames=2, device="cpu"
    )


@pytest.fixture(scope="module")
def reference(six_shots: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    output = tmp_path_factory.mktemp("reference") / "film.mkv"
    list(colorize(options_of(six_shots, output)))
    return read_result(output)


@pytest.fixture
def film(six_shots: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(six_shots, tmp_path / "film.mkv"))


def wait_for(found: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not found():
        assert time.monotonic() < until
        time.sleep(0.005)


def segments_in_shares(output: Path) -> Iterator[Path]:
    for share in shares_in(work_folder_of(output)):
        yield from share.glob("segment-*.mkv")


def kill_whoever_works_on(output: Path) -> None:
    """A worker that has finished a part of a shot, and not the shot."""
    wait_for(lambda: any(segments_in_shares(output)))
    folder = str(work_folder_of(output) / "share-")
    for process in psutil.process_iter():
        try:
            if any(file.path.startswith(folder) for file in process.open_files()):
                process.kill()
                return
        except psutil.Error:
            continue
    raise AssertionError("nobody works there")


def test_the_film_is_that_of_a_single_run(
    cluster: str, film: Path, tmp_path: Path, reference: Result
) -> None:
    output = tmp_path / "color.mkv"
    events = list(colorize(options_of(film, output), Spread(Machines(ray=cluster))))
    assert isinstance(events[-1], Finished)
    assert read_result(output) == reference
    assert not work_folder_of(output).exists()
    given = sorted(shot for event in events if isinstance(event, ShotsStarted) for shot in event.shots)
    assert len(given) == len(set(given)) > 1
    ended = [event for event in events if isinstance(event, ShotsEnded)]
    assert sorted(shot for event in ended for shot in event.shots) == given
    assert {event.error for event in ended} == {None}
    done = [event.frames for event in events if isinstance(event, FramesDone) and event.stage == "colorize"]
    assert done == sorted(done)
    assert done[-1] == SHOTS[-1] == sum(event.frames for event in ended)
    assert sum(event.frames for event in events if isinstance(event, SegmentDone)) == SHOTS[-1]
    sidecar = json.loads(sidecar_path(output).read_text())
    assert {row["machine"] for row in sidecar["segments"]} == {0}  # both nodes are this machine
    assert len(sidecar["machines"]) == 1


def test_a_killed_worker_changes_nothing(
    cluster: str, film: Path, tmp_path: Path, reference: Result, capfd: pytest.CaptureFixture[str]
) -> None:
    output, events, is_killed = tmp_path / "color.mkv", list[Event](), False
    for event in colorize(options_of(film, output), Spread(Machines(ray=cluster))):
        events.append(event)
        if isinstance(event, ShotsStarted) and not is_killed:
            is_killed = True
            kill_whoever_works_on(output)
    assert is_killed
    assert read_result(output) == reference
    assert not work_folder_of(output).exists()
    assert all(event.error is None for event in events if isinstance(event, ShotsEnded))
    assert capfd.readouterr() == ("", "")


def test_what_ctrl_c_leaves_another_run_goes_on_with(
    cluster: str, film: Path, tmp_path: Path, reference: Result
) -> None:
    output, pipe = tmp_path / "color.mkv", subprocess.PIPE
    words = [sys.executable, "-m", "tcvc_cli", "colorize", str(film), "-o", str(output), *SETTINGS]
    spread = [*words, "--ray", cluster]
    with subprocess.Popen(spread, cwd=ROOT, text=True, stdout=pipe, stderr=pipe) as running:
        wait_for(lambda: any(work_folder_of(output).glob("segment-*.json")))
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=90)
    assert running.returncode == 130, said
    assert said.startswith("tcvc: error: Stopped. ")
    assert said.count("\n") == 1
    assert not output.exists()
    again = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert again.returncode == 0, again.stderr
    assert "Resumed" in [json.loads(line)["event"] for line in again.stdout.splitlines()]
    assert read_result(output) == reference
