"""Tasks and films on a real Ray cluster of two nodes: the same results, whatever dies and whoever stops."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from examples.six_shots import Result, read_result
from tcvc_cli.errors import UsageError
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.batch.films import run_batch
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.events import (
    BatchFinished,
    Event,
    FileStarted,
    FileTold,
    FilmProbed,
    Finished,
    Resumed,
    StageStarted,
    Warned,
)
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.machines.choice import executor_on
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options.film import Options
from tests.material.trivial_tasks import DOUBLE, Trivial, outcomes

pytestmark = [  # Ray leaves sockets and files to the garbage collector, and warns of what it will do some day
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROOT = Path(__file__).parents[3]
OPTIONS = Options(
    input=Path(), model="tcvc-mini", model_size_px=64, interval_frames=2, overlap_frames=2, device="cpu"
)
SETTINGS = ["--model", "tcvc-mini", "--model-size", "64", "--interval", "2", "--overlap", "2"]
SETTINGS += ["--device", "cpu"]
FILMS = ("0.mkv", "1.mkv", "2.mkv")


@pytest.fixture
def films(six_shots: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    for name in FILMS:
        shutil.copy(six_shots, folder / name)
    return folder


@pytest.fixture(scope="module")
def reference(six_shots: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Without Ray."""
    output = tmp_path_factory.mktemp("reference") / "film.mkv"
    options = {"model": "tcvc-mini", "model_size_px": 64, "interval_frames": 2, "overlap_frames": 2}
    list(colorize(Options(six_shots, output, device="cpu", **options)))  # type: ignore[arg-type]
    return read_result(output)


def results(out: Path) -> dict[str, Result]:
    return {path.name: read_result(path) for path in sorted(out.glob("*.mkv"))}


def wait_for(found: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not found():
        assert time.monotonic() < until
        time.sleep(0.005)


def segments_of(out: Path, film: str) -> list[Path]:
    folder = work_folder_of(out / f"{Path(film).stem}.color.mkv", None)
    return list(folder.glob("segment-*.mkv")) if folder.is_dir() else []


def workers() -> list[psutil.Process]:
    """All that are there of this test's cluster."""
    every = psutil.process_iter(["name", "cmdline"])
    return [one for one in every if "ray::Worker" in " ".join(one.info["cmdline"] or [one.info["name"]])]


def worker_on(out: Path, film: str) -> psutil.Process:
    """By the lock of the work folder, which it holds."""
    folder = str(work_folder_of(out / f"{Path(film).stem}.color.mkv", None))
    return next(one for one in workers() if any(file.path.startswith(folder) for file in one.open_files()))


def batch_on(films: Path, out: Path, machines: Machines) -> Batch:
    return Batch(Search((str(films),), out), OPTIONS, machines=machines)


def told_of(events: list[Event], film: str) -> list[Event]:
    return [one.told for one in events if isinstance(one, FileTold) and one.input.name == film]


def test_three_films_are_the_same_as_without_ray(
    cluster: str, films: Path, tmp_path: Path, reference: Result
) -> None:
    events = list(run_batch(batch_on(films, tmp_path / "out", Machines(ray=cluster))))
    last = events[-1]
    assert isinstance(last, BatchFinished)
    assert {one.input.name: (one.state, one.frames) for one in last.files} == dict.fromkeys(
        FILMS, ("done", 88)
    )
    assert results(tmp_path / "out") == {f"{n}.color.mkv": reference for n in range(3)}
    for film in FILMS:
        told = told_of(events, film)
        assert isinstance(told[0], FilmProbed)
        assert isinstance(told[-1], Finished)
        stages = [one.stage for one in told if isinstance(one, StageStarted)]
        assert stages == ["shots", "memory", "colorize", "remux"]


def test_a_killed_worker_changes_nothing(
    cluster: str, films: Path, tmp_path: Path, reference: Result, capfd: pytest.CaptureFixture[str]
) -> None:
    out, events = tmp_path / "out", list[Event]()
    for event in run_batch(batch_on(films, out, Machines(ray=cluster))):
        is_first = (
            isinstance(event, FileTold) and event.input.name == "0.mkv" and not told_of(events, "0.mkv")
        )
        events.append(event)
        if is_first:
            wait_for(lambda: len(segments_of(out, "0.mkv")) >= 2)
            worker_on(out, "0.mkv").kill()
    last = events[-1]
    assert isinstance(last, BatchFinished)
    assert [one.state for one in last.files] == ["done"] * 3
    assert results(out) == {f"{n}.color.mkv": reference for n in range(3)}
    told = told_of(events, "0.mkv")
    assert sum(isinstance(one, FilmProbed) for one in told) == 2
    assert sum(isinstance(one, Resumed) for one in told) == 1
    assert [one.input.name for one in events if isinstance(one, FileStarted)].count("0.mkv") == 1
    assert capfd.readouterr() == ("", "")


def command(films: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "tcvc_cli", "batch", str(films), "-o", str(out), *SETTINGS, "--json", *more]


def kinds(stdout: str) -> list[str]:
    return [json.loads(line)["event"] for line in stdout.splitlines()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_what_a_run_without_ray_goes_on_with(
    cluster: str, films: Path, tmp_path: Path, reference: Result, number: signal.Signals
) -> None:
    out, pipe = tmp_path / "out", subprocess.PIPE
    with subprocess.Popen(
        command(films, out, "--ray", cluster), cwd=ROOT, text=True, stdout=pipe, stderr=pipe
    ) as running:
        wait_for(lambda: bool(segments_of(out, "0.mkv")))
        running.send_signal(number)
        stdout, stderr = running.communicate(timeout=90)
    assert running.returncode == 130, stderr
    assert stderr.startswith("tcvc: error: Stopped. ")
    assert stderr.count("\n") == 1
    assert kinds(stdout)[-1] == "error"
    assert segments_of(out, "0.mkv")
    wait_for(lambda: not workers())
    again = subprocess.run(
        command(films, out), cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    assert again.returncode == 0, again.stderr
    assert "Resumed" in kinds(again.stdout)
    assert results(out) == {f"{n}.color.mkv": reference for n in range(3)}


def sockets_of(root: psutil.Process) -> set[tuple[str, str]]:
    """Who listens where, of a process and all below it."""
    found = set()
    for process in [root, *root.children(recursive=True)]:
        try:
            connections = process.net_connections()
        except psutil.Error:
            continue
        found |= {(process.name(), one.laddr.ip) for one in connections if one.status == psutil.CONN_LISTEN}
    return found


def test_a_cluster_of_its_own_is_for_this_machine_alone(films: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    out, pipe, seen = tmp_path / "out", subprocess.PIPE, set[tuple[str, str]]()
    before = set(Path("/tmp").glob("tcvc-ray-*"))
    more = ("--ray", "local", "--ray-workers", "2")
    with subprocess.Popen(
        command(films, out, *more), cwd=ROOT, text=True, stdout=pipe, stderr=pipe
    ) as running:
        while running.poll() is None and not segments_of(out, "1.mkv"):
            seen |= sockets_of(psutil.Process(running.pid))
            time.sleep(0.2)
        folders = set(Path("/tmp").glob("tcvc-ray-*")) - before
        assert [folder.stat().st_mode & 0o077 for folder in folders] == [0]
        below = psutil.Process(running.pid).children(recursive=True)
        seen |= sockets_of(psutil.Process(running.pid))
        stdout, stderr = running.communicate(timeout=150)
    assert (running.returncode, stderr) == (0, "")
    assert kinds(stdout)[-1] == "BatchFinished"
    assert {name for name, _ in seen} >= {"gcs_server", "raylet"}
    assert {ip for _, ip in seen} <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert not any(folder.exists() for folder in folders)
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in below)


def test_nobody_there_is_one_line() -> None:
    pytest.importorskip("ray")
    machines = Machines(ray="127.0.0.1:1")
    with pytest.raises(UsageError, match=r"no Ray cluster at 127\.0\.0\.1:1"), executor_on(machines):
        pass


def test_tasks_that_raise_die_and_die_again(cluster: str, tmp_path: Path) -> None:
    kinds_of = ("plain", "raises", "dies once", "dies", "known", "exits")
    tasks = [Trivial(number, tmp_path, kind) for number, kind in enumerate(kinds_of)]  # type: ignore[arg-type]
    with executor_on(Machines(ray=cluster, ray_workers=2)) as executor:
        assert executor.per_machine == 1
        said, found = outcomes(executor, tasks)
    by_number = {str(one).partition(":")[0]: one for one in found if isinstance(one, str)}
    assert {one for one in found if isinstance(one, int)} == {0, 4, -4}
    assert by_number["1"] == "1: torn"
    assert str(by_number["3"]).startswith("3: its worker died 4 times: ")
    assert "5" in by_number
    assert len(found) == len(tasks)
    begun = {number: (tmp_path / f"{number} begun").read_text() for number in (0, 1, 2, 3)}
    assert begun == {0: "1", 1: "1", 2: "2", 3: "4"}
    assert [one for one in said if one.startswith("started")].count("started 3") == 1


def test_no_more_tasks_are_taken_than_there_are_workers(cluster: str, tmp_path: Path) -> None:
    taken, over = 0, 0

    def tasks() -> Iterator[Trivial]:
        nonlocal taken
        for number in range(30):
            taken += 1
            assert taken - over <= 2
            yield Trivial(number, tmp_path)

    with executor_on(Machines(ray=cluster)) as executor:
        for event in executor.run(DOUBLE, tasks()):
            assert isinstance(event, Warned)
            over += event.message.startswith("ended")
    assert (taken, over) == (30, 30)


def test_closing_closes_what_is_in_hand(cluster: str, tmp_path: Path) -> None:
    tasks = [Trivial(number, tmp_path, "endless") for number in range(2)]
    with executor_on(Machines(ray=cluster)) as executor:
        with closing(executor.run(DOUBLE, iter(tasks))) as events:
            for _ in range(40):
                next(events)
        assert {path.name for path in tmp_path.glob("* closed")} == {"0 closed", "1 closed"}


def test_what_a_task_costs_beside_its_work(cluster: str, tmp_path: Path) -> None:
    with executor_on(Machines(ray=cluster)) as executor:
        outcomes(executor, [Trivial(number, tmp_path) for number in range(2)])  # workers are there
        began_s = time.monotonic()
        _, found = outcomes(executor, [Trivial(number, tmp_path) for number in range(2, 202)])
        took_s = time.monotonic() - began_s
    assert len(found) == 200
    print(f"{took_s / 200 * 1000:.1f} ms a task, on {os.cpu_count()} cores")
