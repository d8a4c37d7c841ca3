"""Files go to machines that do not see our disk and come back, on a real Ray cluster, and little of them is
under way at a time."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tcvc_cli.files import sha256_of
from tcvc_cli.run.machines.choice import depot_on, executor_on
from tcvc_cli.run.machines.executor import Executor
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.machines.shipping.depot import Lent, Shipment, slice_bytes_for
from tests.material.carried_files import CARRY, Carry
from tests.material.machines_apart import STORE_BYTES, Apart

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SIZE_BYTES = 200 * 2**20  # more than twice the store of a node


def lent(path: Path, sha256: str | None = None) -> tuple[Path, Lent]:
    stat = path.stat()
    return path, Lent("film.bin", stat.st_size, stat.st_mtime_ns, sha256 or sha256_of(path))


def written(path: Path, size_bytes: int) -> Path:
    with path.open("wb") as file:
        for _ in range(size_bytes >> 20):
            file.write(os.urandom(1 << 20))
    return path


def outcomes(executor: Executor, tasks: list[Carry]) -> list[str]:
    walk = executor.run(CARRY, iter(tasks))
    while True:
        try:
            next(walk)
        except StopIteration as end:
            found: list[str] = end.value
            return found


@contextmanager
def peaks() -> Iterator[dict[str, int]]:
    """How many bytes of the store of each node were seen in use; nodes tell ten times a second."""
    state: Any = pytest.importorskip("ray._private.state")
    found, over = dict[str, int](), threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for name, free in state.available_resources_per_node().items():
                used = STORE_BYTES - int(free.get("object_store_memory", 0))
                found[name] = max(found.get(name, 0), used)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def test_a_file_larger_than_the_store_goes_and_comes(apart: Apart, tmp_path: Path) -> None:
    film, back = written(tmp_path / "film", SIZE_BYTES), tmp_path / "back"
    back.mkdir()
    wanted = {f"{number}.bin": SIZE_BYTES for number in range(2)}
    sent = Shipment([lent(film)], back, wanted, slice_bytes_for(2))
    machines = Machines(ray=apart.address, is_shipped=True)
    with executor_on(machines) as executor, depot_on(machines, sent, "0" * 32) as depot, peaks() as found:
        assert executor.workers == 2
        tasks = [Carry(depot, "0" * 32, name, film) for name in wanted]
        assert outcomes(executor, tasks) == ["sees False"] * 2
        assert set(apart.left()) == {f"tcvc-ship-{'0' * 32}"}
    print([f"{peak / 2**20:.1f} MiB" for peak in found.values()])
    assert len(found) == 3
    assert 2**20 < max(found.values()) <= STORE_BYTES // 2
    assert {sha256_of(back / name) for name in wanted} == {sha256_of(film)}
    assert apart.left() == []
    assert sorted(path.name for path in back.iterdir()) == sorted(wanted)


def test_what_nobody_asked_for_is_refused(apart: Apart, tmp_path: Path) -> None:
    film, back = written(tmp_path / "film", 1 << 20), tmp_path / "back"
    back.mkdir()
    sent = Shipment([lent(film)], back, {"0.bin": 1 << 20}, slice_bytes_for(2))
    machines = Machines(ray=apart.address, is_shipped=True)
    with executor_on(machines) as executor, depot_on(machines, sent, "1" * 32) as depot:
        found = outcomes(executor, [Carry(depot, "1" * 32, "1.bin", film)])
    assert found == ["OutputError: a worker brings '1.bin', which nobody asked for"]
    assert list(back.iterdir()) == []


def test_what_comes_damaged_is_refused(apart: Apart, tmp_path: Path) -> None:
    film, back = written(tmp_path / "film", 1 << 20), tmp_path / "back"
    back.mkdir()
    other = hashlib.sha256(b"another film").hexdigest()
    sent = Shipment([lent(film, other)], back, {"0.bin": 1 << 20}, slice_bytes_for(2))
    machines = Machines(ray=apart.address, is_shipped=True)
    with executor_on(machines) as executor, depot_on(machines, sent, "2" * 32) as depot:
        (found,) = outcomes(executor, [Carry(depot, "2" * 32, "0.bin", film)])
    assert found.startswith("InputError: film.bin came to ")
    assert apart.left() == []
