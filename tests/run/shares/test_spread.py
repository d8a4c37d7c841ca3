"""Shots of one film as tasks of an executor, in this process; tests/run/machines has them on a cluster."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.six_shots import Result, read_result
from tcvc_cli.errors import MediaError, ShotsFailed
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.computed import shots_task
from tcvc_cli.run.computed.share import color_groups
from tcvc_cli.run.computed.shots_task import tasks_of
from tcvc_cli.run.events import (
    Event,
    Resumed,
)
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.machines.events import ShotsEnded, ShotsStarted
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.shares.distribution import Spread
from tcvc_cli.run.shares.groups import Group
from tests.material.present import present

HERE = Spread(Machines())


def groups(*frames: int) -> list[Group]:
    """Of one shot each, with so many frames."""
    made: list[Any] = [
        SimpleNamespace(key=f"{number:04d}", frame_count=one) for number, one in enumerate(frames)
    ]
    return made


@given(st.lists(st.integers(1, 500), min_size=1, max_size=60), st.integers(1, 40))
def test_each_group_is_in_one_task_and_the_longest_come_first(frames: list[int], workers: int) -> None:
    tasks = list(tasks_of(groups(*frames), workers))
    keys = [group.key for task in tasks for group in task]
    assert sorted(keys) == [f"{number:04d}" for number in range(len(frames))]
    assert all([group.key for group in task] == sorted(group.key for group in task) for task in tasks)
    sizes = [sum(group.frame_count for group in task) for task in tasks]
    assert sizes == sorted(sizes, reverse=True)
    # None is longer than half of an even share and the group that it ends with.
    assert sizes[0] <= sum(frames) / (2 * workers) + max(frames)


def test_many_short_shots_are_few_tasks_and_the_last_of_them_are_short() -> None:
    tasks = [[group.frame_count for group in task] for task in tasks_of(groups(*[10] * 400), 4)]
    assert len(tasks[0]) == 50
    assert len(tasks[-1]) == 1
    assert 20 < len(tasks) < 60


@pytest.mark.slow
@pytest.mark.alone
def test_the_film_is_that_of_one_run(options: Options, alone: Result) -> None:
    events = list(colorize(options, HERE))
    shots = sorted(shot for event in events if isinstance(event, ShotsEnded) for shot in event.shots)
    assert shots == [1, 2, 3, 4, 5, 6]
    assert read_result(present(options.output)) == alone
    assert not work_folder_of(present(options.output)).exists()


@pytest.mark.slow
@pytest.mark.alone
def test_what_fails_is_told_and_the_rest_is_kept(
    options: Options, alone: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = color_groups

    def failing(ready: Any, computing: Any, share: Any, groups: Any, folder: Path) -> Generator[Event]:
        if any(3 in group.shots for group in groups):
            raise MediaError("the disk is gone")
        return (yield from original(ready, computing, share, groups, folder))

    events = list[Event]()
    with monkeypatch.context() as patch:
        patch.setattr(shots_task, "color_groups", failing)
        with pytest.raises(ShotsFailed, match="could not be coloured: the disk is gone") as error:
            events.extend(colorize(options, HERE))
    assert error.value.exit_code == 6
    again = list(colorize(options, HERE))
    (resumed,) = [event for event in again if isinstance(event, Resumed)]
    assert resumed.segments >= 1
    started = [shot for event in again if isinstance(event, ShotsStarted) for shot in event.shots]
    assert 3 in started
    assert len(started) < 6
    assert read_result(present(options.output)) == alone


@pytest.mark.slow
@pytest.mark.alone
def test_the_share_of_a_worker_that_died_is_taken_over(
    options: Options, alone: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worker would leave it that was killed in the middle of the long shot."""
    original = color_groups

    def dying(*arguments: Any) -> Generator[Event]:
        for event in original(*arguments):
            yield event
            if list(work_folder_of(present(options.output)).glob("share-*/segment-*.mkv")):
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shots_task, "color_groups", dying)
        with pytest.raises(KeyboardInterrupt):
            list(colorize(options, HERE))
    (left,) = work.shares_in(work_folder_of(present(options.output)))
    monkeypatch.setattr("os.getpid", lambda pid=1: pid)  # the next worker is another process
    list(colorize(replace(options), HERE))
    assert not left.exists()
    assert read_result(present(options.output)) == alone


@pytest.mark.slow
@pytest.mark.alone
def test_a_task_that_is_tried_again_leaves_what_is_done(
    options: Options, alone: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All shots are one task here; the first try hands two of them over, and dies."""
    original, colored = color_groups, list[list[int]]()

    def dying(ready: Any, computing: Any, share: Any, groups: Any, folder: Path) -> Generator[Event]:
        colored.append([shot for group in groups for shot in group.shots])
        for event in original(ready, computing, share, groups, folder):
            yield event
            if len(colored) == 1 and len(list(folder.glob("segment-*.json"))) == 2:
                raise MediaError("the worker is gone")

    def as_one(groups: Any, workers: int) -> Any:
        return iter([tuple(groups)])

    monkeypatch.setattr(shots_task, "color_groups", dying)
    monkeypatch.setattr("tcvc_cli.run.computed.spread.tasks_of", as_one)
    original_work = shots_task.color_shots

    def twice(task: Any) -> Generator[Event, None, Any]:
        try:
            return (yield from original_work(task))
        except MediaError:
            return (yield from original_work(task))

    monkeypatch.setattr("tcvc_cli.run.computed.spread.SHOTS", replace(shots_task.SHOTS, do=twice))
    list(colorize(options, HERE))
    assert colored == [[1, 2, 3, 4, 5, 6], [3, 4, 5, 6]]
    assert read_result(present(options.output)) == alone
