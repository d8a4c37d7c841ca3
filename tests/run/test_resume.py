"""Runs that are stopped, and go on: nothing is lost, nothing is done twice, nothing is half there."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from examples.six_shots import SHOTS, Result, read_result
from tcvc_cli import files
from tcvc_cli.cli.main import main
from tcvc_cli.errors import DiskFull, OutputBusy, OutputExists
from tcvc_cli.media.write.encode import SegmentWriter
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.events import (
    Event,
    Finished,
    Resumed,
    SegmentDone,
    ShotsFound,
    Skipped,
    StageStarted,
    StartedAfresh,
)
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.journal import Journal
from tests.material.present import present
from tests.material.run_events import finished

pytestmark = pytest.mark.slow  # each colours a film of six shots, most of them twice
ROOT = Path(__file__).parents[2]
SEGMENTS = 8  # of the six shots, the long one has three
SETTLED = 7  # files that come before the first segment: the settled frames of each shot, and the plan


@pytest.fixture(scope="module")
def material(six_shots: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film of six shots, one of them of several segments, and its shot list."""
    folder = tmp_path_factory.mktemp("material")
    shutil.copy(six_shots, folder / "film.mkv")
    rows = [f"{start},{stop}\n" for start, stop in itertools.pairwise(SHOTS)]
    (folder / "shots.csv").write_text("start_frame,stop_frame\n" + "".join(rows))
    return folder


@pytest.fixture
def options(material: Path, tmp_path: Path) -> Options:
    """In a folder of its own; the film is a copy that a test may change."""
    film = tmp_path / "film.mkv"
    film.write_bytes((material / "film.mkv").read_bytes())
    return Options(
        input=film,
        output=tmp_path / "color.mkv",
        shots_file=material / "shots.csv",
        model="tcvc-mini",
        model_size_px=64,
        interval_frames=2,
        overlap_frames=2,
        device="cpu",
    )


@pytest.fixture(scope="module")
def reference(material: Path) -> Result:
    output = material / "reference.mkv"
    settings: dict[str, Any] = {
        "model": "tcvc-mini",
        "model_size_px": 64,
        "interval_frames": 2,
        "overlap_frames": 2,
        "device": "cpu",
    }
    list(colorize(Options(material / "film.mkv", output, shots_file=material / "shots.csv", **settings)))
    return read_result(output)


def stop_after(options: Options, segments: int) -> Path:
    """A run that ends when so many segments are done; the work folder that it leaves."""
    with closing(colorize(options)) as events:
        for event in events:
            if isinstance(event, SegmentDone) and event.number == segments:
                break
    assert present(options.output) is not None
    folder = work_folder_of(present(options.output), options.work_folder)
    assert folder.is_dir()
    assert not present(options.output).exists()
    return folder


def kinds(events: Sequence[Event]) -> list[type]:
    return [type(event) for event in events]


def test_a_stopped_run_goes_on_and_ends_in_the_same_film(options: Options, reference: Result) -> None:
    folder = stop_after(options, 4)  # in the middle of the long shot
    events = list(colorize(options))
    assert next(event for event in events if isinstance(event, Resumed)).segments == 4
    assert [event.number for event in events if isinstance(event, SegmentDone)] == [5, 6, 7, 8]
    assert finished(events).frames == SHOTS[-1]
    assert read_result(present(options.output)) == reference
    assert not folder.exists()


def test_the_shots_are_looked_for_once(options: Options) -> None:
    options = replace(options, shots_file=None)
    stop_after(options, 1)
    events = list(colorize(options))
    assert "shots" not in [event.stage for event in events if isinstance(event, StageStarted)]
    assert sum(isinstance(event, ShotsFound) for event in events) == 1


def test_work_folder_elsewhere(options: Options, reference: Result, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    options = replace(options, work_folder=elsewhere)
    assert stop_after(options, 2).parent == elsewhere
    assert Resumed in kinds(list(colorize(options)))
    assert read_result(present(options.output)) == reference
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"saturation": 1.5}, "--saturation was not given, is 1.5"),
        (
            {"preset": "master", "interval_frames": 5},
            "--interval was 2, is 5, --preset was access, is master",
        ),
        ({"is_fresh": True}, "--fresh was given"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, dict) else "",
)
def test_other_options_start_afresh_and_say_why(options: Options, changed: dict[str, Any], why: str) -> None:
    stop_after(options, 2)
    events = list(colorize(replace(options, **changed)))
    assert [event.why for event in events if isinstance(event, StartedAfresh)] == [why]
    assert Resumed not in kinds(events)
    assert isinstance(events[-1], Finished)


def test_another_shot_list_says_so_whatever_can_be_kept(options: Options) -> None:
    stop_after(options, 2)
    events = list(colorize(replace(options, shots_file=None)))
    whys = [event.why for event in events if isinstance(event, StartedAfresh)]
    whys += [present(event.changes) for event in events if isinstance(event, Resumed)]
    assert whys == ["the shot list has changed"]
    assert isinstance(events[-1], Finished)


def test_a_film_that_has_changed_starts_afresh(options: Options) -> None:
    stop_after(options, 2)
    film = bytearray(options.input.read_bytes())
    film[-1] ^= 1  # the end of the index
    options.input.write_bytes(film)
    events = list(colorize(options))
    assert [event.why for event in events if isinstance(event, StartedAfresh)] == ["the film has changed"]


def test_a_film_that_was_only_copied_goes_on(options: Options) -> None:
    stop_after(options, 2)
    os.utime(options.input, ns=(1, 1))
    assert Resumed in kinds(list(colorize(options)))


def test_a_segment_that_is_not_whole_is_made_again(options: Options, reference: Result) -> None:
    folder = stop_after(options, 4)
    # Behind the fourth there may be another on disk that is in no row yet.
    fourth = sorted(folder.glob("segment-*.mkv"), key=lambda path: path.stat().st_mtime_ns)[3]
    fourth.write_bytes(fourth.read_bytes()[:-1])
    events = list(colorize(options))
    # What the third one handed over is gone by then, so the shot is done again.
    assert [event.number for event in events if isinstance(event, SegmentDone)] == [3, 4, 5, 6, 7, 8]
    assert read_result(present(options.output)) == reference


def test_a_damaged_journal_starts_afresh(options: Options, reference: Result) -> None:
    (stop_after(options, 2) / work.JOURNAL).write_bytes(b"not a database, but long enough to be one" * 200)
    events = list(colorize(options))
    assert StartedAfresh in kinds(events)
    assert read_result(present(options.output)) == reference


def test_one_run_at_a_time(options: Options) -> None:
    folder = stop_after(options, 1)
    with work.locked(folder), pytest.raises(OutputBusy, match="at work"):
        list(colorize(options))
    assert Resumed in kinds(list(colorize(options)))


def test_a_result_that_got_its_name_before_the_kill_is_finished(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tcvc_cli.run.computed.color.write_provenance", killed)
        with pytest.raises(KeyboardInterrupt):
            list(colorize(options))
    assert present(options.output).exists()
    events = list(colorize(replace(options, on_existing="skip")))
    assert Skipped not in kinds(events)
    assert SegmentDone not in kinds(events)
    assert finished(events).sidecar.exists()
    with pytest.raises(OutputExists):
        list(colorize(options))


def test_a_file_that_someone_else_put_there_is_refused(options: Options) -> None:
    stop_after(options, 1)
    present(options.output).write_bytes(b"mine")
    with pytest.raises(OutputExists):
        list(colorize(options))
    assert present(options.output).read_bytes() == b"mine"


def full_device(number: int, patch: pytest.MonkeyPatch) -> None:
    """The `number`th segment is written to a device that is always full."""
    original, calls = SegmentWriter, iter(range(1, 99))

    def writer(path: Path, *rest: Any) -> object:
        if next(calls) == number:
            path.unlink()
            path.symlink_to("/dev/full")
        return original(path, *rest)

    patch.setattr("tcvc_cli.run.film.encoding.SegmentWriter", writer)


def full_call(name: str) -> object:
    def inject(number: int, patch: pytest.MonkeyPatch) -> None:
        original, calls = getattr(os, name), iter(range(1, 99))

        def call(*arguments: object) -> object:
            if next(calls) == 1 + 2 * (SETTLED + number):  # the lease; each file and its folder
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return original(*arguments)

        patch.setattr(os, name, call)

    return inject


def full_journal(number: int, patch: pytest.MonkeyPatch) -> None:
    """No page can be added to the journal once the `number`th segment is there."""
    original, calls = Journal.keep, iter(range(1, 99))

    def keep(self: Journal, segment: Segment, *rest: Any) -> None:
        if next(calls) == number:
            self._db.execute("PRAGMA max_page_count = 1")
            self._db.execute("PRAGMA cache_size = 0")
        original(self, segment, *rest)

    patch.setattr(Journal, "keep", keep)


def full_remux(number: int, patch: pytest.MonkeyPatch) -> None:
    original = files.draft_of

    @contextmanager
    def draft_of(*arguments: Any, **settings: Any) -> Iterator[Path]:
        with original(*arguments, **settings) as draft:
            draft.unlink()
            draft.symlink_to("/dev/full")
            yield draft

    patch.setattr("tcvc_cli.media.carry.remux.draft_of", draft_of)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize(
    ("inject", "number"),
    [(full_device, 4), (full_call("fsync"), 2), (full_journal, 2), (full_remux, SEGMENTS)],
    ids=["write", "fsync", "journal", "remux"],
)
def test_a_full_disk_is_said_and_made_good(
    options: Options,
    reference: Result,
    inject: Callable[[int, pytest.MonkeyPatch], None],
    number: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = options.input.read_bytes()
    with monkeypatch.context() as patch:
        inject(number, patch)
        with pytest.raises(DiskFull, match="no room left") as error:
            list(colorize(options))
    assert error.value.advice == "Make room, then run the same command again."
    assert options.input.read_bytes() == film
    assert not present(options.output).exists()
    events = list(colorize(options))
    assert next(event for event in events if isinstance(event, Resumed)).segments >= number - 1
    assert read_result(present(options.output)) == reference


def command(options: Options) -> list[str]:
    settings = ["--model-size", "64", "--interval", "2", "--overlap", "2", "--device", "cpu"]
    paths = [str(options.input), "-o", str(present(options.output)), "--shots", str(options.shots_file)]
    return [sys.executable, "-m", "tcvc_cli", "colorize", *paths, *settings, "--model", "tcvc-mini", "--json"]


@pytest.mark.slow
def test_a_signal_keeps_what_is_done(options: Options, reference: Result) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(command(options), text=True, stdout=pipe, stderr=pipe) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if json.loads(line)["event"] == "SegmentDone":
                break
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert said.startswith("tcvc: error: Stopped. ")
    assert "the same command goes on" in said
    assert said.count("\n") == 1
    assert not present(options.output).exists()
    assert Resumed in kinds(list(colorize(options)))
    assert read_result(present(options.output)) == reference


TWICE = """
import os, signal, sys
from tcvc_cli.cli.main import prepare_process
prepare_process()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    os.kill(os.getpid(), signal.SIGTERM)
    print("still here")
"""


def test_a_second_signal_stops_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TWICE], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (130, "")


def test_clean_lists_and_removes(
    options: Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = stop_after(options, 3)
    (folder / "0123abcd.part").write_bytes(b"half")
    assert main(["clean", str(tmp_path), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert (listed["segments"], listed["is_in_use"], listed["is_removed"]) == (3, False, False)
    assert (listed["input"], listed["output"]) == (str(options.input), str(present(options.output)))
    with work.locked(folder):
        assert main(["clean", str(tmp_path), "--remove", "--yes"]) == 0
        assert capsys.readouterr().out.startswith("in use")
    assert main(["clean", str(tmp_path.parent), "--remove", "--recursive"]) == 2  # nobody can be asked
    assert "Add --yes" in capsys.readouterr().err
    assert folder.exists()
    assert main(["clean", str(tmp_path.parent), "--remove", "--recursive", "--yes"]) == 0
    assert capsys.readouterr().out.startswith("removed")
    assert not folder.exists()
    assert main(["clean", str(tmp_path / "nowhere")]) == 3


def test_a_row_without_a_file_and_a_file_without_a_row_count_for_nothing(options: Options) -> None:
    folder = stop_after(options, 2)
    work.segment_path(folder, "0" * 64, 0).write_bytes(b"killed before the row was written")
    with Journal(folder) as journal:
        assert journal.segment_count() == 2
    events = list(colorize(options))
    assert [event.number for event in events if isinstance(event, SegmentDone)] == [3, 4, 5, 6, 7, 8]


@pytest.mark.slow
def test_killed_runs_end_in_the_reference() -> None:
    """A few of the runs of `python -m benchmarks.kills`, which has all kinds of moments."""
    arguments = [sys.executable, "-m", "benchmarks.kills", "--runs", "3", "--seed", "3"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("3 of 3 runs end in the reference")
