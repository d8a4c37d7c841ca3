"""Whatever lies under the name of a lease: nothing crashes, and nobody waits for ever."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tcvc_cli.errors import OutputBusy, OutputError
from tcvc_cli.run.resume import lease as leases
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.lease import holder_of
from tests.material.lease_material import lease_files, noted, write_lease

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="makes pipes and links")

SANE = {"beat": 1, "beat_s": 0.05, "token": "0" * 32, "tool": "tcvc", "schema": 1}
PROCESS = {"host": "h", "pid": 1, "started": "", "system": ""}
HOSTILE: list[bytes] = [
    b"",
    b"\0" * 512,
    b"no JSON",
    b"[" * 4000,
    b"[]",
    b"9" * 4000,
    b'{"pid": 1}',
    b" " * 10_000_000,
    *(
        json.dumps(SANE | {"process": PROCESS | changed}).encode()
        for changed in (
            {"pid": "1"},
            {"pid": True},
            {"pid": 0},
            {"pid": -1},
            {"pid": 2**64},
            {"pid": 1.5},
            {"host": "\x1b[31m"},
            {"host": "h" * 1000},
            {"system": None},
        )
    ),
    *(
        json.dumps(SANE | {"process": PROCESS} | changed).encode()
        for changed in ({"beat": -1}, {"beat": 10**400}, {"beat_s": 1e300}, {"beat_s": 0}, {"token": "x"})
    ),
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_lease_is_watched_and_taken_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(leases, "WATCH_S", 0.1)
    (folder / "lease-000007.json").write_bytes(content)
    holder = holder_of(folder)
    assert holder is not None
    assert (holder.process, holder.is_alive) == (None, None)
    waits: list[str] = []
    with work.locked(folder, noted(waits)):
        assert lease_files(folder) == ["lease-000008.json"]
    assert waits == ["a process that does not say which, 0.1 s"]
    assert lease_files(folder) == []


def test_what_is_no_lease_and_changes_is_busy(folder: Path) -> None:
    path, is_over = folder / "lease-000001.json", threading.Event()
    path.write_bytes(b"")

    def touch() -> None:
        while not is_over.wait(0.1):
            os.utime(path)

    thread = threading.Thread(target=touch)
    thread.start()
    try:
        with pytest.raises(OutputBusy, match="a process that does not say which"):
            work.locked(folder).__enter__()
    finally:
        is_over.set()
        thread.join()


def linked(path: Path) -> None:
    path.symlink_to("/dev/zero")


def linked_nowhere(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


PLANTED: list[Callable[[Path], object]] = [linked, linked_nowhere, Path.mkdir, os.mkfifo]


@pytest.mark.parametrize("plant", PLANTED)
def test_what_is_no_file_is_foreign(folder: Path, plant: Callable[[Path], object]) -> None:
    plant(folder / "lease-000001.json")
    holder = holder_of(folder)
    assert holder is not None
    assert holder.process is None
    with pytest.raises(OutputError, match=r"lease-000001\.json, which tcvc did not put there"):
        work.locked(folder).__enter__()
    assert lease_files(folder) == ["lease-000001.json"]
    assert not (folder / "nowhere").exists()


def test_the_last_number_is_foreign(folder: Path) -> None:
    write_lease(folder, number=999_999)
    with pytest.raises(OutputError, match=r"lease-999999\.json, which tcvc did not"):
        work.locked(folder).__enter__()
