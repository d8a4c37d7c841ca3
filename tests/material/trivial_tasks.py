"""Tasks that take no time, fail, or kill the process that does them: for the executors."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tcvc_cli.run.events import Event, Warned
from tcvc_cli.run.machines.executor import Executor, Work

Kind = Literal["plain", "known", "raises", "dies once", "dies", "endless", "exits"]


@dataclass(frozen=True, slots=True)
class Trivial:
    """`folder` is where a process leaves word of what it did."""

    number: int
    folder: Path
    kind: Kind = "plain"


def double(task: Trivial) -> Generator[Event, None, int]:
    note = task.folder / f"{task.number} begun"
    times = int(note.read_text()) if note.exists() else 0
    note.write_text(str(times + 1))
    yield Warned(f"event of {task.number}")
    match task.kind:
        case "raises":
            raise ValueError("torn")
        case "exits":
            raise SystemExit(3)
        case "dies once" if times == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        case "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        case "endless":
            yield from endless(task)
    return 2 * task.number


def endless(task: Trivial) -> Iterator[Event]:
    try:
        while True:
            time.sleep(0.01)
            yield Warned(f"event of {task.number}")
    finally:
        (task.folder / f"{task.number} closed").touch()


def failed(task: Trivial, error: Exception) -> str:
    return f"{task.number}: {error}"


def known(task: Trivial) -> int | None:
    return -task.number if task.kind == "known" else None


def started(task: Trivial) -> Event:
    return Warned(f"started {task.number}")


def ended(outcome: int | str) -> Event:
    return Warned(f"ended {outcome}")


def told(task: Trivial, event: Event) -> Event:
    return event


DOUBLE: Final[Work[Trivial, int | str]] = Work(double, failed, known, started, ended, told)


def outcomes(executor: Executor, tasks: list[Trivial]) -> tuple[list[str], list[int | str]]:
    """What is said, and the outcomes."""
    walk, said = executor.run(DOUBLE, iter(tasks)), list[str]()
    while True:
        try:
            event = next(walk)
        except StopIteration as end:
            return said, end.value
        assert isinstance(event, Warned)
        said.append(event.message)
