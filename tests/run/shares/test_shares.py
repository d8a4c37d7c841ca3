"""One film on several machines: it is the one that a single machine makes, whatever happens on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from examples.six_shots import SHOTS, Result, read_result
from tcvc_cli.cli.main import main
from tcvc_cli.errors import OutputBusy, OutputError, OutputExists, ShotsMissing, UsageError
from tcvc_cli.names import sidecar_path, work_folder_of
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.run.events import (
    Event,
    Finished,
    Resumed,
    SegmentDone,
    Skipped,
    StageStarted,
    Warned,
)
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.machines.events import ShareFinished, Waiting
from tcvc_cli.run.machines.shard import Shard
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.shares.distribution import Share
from tcvc_cli.run.shares.join import JoinRequest, join
from tcvc_cli.run.shares.shared_plan import SharedPlan, keep_shared_plan, shared_plan
from tests.material.present import present

pytestmark = pytest.mark.slow  # each colours a film of six shots
ROOT = Path(__file__).parents[3]
LONG = "1/4"  # the shard that has the long shot, which is of three segments


def shard(text: str) -> Share:
    index, count = map(int, text.split("/"))
    return Share(Shard(index, count))


def run_shard(options: Options, text: str) -> list[Event]:
    return list(colorize(options, shard(text)))


def join_all(options: Options) -> list[Event]:
    return list(join(JoinRequest(options.input, options.output)))


def folder_of(options: Options) -> Path:
    return work_folder_of(present(options.output), options.work_folder)


def of_kind(events: Sequence[Event], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def command(options: Options, text: str) -> list[str]:
    settings = ["--model-size", "64", "--interval", "2", "--overlap", "2", "--device", "cpu"]
    paths = [str(options.input), "-o", str(present(options.output)), "--shots", str(options.shots_file)]
    own = ["--model", "tcvc-mini", "--json", "--shard", text]
    return [sys.executable, "-m", "tcvc_cli", "colorize", *paths, *settings, *own]


def test_four_shards_and_a_join_are_the_film_of_one_run(options: Options, alone: Result) -> None:
    frames, left = [], []
    for number in (3, 1, 4, 2):
        (ended,) = of_kind(run_shard(options, f"{number}/4"), ShareFinished)
        frames.append(ended.frames)
        left.append(ended.missing)
        assert not present(options.output).exists()
    assert sum(frames) == SHOTS[-1]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    events = join_all(options)
    assert of_kind(events, SegmentDone) == []
    assert read_result(present(options.output)) == alone
    assert not folder_of(options).exists()


def test_the_sidecar_says_which_machine_made_which_shot(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, host in enumerate(("anna", "berta"), 1):
        monkeypatch.setattr("platform.node", lambda host=host: host)
        run_shard(options, f"{number}/2")
    monkeypatch.setattr("platform.node", lambda: "carla")
    join_all(options)
    sidecar = json.loads(sidecar_path(present(options.output)).read_text())
    hosts = [machine["host"] for machine in sidecar["machines"]]
    assert sorted(hosts) == ["anna", "berta"]
    made_by = {hosts[row["machine"]] for row in sidecar["segments"] if row["stop"] - row["start"] > 20}
    assert made_by == {"anna"}  # the long shot is dealt first
    assert {hosts[row["machine"]] for row in sidecar["segments"]} == {"anna", "berta"}


def test_the_film_is_looked_at_once(options: Options) -> None:
    stages = [event.stage for event in of_kind(run_shard(options, "1/2"), StageStarted)]
    assert stages == ["shots", "memory", "colorize"]
    stages = [event.stage for event in of_kind(run_shard(options, "2/2"), StageStarted)]
    assert stages == ["colorize"]
    assert [event.stage for event in of_kind(join_all(options), StageStarted)] == ["colorize", "remux"]


def test_shards_side_by_side(options: Options, alone: Result) -> None:
    """Real processes, that begin at once: one looks at the film, and the others wait for that."""
    running = [
        subprocess.Popen(command(options, f"{number}/3"), text=True, stdout=subprocess.PIPE, stderr=2)
        for number in (1, 2, 3)
    ]
    said = [[json.loads(line) for line in one.communicate(timeout=120)[0].splitlines()] for one in running]
    assert [one.returncode for one in running] == [0, 0, 0]
    looked = [sum(event.get("stage") == "memory" for event in events) for events in said]
    assert sum(one > 0 for one in looked) == 1
    join_all(options)
    assert read_result(present(options.output)) == alone


def test_a_killed_shard_goes_on_and_leaves_the_others_theirs(options: Options, alone: Result) -> None:
    run_shard(options, "2/4")
    others = {path.name: path.read_bytes() for path in folder_of(options).glob("segment-*")}
    assert others
    with subprocess.Popen(command(options, LONG), text=True, stdout=subprocess.PIPE) as running:
        for line in present(running.stdout):
            if json.loads(line)["event"] == "SegmentDone":
                break
        os.kill(running.pid, signal.SIGKILL)
    after = {path.name: path.read_bytes() for path in folder_of(options).glob("segment-*")}
    assert after == others
    events = run_shard(options, LONG)
    (resumed,) = of_kind(events, Resumed)
    assert resumed.segments >= 1
    assert not any(event.stage == "memory" for event in of_kind(events, StageStarted))
    for text in ("3/4", "4/4"):
        run_shard(options, text)
    join_all(options)
    assert read_result(present(options.output)) == alone


def test_a_shard_that_is_done_has_nothing_to_do(options: Options) -> None:
    run_shard(options, "1/2")
    events = run_shard(options, "1/2")
    assert of_kind(events, SegmentDone) == []
    assert of_kind(events, ShareFinished)[0].frames == 0


def test_after_the_join_a_shard_is_skipped(options: Options) -> None:
    run_shard(options, "1/1")
    join_all(options)
    before = present(options.output).read_bytes()
    events = run_shard(replace(options, is_done_skipped=True), "1/1")
    assert of_kind(events, Skipped)
    with pytest.raises(OutputExists, match="no shots wait for a join"):
        join_all(options)
    assert present(options.output).read_bytes() == before


def test_a_join_says_what_is_missing_and_takes_nothing_away(options: Options, alone: Result) -> None:
    with pytest.raises(ShotsMissing, match=r"no machine has begun to colour shots of film\.mkv here"):
        join_all(options)
    run_shard(options, LONG)
    before = {path.name for path in folder_of(options).iterdir()}
    for _ in range(2):
        with pytest.raises(ShotsMissing, match=r"5 of 6 shots are not coloured yet: 1 to 2 \(0:00:00\.000"):
            join_all(options)
    assert {path.name for path in folder_of(options).iterdir()} == before
    for text in ("2/4", "3/4", "4/4"):
        run_shard(options, text)
    join_all(options)
    assert read_result(present(options.output)) == alone


def test_shares_that_did_not_end_are_named(options: Options) -> None:
    run_shard(options, "2/4")
    with closing(colorize(options, shard(LONG))) as events:
        next(event for event in events if isinstance(event, SegmentDone))
    with pytest.raises(ShotsMissing, match="begun and not ended: 1/4"):
        join_all(options)


def test_one_run_finishes_what_shards_have_begun(options: Options, alone: Result) -> None:
    run_shard(options, LONG)
    events = list(colorize(options))
    (resumed,) = of_kind(events, Resumed)
    assert (resumed.segments, resumed.shots) == (3, 1)
    assert len(of_kind(events, SegmentDone)) == 5
    assert read_result(present(options.output)) == alone
    assert not folder_of(options).exists()


def test_shards_go_on_from_what_one_run_has_begun(options: Options, alone: Result) -> None:
    with closing(colorize(options)) as events:
        next(event for event in events if isinstance(event, SegmentDone) and event.number == 2)
    ended = [of_kind(run_shard(options, f"{number}/2"), ShareFinished)[0] for number in (1, 2)]
    assert sum(one.frames for one in ended) == SHOTS[-1] - SHOTS[2]  # two shots were there
    join_all(options)
    assert read_result(present(options.output)) == alone


def test_windows_are_as_long_as_the_first_machine_has_them(
    options: Options, alone: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of a machine decides how long windows are, and with that the colours."""
    one = replace(options, output=options.input.with_name("one.mkv"))
    with monkeypatch.context() as patch:
        patch.setattr("tcvc_cli.run.plan.clips_per_window", lambda *_: 2)
        list(colorize(one))
        run_shard(options, "2/2")
    run_shard(options, "1/2")
    join_all(options)
    assert read_result(present(options.output)) == read_result(present(one.output)) != alone


def test_the_folder_may_have_another_name_elsewhere(options: Options, alone: Result, tmp_path: Path) -> None:
    (tmp_path / "mount").symlink_to(tmp_path, target_is_directory=True)
    elsewhere = tmp_path / "mount"
    run_shard(options, "1/2")
    there = replace(
        options,
        input=elsewhere / "film.mkv",
        output=elsewhere / "color.mkv",
        shots_file=elsewhere / "shots.csv",
    )
    run_shard(there, "2/2")
    join_all(there)
    assert read_result(present(options.output)) == alone


def test_other_options_are_refused_and_nothing_is_lost(options: Options, alone: Result) -> None:
    run_shard(options, "1/2")
    with pytest.raises(UsageError, match=r"made in another way: --saturation was not given, is 1\.5"):
        run_shard(replace(options, saturation=1.5), "2/2")
    run_shard(options, "2/2")
    join_all(options)
    assert read_result(present(options.output)) == alone


def test_one_run_with_other_options_throws_shares_away(options: Options) -> None:
    run_shard(options, "1/2")
    events = list(colorize(replace(options, saturation=1.5)))
    assert of_kind(events, Resumed) == []
    assert isinstance(events[-1], Finished)
    assert not folder_of(options).exists()


def test_a_share_has_one_process(options: Options) -> None:
    with closing(colorize(options, shard(LONG))) as events:
        next(event for event in events if isinstance(event, SegmentDone))
        with pytest.raises(OutputBusy, match="at work in"):
            run_shard(options, LONG)
        with pytest.raises(OutputBusy, match="share-1-of-4"):
            join_all(options)
        with pytest.raises(OutputBusy, match="share-1-of-4"):
            list(colorize(options))
        assert of_kind(run_shard(options, "2/4"), ShareFinished)


def test_a_shard_waits_for_whoever_looks_at_the_film(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_of(options).mkdir()
    with work.locked(folder_of(options)), closing(colorize(options, shard("1/2"))) as events:
        waiting = next(event for event in events if isinstance(event, Waiting))
    assert "at work in" in waiting.message


def test_another_device_is_said(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    run_shard(options, "1/2")
    decided = present(shared_plan(folder_of(options)))
    precision = decided.plan.precision
    other = {True: "bfloat16", False: "float32"}[precision == "float32"]
    on_another = from_json(SharedPlan, to_json(decided).replace(precision, other))
    keep_shared_plan(folder_of(options), on_another)
    warned = [event.message for event in of_kind(run_shard(options, "2/2"), Warned)]
    assert any(f"and the first one on cpu ({other})" in message for message in warned)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"schema": 2}'])
def test_a_shared_plan_that_cannot_be_read(options: Options, content: bytes, alone: Result) -> None:
    run_shard(options, "1/2")
    (folder_of(options) / work.SHARED_PLAN).write_bytes(content)
    with pytest.raises(OutputError, match=r"shared-plan\.json cannot be used"):
        run_shard(options, "2/2")
    with pytest.raises(OutputError, match=r"shared-plan\.json cannot be used"):
        join_all(options)
    list(colorize(options))  # one run begins afresh
    assert read_result(present(options.output)) == alone


def test_lines_about_segments_are_checked(options: Options, alone: Result) -> None:
    run_shard(options, "1/1")
    lines = sorted(folder_of(options).glob("segment-*.json"))
    lines[0].write_text("{}")
    lines[1].write_bytes(lines[2].read_bytes())  # of another segment
    film = sorted(folder_of(options).glob("segment-*.mkv"))[3]
    film.write_bytes(film.read_bytes()[:-1])
    with pytest.raises(ShotsMissing):
        join_all(options)
    assert of_kind(run_shard(options, "1/1"), ShareFinished)[0].frames > 0
    join_all(options)
    assert read_result(present(options.output)) == alone


def test_a_planted_share_is_no_way_out(options: Options, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "segment-0123456789abcdef-0000.mkv").write_bytes(b"mine")
    run_shard(options, "2/4")
    (folder_of(options) / "share-1-of-4").symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(OutputError, match="tcvc did not put there"):
        run_shard(options, LONG)
    assert (elsewhere / "segment-0123456789abcdef-0000.mkv").read_bytes() == b"mine"


def test_clean_knows_shares(options: Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_shard(options, "2/4")
    with closing(colorize(options, shard(LONG))) as events:
        next(event for event in events if isinstance(event, SegmentDone))
        assert main(["clean", str(tmp_path), "--remove", "--yes"]) == 0
        assert capsys.readouterr().out.startswith("in use")
    assert main(["clean", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["segments"] >= 1
    assert main(["clean", str(tmp_path), "--remove", "--yes"]) == 0
    assert not folder_of(options).exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--dry-run"], "--dry-run is for a film that nobody shares"),
        (["--fresh"], "--fresh is for a film that nobody shares"),
        (["-o", "-"], "a film in a pipe cannot be shared"),
        (["other.mkv"], "--shard shares out the shots of one film, and there are 2"),
        (["--palette", "all"], "--shard shares out the shots of one film, and there are 4"),
    ],
)
def test_what_cannot_be_shared(
    options: Options, given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", str(options.input), "--shard", "1/2", *given]) == 2
    assert said in capsys.readouterr().err


def test_a_film_that_shards_work_on_is_running(
    options: Options, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    there = replace(options, output=out / "film.mkv")
    words = ["batch", str(there.input), "-o", str(out), "--name", "{stem}.{ext}", "--status"]
    with closing(colorize(there, shard(LONG))) as events:
        next(event for event in events if isinstance(event, SegmentDone))
        assert main([*words, "--json"]) == 0
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["state"] for one in told if "state" in one] == ["running"]
    assert main([*words, "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["state"] for one in told if "state" in one] == ["stale"]
