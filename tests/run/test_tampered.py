"""What a stopped run left is damaged, or its film is changed: the result is the film's, or there is none."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

import tcvc_cli.run.computing
from examples.six_shots import Result, make_film, read_result
from tcvc_cli.errors import ChangedMeanwhile, MediaError
from tcvc_cli.model.runtime import Loaded
from tcvc_cli.names import sidecar_path, work_folder_of
from tcvc_cli.run.events import Event, Resumed, SegmentDone, StageStarted, StartedAfresh, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume.work_folder import JOURNAL, MARKER, SHARED_PLAN
from tests.material.present import present
from tests.material.tiny_network import TinyNetwork

ROOT = Path(__file__).parents[2]
FRAMES = 40
ROWS = "start_frame,stop_frame,dissolve_start,dissolve_stop\n0,20,,\n20,34,16,24\n34,40,,\n"
SEGMENTS = 5


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine with a network that needs no weights."""
    network = TinyNetwork()
    loaded = Loaded(network, network, "0" * 64)
    monkeypatch.setattr(tcvc_cli.run.computing, "load_colorizer", lambda name, device: loaded)


def options_in(folder: Path) -> Options:
    return Options(
        folder / "film.mkv",
        folder / "color.mkv",
        shots_file=folder / "shots.csv",
        preset="master",
        interval_frames=2,
        overlap_frames=2,
        model_size_px=64,
        device="cpu",
    )


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A folder with a run that has ended in the midst of a shot, and what the film becomes."""
    folder = tmp_path_factory.mktemp("stopped")
    make_film(folder / "film.mkv", FRAMES)
    (folder / "shots.csv").write_text(ROWS)
    network = TinyNetwork()
    loaded = Loaded(network, network, "0" * 64)
    options = options_in(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tcvc_cli.run.computing, "load_colorizer", lambda name, device: loaded)
        list(colorize(options))
        result = read_result(present(options.output))
        for path in (present(options.output), sidecar_path(present(options.output))):
            path.unlink()
        with closing(colorize(options)) as events:
            next(one for one in events if isinstance(one, SegmentDone) and one.number == 3)
    return folder, result


@pytest.fixture
def options(stopped: tuple[Path, Result], tmp_path: Path) -> Options:
    folder = tmp_path / "run"
    shutil.copytree(stopped[0], folder)
    return options_in(folder)


def work_of(options: Options) -> Path:
    return work_folder_of(present(options.output))


def asked(options: Options, statement: str) -> None:
    with closing(sqlite3.connect(work_of(options) / JOURNAL, isolation_level=None)) as journal:
        assert journal.execute(statement).rowcount != 0


def flipped(content: bytes, at: int) -> bytes:
    """The lowest bit of one byte."""
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


def of_kind(events: Sequence[Event], kind: type[Event]) -> list[Event]:
    return [one for one in events if isinstance(one, kind)]


def made(events: Sequence[Event]) -> int:
    return len(of_kind(events, SegmentDone))


def in_place(path: Path, change: Callable[[bytes], bytes]) -> None:
    """As a failing disk does it: neither size, where that stays, nor time tells."""
    seen = path.stat()
    path.write_bytes(change(path.read_bytes()))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def spoilt(options: Options, pattern: str, content: Callable[[bytes], bytes]) -> None:
    found = sorted(work_of(options).glob(pattern))
    assert found
    for path in found:
        in_place(path, content)


@pytest.mark.slow
def test_a_flipped_bit_in_a_kept_segment_is_made_again_and_told(
    options: Options, stopped: tuple[Path, Result]
) -> None:
    spoilt(options, "segment-*.mkv", lambda content: flipped(content, -40))
    events = list(colorize(options))
    assert made(events) == SEGMENTS
    (told,) = of_kind(events, Warned)
    assert isinstance(told, Warned)
    assert "is damaged and is made again" in told.message
    assert "a segment" in told.message
    assert read_result(present(options.output)) == stopped[1]


@pytest.mark.slow
def test_all_that_can_be_damaged_at_once(options: Options, stopped: tuple[Path, Result]) -> None:
    spoilt(options, "settled-*.npz", lambda content: bytes(len(content)))
    spoilt(options, "segment-*.npz", lambda content: content[:-1])
    spoilt(options, SHARED_PLAN, lambda content: content.replace(b"1", b"2"))
    spoilt(options, MARKER, lambda content: b"\x80")
    asked(options, """UPDATE film SET scan = replace(scan, '"stop":40', '"stop":4')""")
    asked(options, "UPDATE segment SET state = zeroblob(length(state)) WHERE state IS NOT NULL")
    asked(options, "UPDATE film SET frame_index = '{'")
    events = list(colorize(options))
    assert len(of_kind(events, Warned)) == 2  # of the first pass, and of the rest
    assert StartedAfresh not in map(type, events)
    assert read_result(present(options.output)) == stopped[1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE film SET begun = replace(begun, '1', '2')",
        "PRAGMA user_version = 99",
        "CREATE TRIGGER t AFTER INSERT ON segment BEGIN DELETE FROM segment; END",
        "DROP TABLE segment",
        None,
    ],
)
def test_a_journal_that_is_damaged_as_such_is_begun_again(options: Options, statement: str | None) -> None:
    """That it ends in the reference is for others to see."""
    if statement is None:
        journal = work_of(options) / JOURNAL
        content = journal.read_bytes()
        journal.write_bytes(content[:4096] + bytes(len(content) - 4096))
    else:
        with closing(sqlite3.connect(work_of(options) / JOURNAL)) as database:
            database.execute(statement)
            database.commit()
    with closing(colorize(options)) as events:
        until = next(one for one in events if isinstance(one, StartedAfresh | Resumed))
    assert isinstance(until, StartedAfresh)
    assert "journal" in until.why


def test_a_film_edited_while_its_run_stood_still_is_another(options: Options) -> None:
    in_place(options.input, lambda content: flipped(content, -1))
    with closing(colorize(options)) as events:
        until = next(one for one in events if isinstance(one, StartedAfresh | Resumed))
    assert isinstance(until, StartedAfresh)
    assert until.why == "the film has changed"


def replaced(film: Path) -> None:
    other, seen = film.with_name("other.mkv"), film.stat()
    other.write_bytes(film.read_bytes()[:-1] + b"\xff")
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(film)


def disturbed(options: Options, when: Callable[[Event], bool], action: Callable[[], None]) -> None:
    """A run in which something happens at an event."""
    for event in colorize(options):
        if when(event):
            action()


@pytest.mark.parametrize("stage", ["colorize", "remux"])
def test_a_film_replaced_during_its_run_gets_no_result(options: Options, stage: str) -> None:
    with pytest.raises(ChangedMeanwhile, match="was changed, replaced or removed"):
        disturbed(
            options,
            lambda event: isinstance(event, StageStarted) and event.stage == stage,
            lambda: replaced(options.input),
        )
    assert not present(options.output).exists()
    assert not sidecar_path(present(options.output)).exists()


@pytest.mark.slow
def test_a_segment_damaged_during_its_run_gets_no_result_and_is_no_trap(
    options: Options, stopped: tuple[Path, Result]
) -> None:
    with pytest.raises(MediaError, match="was damaged while the film was coloured"):
        disturbed(
            options,
            lambda event: isinstance(event, SegmentDone) and event.number == event.segment_count,
            lambda: spoilt(options, "segment-*.mkv", lambda content: bytes(len(content))),
        )
    assert not present(options.output).exists()
    assert made(list(colorize(options))) == SEGMENTS
    assert read_result(present(options.output)) == stopped[1]


@pytest.mark.slow
def test_one_of_the_ways_of_the_benchmark() -> None:
    """`python -m benchmarks.tamper` has all of them."""
    arguments = ["--stand", "in a shot", "--only", "segment", "--some", "1", "--seed", "4"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.tamper", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("1 of 1 ")
