"""Work that is one long call, such as putting a result together, tells how far it is."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from typing import Final, TypeVar

from tcvc_cli.run.events import Event, FramesDone, Stage, StageStarted

T = TypeVar("T")

_EVENT_EVERY_S: Final = 0.2


class _Unwanted(BaseException):
    """Nobody listens any more: the work ends, and removes what it has begun."""


class Report:
    """What the work says of itself: the stage that it is in and how many of its frames are done, of
    `total_frames` in each stage."""

    def __init__(self, say: Callable[[Event], None], total_frames: int) -> None:
        self._say, self._total = say, total_frames
        self._stage: Stage
        self._said_s = 0.0

    def begin(self, stage: Stage, then: tuple[Stage, ...]) -> None:
        """See `StageStarted`."""
        self._stage, self._said_s = stage, time.monotonic()
        self._say(StageStarted(stage, self._total, then))

    def frames(self, done: int) -> None:
        """May be called for each frame: an event comes five times a second, and with the last one."""
        if done == self._total or time.monotonic() - self._said_s >= _EVENT_EVERY_S:
            self._said_s = time.monotonic()
            self._say(FramesDone(self._stage, done))


def reported(work: Callable[[Report], T], total_frames: int) -> Generator[Event, None, T]:
    """Runs `work` in another thread and yields what it reports, as it does; returns what it returns, raises
    what it raises. Nothing else happens in this thread meanwhile but what is done with the events.

    A generator that is closed, or stopped by an error such as Ctrl-C, waits until the work has ended, which
    it does the next time it reports anything.
    """
    said: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    is_over = threading.Event()
    results: list[T] = []
    errors: list[BaseException] = []

    def say(event: Event) -> None:
        if is_over.is_set():
            raise _Unwanted
        said.put(event)

    def run() -> None:
        try:
            results.append(work(Report(say, total_frames)))
        except BaseException as error:
            errors.append(error)
        said.put(None)

    thread = threading.Thread(target=run, name="reported", daemon=True)
    thread.start()
    try:
        while (event := said.get()) is not None:
            yield event
    finally:
        is_over.set()
        thread.join()
    if errors:
        raise errors[0]
    return results[0]


def stages_behind(*, is_proved: bool) -> tuple[Stage, ...]:
    """What goes over all frames of a film once more when they are coloured."""
    return ("remux", "proof") if is_proved else ("remux",)
