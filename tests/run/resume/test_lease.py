"""One process works in a folder, whatever disk it lies on: leases that are held, left behind, and lost."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputBusy, OutputError
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.machines.identity import ProcessIdentity, is_running, this_process
from tcvc_cli.run.resume import lease as leases
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.lease import Holder, holder_of
from tests.material.lease_material import ELSEWHERE, ROOT, holding, write_lease

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes and reads /proc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "work"
    place.mkdir()
    return place


@pytest.fixture(autouse=True)
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_S", 0.05)
    monkeypatch.setattr(leases, "WATCH_S", 0.5)
    monkeypatch.setattr(leases, "LOOK_S", 0.02)


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a network disk that knows none."""

    def refuse(handle: int, *, blocking: bool) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(work, "lock_descriptor", refuse)


def lease_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("lease-*"))


@contextmanager
def beating(folder: Path, process: ProcessIdentity = ELSEWHERE) -> Iterator[None]:
    """Another host at work."""
    token, is_over = "0" * 32, threading.Event()
    write_lease(folder, process, token=token)

    def beat() -> None:
        count = 0
        while not is_over.wait(0.1):
            count += 1
            write_lease(folder, process, beat=count, token=token)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def noted(waits: list[str]) -> leases.OnWait:
    def note(holder: Holder, seconds: float) -> None:
        waits.append(f"{holder}, {seconds} s")

    return note


def test_a_lease_says_who_and_goes_at_the_end(folder: Path) -> None:
    with work.locked(folder) as held:
        holder = holder_of(folder)
        assert holder is not None
        assert (holder.process, holder.is_alive) == (this_process(), True)
        assert lease_files(folder) == ["lease-000001.json"]
        before = held.path.read_bytes()
        time.sleep(0.3)
        assert held.path.read_bytes() != before
        assert len(held.path.read_bytes()) == len(before)
        with pytest.raises(OutputBusy, match=f"pid {os.getpid()} on "), work.locked(folder):
            pass
    assert lease_files(folder) == []
    assert holder_of(folder) is None


def test_nothing_is_made_by_looking(folder: Path) -> None:
    assert holder_of(folder / "nowhere") is None
    assert holder_of(folder) is None
    assert list(folder.parent.iterdir()) == [folder]
    assert list(folder.iterdir()) == []


def test_another_process_holds_it_until_it_ends(folder: Path) -> None:
    with holding(folder) as other:
        with pytest.raises(OutputBusy, match=f"another tcvc is at work in .*: pid {other.process.pid} on "):
            work.locked(folder).__enter__()
        assert other.asked("end") == "ours"
        assert other.process.wait(10) == 0
    assert lease_files(folder) == []


@pytest.mark.usefixtures("no_locks")
def test_another_process_holds_it_by_its_lease_alone(folder: Path) -> None:
    with holding(folder) as other, pytest.raises(OutputBusy, match=f"pid {other.process.pid} on "):
        work.locked(folder).__enter__()


@pytest.mark.parametrize("is_reaped", [True, False])
@pytest.mark.parametrize("has_locks", [True, False])
def test_a_killed_process_is_followed_at_once(
    folder: Path, request: pytest.FixtureRequest, *, is_reaped: bool, has_locks: bool
) -> None:
    if not has_locks:
        request.getfixturevalue("no_locks")
    waits: list[str] = []
    with holding(folder) as other:
        other.process.kill()
        if is_reaped:
            other.process.wait()
        else:
            os.waitid(os.P_PID, other.process.pid, os.WEXITED | os.WNOWAIT)
        assert lease_files(folder) == ["lease-000001.json"]
        holder = holder_of(folder)
        assert holder is not None
        assert (holder.pid, holder.is_alive) == (other.process.pid, False)
        with work.locked(folder, noted(waits)):
            assert lease_files(folder) == ["lease-000002.json"]
    assert waits == []
    assert lease_files(folder) == []


def test_a_host_that_beats_is_busy_as_soon_as_it_is_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "WATCH_S", 60.0)
    waits: list[str] = []
    started = time.monotonic()
    with beating(folder), pytest.raises(OutputBusy, match="pid 4711 on elsewhere"):
        work.locked(folder, noted(waits)).__enter__()
    assert time.monotonic() - started < 5
    assert waits == ["pid 4711 on elsewhere, 60.0 s"]
    assert lease_files(folder) == ["lease-000001.json"]


def test_a_host_that_does_not_beat_is_followed_after_a_watch(folder: Path) -> None:
    write_lease(folder)
    holder = holder_of(folder)
    assert holder is not None
    assert (holder.is_alive, holder.host, holder.pid) == (None, "elsewhere", 4711)
    waits: list[str] = []
    started = time.monotonic()
    with work.locked(folder, noted(waits)) as held:
        assert time.monotonic() - started >= leases.WATCH_S
        assert held.path.name == "lease-000002.json"
    assert waits == ["pid 4711 on elsewhere, 0.5 s"]
    assert lease_files(folder) == []


def test_a_watch_is_made_of_looks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine may have slept through it, while the other one worked."""
    write_lease(folder)
    monkeypatch.setattr(leases, "WATCH_S", 1.0)
    clock, looks = iter(range(0, 10**6, 100)), iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(time, "sleep", lambda _: next(looks))
    work.locked(folder).__enter__().release()
    assert next(looks) == 25  # of 0.04 s each at the most


@pytest.mark.parametrize("skew_s", [-600, 0, 600])
def test_no_clock_of_a_host_counts(folder: Path, monkeypatch: pytest.MonkeyPatch, skew_s: float) -> None:
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + skew_s)
    waits: list[str] = []
    write_lease(folder)
    with work.locked(folder, noted(waits)):
        pass
    with beating(folder), pytest.raises(OutputBusy):
        work.locked(folder, noted(waits)).__enter__()
    assert len(waits) == 2


@pytest.mark.parametrize(("age_s", "is_watched"), [(3500, True), (3700, False), (-3700, True)])
def test_an_hour_by_the_clock_of_the_disk(folder: Path, age_s: float, *, is_watched: bool) -> None:
    path = write_lease(folder)
    modified_s = time.time() - age_s
    os.utime(path, (modified_s, modified_s))
    waits: list[str] = []
    with work.locked(folder, noted(waits)):
        pass
    assert bool(waits) == is_watched
    assert list(folder.iterdir()) == [folder / "lock"]


def test_who_will_not_wait(folder: Path) -> None:
    path = write_lease(folder)
    with pytest.raises(OutputBusy, match="may be at work: pid 4711 on elsewhere"):
        work.locked(folder, work.at_once).__enter__()
    assert lease_files(folder) == [path.name]


def test_waiting_is_said_before_it_is_done(folder: Path) -> None:
    assert list(work.awaited([folder])) == []
    write_lease(folder)
    started = time.monotonic()
    told = work.awaited([folder.parent / "nowhere", folder])
    assert next(told) == f"waiting 0 s to see whether pid 4711 on elsewhere still works in {folder}"
    assert time.monotonic() - started < leases.WATCH_S / 2
    assert next(told, None) is None
    assert time.monotonic() - started >= leases.WATCH_S
    assert lease_files(folder) == []
    with beating(folder), pytest.raises(OutputBusy, match="on elsewhere"):
        list(work.awaited([folder]))


_TAKE = """
import errno, sys, time
from pathlib import Path
from tcvc_cli.errors import OutputBusy
from tcvc_cli.run.resume import lease, work_folder
def refuse(handle, *, blocking):
    raise OSError(errno.ENOTSUP, "no locks")
work_folder.lock_descriptor = refuse
folder = Path(sys.argv[1])
for line in sys.stdin:
    while time.monotonic() < float(line):
        pass
    try:
        with work_folder.locked(folder) as held:
            inside = folder / "0123abcd.part"
            inside.touch(exist_ok=False)
            time.sleep(.01)
            inside.unlink()
            print("won", held.path.name, flush=True)
            sys.stdin.readline()
    except OutputBusy:
        print("busy", flush=True)
        sys.stdin.readline()
"""


def test_of_two_processes_that_take_one_wins(folder: Path) -> None:
    """Without locks; every other turn there is a stale lease of a process of this system."""
    ended = replace(this_process(), started="1")
    pipe, command = subprocess.PIPE, [sys.executable, "-c", _TAKE, str(folder)]
    takers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) for _ in range(2)]
    outcomes = []
    try:
        for turn in range(40):
            if turn % 2:
                write_lease(folder, ended, number=3)
            ask(takers, f"{time.monotonic() + 0.05}")
            outcomes.append(sorted(one.stdout.readline().strip() for one in takers if one.stdout is not None))
            ask(takers, "over")
            while lease_files(folder):
                time.sleep(0.001)
    finally:
        for taker in takers:
            taker.kill()
            taker.communicate()
    assert outcomes == [["busy", f"won lease-{number:06d}.json"] for number in (1, 4)] * 20


def ask(takers: list[subprocess.Popen[str]], line: str) -> None:
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write(f"{line}\n")
        taker.stdin.flush()


@pytest.mark.usefixtures("no_locks")
def test_of_many_threads_that_take_one_at_a_time_wins(folder: Path) -> None:
    """Each goes in many times, whatever the others do there."""
    inside, most, wins, wrong = [0], [0], [0], list[BaseException]()
    guard = threading.Lock()

    def enter() -> None:
        for _ in range(60):
            try:
                with work.locked(folder) as held:
                    with guard:
                        inside[0] += 1
                        wins[0] += 1
                        most[0] = max(most[0], inside[0])
                    assert held.is_ours()
                    with guard:
                        inside[0] -= 1
                    work.remove(held)
            except OutputBusy:
                pass
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=enter) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert most == [1]
    assert wins[0] > 6
    assert not folder.exists() or list(folder.iterdir()) in ([], [folder / "lock"])


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


def test_a_journal_needs_no_locks_of_the_disk(folder: Path) -> None:
    """A server may keep those of a host that is dead, and a disk may have none."""
    strange = folder / "a ?vfs=%41#ü'"
    strange.mkdir()
    hold = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('CREATE TABLE a (b)');"
    hold += "db.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()"
    command, pipe = [sys.executable, "-c", hold, str(strange / work.JOURNAL)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            sqlite3.connect(strange / work.JOURNAL, timeout=0).execute("PRAGMA journal_mode = WAL")
        with Journal(strange) as journal:
            assert journal.begun() is None
        process.kill()
    assert sorted(path.name for path in strange.iterdir())[0] == work.JOURNAL


def test_a_disk_that_fails_stops_no_beats(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with work.locked(folder) as held:
        with monkeypatch.context() as patch:

            def fail(handle: int) -> None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            patch.setattr(os, "fsync", fail)
            time.sleep(0.2)
            assert held.is_ours()
        before = held.path.read_bytes()
        time.sleep(0.3)
        assert held.path.read_bytes() != before
        held.refuse_lost()


def test_a_lease_that_cannot_be_written_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OutputError, match="no room left"):
            work.locked(folder).__enter__()
    assert lease_files(folder) == []


@pytest.mark.parametrize("number", [errno.ENOTSUP, errno.ENOLCK, errno.ENOSYS])
def test_a_disk_without_locks(folder: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refuse(handle: int, *, blocking: bool) -> bool:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(work, "lock_descriptor", refuse)
    with work.locked(folder) as held:
        with pytest.raises(OutputBusy, match="at work"), work.locked(folder):
            pass
        assert held.is_ours()
        work.remove(held)
    assert not folder.exists()


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


def test_a_lease_left_by_a_process_that_had_this_pid(folder: Path) -> None:
    write_lease(folder, replace(this_process(), started="1"))
    with work.locked(folder, work.at_once):
        pass
    write_lease(folder, this_process())  # of this very one, which does not know of it
    with work.locked(folder, work.at_once):
        pass


def test_who_runs() -> None:
    here = this_process()
    assert is_running(here) is True
    assert is_running(replace(here, started="1")) is False
    assert is_running(replace(here, started="")) is None
    assert is_running(replace(here, system="")) is None
    assert is_running(replace(here, system="other-boot")) is None
    assert re.fullmatch(r"pid \d+ on [\w.-]+", str(here))
    with subprocess.Popen(["sleep", "60"]) as process:
        other = replace(here, pid=process.pid)
        assert is_running(other) is False  # its start is another
        process.kill()
    assert is_running(other) is False


def test_leftovers_say_who(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "x.mkv"
    folder = work_folder_of(output)
    with work.reserved(folder, tmp_path / "film.mkv", output):
        assert main(["clean", str(tmp_path), "--json"]) == 0
        listed = json.loads(capsys.readouterr().out)
        assert (listed["is_in_use"], listed["used_by"]) == (True, str(this_process()))
    path = write_lease(folder)
    assert main(["clean", str(tmp_path), "--remove", "--yes"]) == 0
    assert re.match(r"in use .*: pid 4711 on elsewhere$", capsys.readouterr().out)
    os.utime(path, (1, 1))
    assert main(["clean", str(tmp_path), "--remove", "--yes"]) == 0
    assert capsys.readouterr().out.startswith("removed")
    assert not folder.exists()


def test_taking_and_releasing_takes_no_time(folder: Path) -> None:
    started = time.perf_counter()
    for _ in range(20):
        with work.locked(folder):
            pass
    assert (time.perf_counter() - started) / 20 < 0.1
