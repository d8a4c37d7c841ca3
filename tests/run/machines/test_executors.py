"""Every executor is held to the same: each task once, in spite of one that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tcvc_cli.errors import UsageError
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.machines.choice import executor_on
from tcvc_cli.run.machines.executor import Executor
from tcvc_cli.run.machines.here import Here
from tcvc_cli.run.machines.options import Machines, ray_address
from tcvc_cli.run.machines.processes import Processes
from tcvc_cli.run.machines.worker import Done, Worker
from tcvc_cli.run.options.film import Options
from tests.material.trivial_tasks import DOUBLE, Trivial, outcomes


@pytest.mark.parametrize(
    "executor",
    [Here(), pytest.param(Processes(2), marks=[pytest.mark.slow, pytest.mark.alone])],
    ids=["here", "processes"],
)
def test_each_task_is_done_once(executor: Executor, tmp_path: Path) -> None:
    tasks = [Trivial(number, tmp_path) for number in range(1, 4)]
    tasks += [Trivial(4, tmp_path, "raises"), Trivial(5, tmp_path, "known")]
    said, found = outcomes(executor, tasks)
    assert sorted(map(str, found)) == ["-5", "2", "4", "4: torn", "6"]
    assert sorted(one for one in said if one.startswith("started")) == [f"started {n}" for n in range(1, 6)]
    assert [one for one in said if one.startswith("ended")] == [f"ended {one}" for one in found]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        f"{number} begun": "1" for number in range(1, 5)
    }


def test_a_task_is_asked_for_when_somebody_is_free(tmp_path: Path) -> None:
    taken: list[int] = []

    def tasks() -> Iterator[Trivial]:
        for number in range(3):
            taken.append(number)
            yield Trivial(number, tmp_path)

    walk = Here().run(DOUBLE, tasks())
    assert taken == []
    next(walk)
    assert taken == [0]
    walk.close()
    assert taken == [0]


@pytest.mark.slow
@pytest.mark.alone
def test_a_process_that_is_killed_fails_its_task_alone(tmp_path: Path) -> None:
    _, found = outcomes(Processes(2), [Trivial(1, tmp_path, "dies"), Trivial(2, tmp_path)])
    assert 4 in found or "2: " in str(found)  # a pool that breaks takes along what it has in hand
    assert any(str(one).startswith("1: A process in the process pool was terminated") for one in found)


def test_a_worker_that_is_stopped_closes_its_task(tmp_path: Path) -> None:
    worker = Worker(str(tmp_path), 0.0)
    items = worker.work(DOUBLE, Trivial(1, tmp_path, "endless"))
    next(items)
    next(items)
    worker._is_stopped.set()
    assert list(items) == []
    assert (tmp_path / "1 closed").exists()
    worker.stop()  # nothing is in hand
    assert list(worker.work(DOUBLE, Trivial(2, tmp_path))) == []
    assert not (tmp_path / "2 begun").exists()


def test_a_worker_ends_with_the_outcome(tmp_path: Path) -> None:
    *_, last = Worker(str(tmp_path), 0.0).work(DOUBLE, Trivial(4, tmp_path))
    assert last == Done(8)
    *_, last = Worker(str(tmp_path), 0.0).work(DOUBLE, Trivial(4, tmp_path, "raises"))
    assert last == Done("4: torn")
    assert not Worker(str(tmp_path / "missing"), 0.0).meet().has_folder


@pytest.mark.parametrize("address", ["auto", "local", "10.0.0.1:6379", "head.lan:6379", "[fd00::1]:6379"])
def test_addresses(address: str) -> None:
    assert ray_address(address) == address


@pytest.mark.parametrize(
    "address", ["", "head.lan", "10.0.0.1", "ray://10.0.0.1:10001", "http://a:1", "a b:1"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="'"):
        ray_address(address)


def test_options_that_make_no_sense() -> None:
    with pytest.raises(UsageError, match="--ray-workers is about a Ray cluster"):
        Machines(ray_workers=2)
    with pytest.raises(UsageError, match="whole GPUs"):
        Machines(ray="auto", ray_gpus=1.5)
    with pytest.raises(UsageError, match="--ray-cpus"):
        Machines(ray="auto", ray_cpus=0)
    search, options = Search((".",), Path("out")), Options(input=Path())
    with pytest.raises(UsageError, match="--ray has its own workers beside -j"):
        Batch(search, options, workers=2, machines=Machines(ray="auto"))


def test_without_ray_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcvc_cli.run.machines.choice.find_spec", lambda _: None)
    with pytest.raises(UsageError, match="Ray is not installed") as caught, executor_on(Machines(ray="auto")):
        pass
    assert caught.value.advice == 'Install it: pip install "tcvc[ray]"'
