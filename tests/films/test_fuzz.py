"""Two hundred damaged files a run, always the same: none hangs, crashes, leaves a traceback or half a file,
ends with 70, takes all memory, or claims success with frames missing. `scripts/fuzz` goes on from there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import av
import pytest

from tests.material.fuzzing import judge
from tests.material.fuzzing.bytes_changed import BLIND, Change
from tests.material.fuzzing.judge import Ended, expected_frames, faults_of_files, faults_of_words, hashes
from tests.material.fuzzing.parts_changed import changes_for
from tests.material.fuzzing.text_changed import TEXT
from tests.material.media_sources import Source, make

ROOT = Path(__file__).parents[2]
SEED, COUNT = 1895, 200
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and limits what a child may take")


def fuzzed(*arguments: str) -> list[Mapping[str, Any]]:
    """What `scripts/fuzz` prints of each case; in a process of its own, which has no thread when it forks."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.material.fuzzing", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, cwd=ROOT, env=environment, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return list(map(json.loads, done.stdout.splitlines()))


@pytest.mark.slow
def test_two_hundred_damaged_files() -> None:
    findings = fuzzed("--seed", str(SEED), "--count", str(COUNT))
    assert len(findings) == COUNT
    assert {one["command"][0] for one in findings} >= {"colorize", "shots", "verify", "settings", "weights"}
    done = sum(one["code"] == 0 for one in findings)
    assert 20 < done < COUNT - 20  # damage that matters, and some that does not
    failed = [
        f"scripts/fuzz --seed {one['seed']}: {one['subject']}, {one['damage']}: {', '.join(one['faults'])}"
        for one in findings
        if one["faults"]
    ]
    assert failed == []


WELL = Ended(0, "done", "", 300)


@pytest.mark.parametrize(
    ("ended", "fault"),
    [
        (Ended(None, "", "", 300), "hangs"),
        (Ended(-11, "", "Fatal Python error", 300), "crashes with signal 11"),
        (Ended(70, "", "tcvc: error: KeyError", 300), "exits with 70"),
        (Ended(0, "", "Traceback (most recent call last):", 300), "leaves a traceback"),
        (Ended(3, "", "", 300), "says nothing"),
        (Ended(3, "", "tcvc: error: \x1b[2J is no film", 300), "raw control characters"),
        (Ended(0, "", "", judge.PEAK_MIB + 1), "MiB"),
    ],
)
def test_the_judge_sees_how_a_run_should_not_end(ended: Ended, fault: str) -> None:
    (found,) = faults_of_words(ended)
    assert fault in found


def test_the_judge_lets_pass_what_ends_well() -> None:
    refused = Ended(3, "", "tcvc: error: film.mkv is not a film. Give another.\n", 300)
    assert [*faults_of_words(WELL), *faults_of_words(refused)] == []


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("judged") / "film.mkv", Source(frames=8, options={"g": "1"}))


def test_the_judge_counts_frames_for_itself(film: Path, tmp_path: Path) -> None:
    """One that lies in the file and cannot be reached is missing, unless the run says so."""
    before = hashes(tmp_path)
    short = make(tmp_path / "out.mkv", Source(frames=6))
    assert expected_frames(film, 8) == expected_frames(short, 8) + 2 == 8
    told = Ended(0, "", "warning: 2 frames are missing", 300)
    assert list(faults_of_files(WELL, tmp_path, before, 8)) == ["claims success with 6 of 8 frames"]
    assert list(faults_of_files(told, tmp_path, before, 8)) == []
    assert list(faults_of_files(WELL, tmp_path, before, 6)) == []


def test_a_promise_is_the_index_the_packets_or_the_times(film: Path, tmp_path: Path) -> None:
    """Of a Matroska whose packets 3 and 4 are gone, the times of the others still promise them."""
    holed = tmp_path / "holed.mkv"
    with av.open(str(film)) as source, av.open(str(holed), "w") as result:
        copy = result.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.size and number not in (3, 4):
                packet.stream = copy
                result.mux(packet)
    assert expected_frames(holed, 8) == 8
    assert expected_frames(tmp_path / "none.mkv", 8) == 0
    longer = make(
        tmp_path / "longer.mkv", Source(frames=4, has_subtitle=True, muxer_options={"fflags": "bitexact"})
    )
    assert expected_frames(longer, 20) == 4  # what is said until 1.2 s is no picture


def test_the_judge_sees_what_should_not_be_there(film: Path, tmp_path: Path) -> None:
    given = tmp_path / "film.mkv"
    shutil.copy(film, given)
    before = hashes(tmp_path)
    half = tmp_path / "out.mkv"
    half.write_bytes(film.read_bytes()[:400])
    (tmp_path / ".out.mkv.part").write_bytes(b"")
    assert list(faults_of_files(WELL, tmp_path, before, 0)) == ["leaves .out.mkv.part", "out.mkv is no film"]
    refused = Ended(3, "", "no", 300)
    assert list(faults_of_files(refused, tmp_path, before, 0)) == ["fails and leaves out.mkv"]
    half.unlink()
    given.write_bytes(b"")
    assert list(faults_of_files(refused, tmp_path, before, 0)) == ["film.mkv is another"]


RUNS = """
import os, sys, time
from pathlib import Path
from tests.material.fuzzing import nursery
nursery.load_program = lambda: None
nursery.PATIENCE_S = 0.5
nursery.MORE_ADDRESSES = 1 << 28
one = nursery.Nursery(Path(sys.argv[1]))
def sleep(_): time.sleep(60)
def crash(_): os.abort()
def eat(_): return len(bytearray(1 << 30))
def well(arguments): print(*arguments, os.getcwd()); return 3
for nursery.main in (sleep, crash, eat, well):
    ended = one.run(Path(sys.argv[1]), ["a", "b"], {})
    print(ended.code, ended.stdout.strip(), ended.stderr.strip().rpartition(chr(10))[2])
"""


def test_a_run_that_hangs_crashes_or_eats_memory_takes_nothing_else_along(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUNS, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100, check=True)
    rows = [line.strip() for line in told.stdout.splitlines()]
    assert rows == ["None", "-6", "70  MemoryError", f"3 a b {tmp_path}"]


KINDS = ("film.mkv", "film.mp4", "film.avi", "film.ts")


@pytest.mark.parametrize("name", KINDS)
def test_every_change_is_the_same_for_the_same_seed(name: str, tmp_path: Path) -> None:
    data = make(tmp_path / name, Source("mpeg4", frames=4)).read_bytes()
    knowing = changes_for(data)
    assert knowing != BLIND
    for change in (*knowing, *BLIND):
        tries = [(change(Random(seed), data), change(Random(seed), data)) for seed in range(8)]
        assert all(one == other for one, other in tries)
        assert any(one != data for one, _ in tries), change.__name__


@pytest.mark.parametrize("change", TEXT, ids=lambda change: change.__name__)
def test_every_change_of_text_is_one(change: Change) -> None:
    text = b'{"a": 1, "b": "two"}\n[film]\nx = 0.5\n'
    assert any(change(Random(seed), text) != text for seed in range(8))


def test_what_is_left_of_a_fault_reproduces_it(tmp_path: Path) -> None:
    """A case laid twice is the same to the last byte, in another folder too."""
    code = """
import sys
from pathlib import Path
from tests.material.fuzzing import cases
cases.Nursery = lambda folder: None
cases.side_files = lambda folder, tcvc: []
from tests.material.fuzzing.judge import hashes
for name in ("one", "other"):
    laid = cases.Cases(Path(sys.argv[1]) / name)
    subject, command, damage = laid.lay(7)
    print(subject.name, command, damage, hashes(laid.place))
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100, check=True)
    one, other = told.stdout.splitlines()
    assert one == other
