"""Who was taken over stops, and leaves everything to the next."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tcvc_cli.errors import OutputBusy
from tcvc_cli.run.machines.identity import this_process
from tcvc_cli.run.resume import lease as leases
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.lease import holder_of
from tests.material.lease_material import ELSEWHERE, beating, holding, lease_files, write_lease

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes and reads /proc")


def test_who_was_stopped_and_taken_over_touches_nothing(folder: Path, request: pytest.FixtureRequest) -> None:
    """As a laptop that sleeps while another host goes on with its work."""
    with holding(folder, beat_s=0.05) as first:
        os.kill(first.process.pid, signal.SIGSTOP)
        path = folder / "lease-000001.json"
        told = json.loads(path.read_text())
        told["process"] |= {"host": "elsewhere", "system": "other-boot"}
        path.write_text(json.dumps(told).ljust(511) + "\n")
        # the lock of a stopped process is there still, as NFS keeps that of a host that is gone
        with work.reserved(folder, folder / "film.mkv", folder / "out.mkv") as held:
            work.segment_path(folder, "0" * 64, 1).write_text("of the second")
            before = contents(folder)
            os.kill(first.process.pid, signal.SIGCONT)
            answer = first.asked("remove")
            assert answer.startswith(f"busy: {folder} was taken over by pid {os.getpid()} on ")
            assert first.process.wait(10) == 0
            assert held.is_ours()
            assert contents(folder) == before
            request.getfixturevalue("no_locks")
            with pytest.raises(OutputBusy):
                work.locked(folder).__enter__()
    assert lease_files(folder) == []


def contents(folder: Path) -> dict[str, bytes]:
    """But for leases, which beat."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith("lease")}
    return files | dict.fromkeys(lease_files(folder), b"")


LOST: list[Callable[[Path], object]] = [
    lambda path: path.unlink(),
    lambda path: write_lease(path.parent, token="f" * 32),
]


@pytest.mark.parametrize("lose", LOST)
def test_a_lost_folder_is_left_as_it_is(folder: Path, lose: Callable[[Path], object]) -> None:
    (folder / work.JOURNAL).write_text("of the next")
    guard = work.locked(folder)
    held = guard.__enter__()
    lose(held.path)
    assert not held.is_ours()
    before = lease_files(folder)
    work.remove(held)
    with pytest.raises(OutputBusy, match="was taken over"):
        guard.__exit__(ValueError, ValueError("whatever comes of it"), None)
    assert (folder / work.JOURNAL).read_text() == "of the next"
    assert lease_files(folder) == before


def test_a_taker_that_draws_back_takes_nothing(folder: Path) -> None:
    """It had seen the lease that was there before, and stands above the next one for a moment."""
    with work.locked(folder) as held:
        above = write_lease(folder, number=2)
        time.sleep(0.2)
        held.refuse_lost()
        with pytest.raises(OutputBusy, match=f"pid {os.getpid()} on "):
            work.locked(folder).__enter__()
    assert lease_files(folder) == [above.name]


def test_all_leases_are_judged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who took a folder over may have died before it could remove the lease of a process that came back."""
    monkeypatch.setattr(leases, "WATCH_S", 60.0)
    ended = replace(this_process(), started="1")
    with beating(folder):
        write_lease(folder, ended, number=2)
        holder = holder_of(folder)
        assert holder is not None
        assert holder.process == ELSEWHERE
        with pytest.raises(OutputBusy, match="on elsewhere"):
            work.locked(folder).__enter__()


def test_a_lost_folder_is_noticed_by_its_thread(folder: Path) -> None:
    with work.locked(folder) as held:
        held.path.unlink()
        time.sleep(0.5)
        assert not held._thread.is_alive()


def test_the_journal_enters_nothing_in_a_lost_folder(folder: Path) -> None:
    draft = folder / "0123abcd.part"
    draft.write_text("draft")
    with work.locked(folder) as held, Journal(folder, held.refuse_lost) as journal:
        journal._db.execute("CREATE TABLE named (mark TEXT PRIMARY KEY)")
        journal.mark(draft)
        held.path.unlink()
        write_lease(folder, number=2)
        draft.write_text("another draft")
        with pytest.raises(OutputBusy, match="was taken over by pid 4711 on elsewhere"):
            journal.mark(draft)
    with Journal(folder) as journal:
        assert journal._db.execute("SELECT count(*) FROM named").fetchone() == (1,)
