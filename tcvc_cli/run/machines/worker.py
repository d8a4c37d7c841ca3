"""The far end of an executor whose workers are other processes: does one task, and says how it goes."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Generic

from tcvc_cli import __version__
from tcvc_cli.run.events import Event, FramesDone
from tcvc_cli.run.machines.executor import Outcome, Task, Work, outcome_of


@dataclass(frozen=True, slots=True)
class Met:
    """Who a worker is; `has_folder`: whether its machine has the folder in which the command was started."""

    host: str
    pid: int
    version: str
    has_folder: bool


@dataclass(frozen=True, slots=True)
class Done(Generic[Outcome]):
    """The last that is heard of a task."""

    outcome: Outcome


class Worker:
    """Does one task at a time. What is imported for the first stays.

    `folder` is where relative paths start, None where nothing on its machine has them. Of how many frames are
    done it tells every `pace_s` seconds.
    """

    def __init__(self, folder: str | None, pace_s: float) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before PyTorch is loaded; see cli/main.py
        self._folder, self._pace_s, self._told_s = folder, pace_s, 0.0
        self._is_stopped, self._is_idle = threading.Event(), threading.Event()
        self._is_idle.set()

    def meet(self) -> Met:
        try:
            if self._folder is not None:
                os.chdir(self._folder)
        except OSError:
            return Met(socket.gethostname(), os.getpid(), __version__, has_folder=False)
        return Met(socket.gethostname(), os.getpid(), __version__, has_folder=True)

    def work(self, work: Work[Task, Outcome], task: Task) -> Generator[Event | Done[Outcome], None, None]:
        """What is told of the events, and the outcome; nothing more once it is stopped."""
        self._is_idle.clear()
        try:
            with closing(self._until_stopped(work, task)) as items:
                yield from items
        finally:
            self._is_idle.set()

    def _until_stopped(
        self, work: Work[Task, Outcome], task: Task
    ) -> Generator[Event | Done[Outcome], None, None]:
        with closing(outcome_of(work, task)) as events:
            while not self._is_stopped.is_set():
                try:
                    event = next(events)
                except StopIteration as end:
                    yield Done(end.value)
                    return
                told = work.told(task, event) if self._is_time_for(event) else None
                if told is not None:
                    yield told

    def _is_time_for(self, event: Event) -> bool:
        """Thousands of workers must not drown the one that listens."""
        if not isinstance(event, FramesDone):
            return True
        now_s = time.monotonic()
        is_time = now_s - self._told_s >= self._pace_s
        self._told_s = now_s if is_time else self._told_s
        return is_time

    def stop(self) -> None:
        """Closes the task in hand as Ctrl-C does: its segment is dropped and its journal kept. Called in
        another thread; returns when that is done."""
        self._is_stopped.set()
        self._is_idle.wait()
