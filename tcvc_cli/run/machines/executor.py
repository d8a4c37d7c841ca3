"""Many tasks, each done once, wherever that is: what a task is, and what whoever does them promises."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tcvc_cli.run.events import Event

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Work(Generic[Task, Outcome]):
    """What is done with each of many tasks. Tasks and outcomes are plain records that can be pickled, and the
    functions are found by module and name, for they are called in other processes and on other machines.

    `do` does a task, or what is left of it by a run before that was killed. `failed` is the outcome of a
    task that raised, or whose process died. `known` is the outcome where a task needs no work, None where it
    does. `started` and `ended` are what is told around a task; `told` is what is told of its own events where
    several tasks are done at once, None for one of which nothing is.
    """

    do: Callable[[Task], Generator[Event, None, Outcome]]
    failed: Callable[[Task, Exception], Outcome]
    known: Callable[[Task], Outcome | None]
    started: Callable[[Task], Event]
    ended: Callable[[Outcome], Event]
    told: Callable[[Task, Event], Event | None]


class Executor(Protocol):
    """`workers` is how many tasks are done at once, and `per_machine` how many of them one machine does;
    they share its memory."""

    @property
    def workers(self) -> int: ...

    @property
    def per_machine(self) -> int: ...

    def run(self, work: Work[Task, Outcome], tasks: Iterator[Task]) -> Generator[Event, None, list[Outcome]]:
        """Does every task once, and yields `started`, events, `ended` of each; returns the outcomes in the
        order in which they came. A task is asked for when somebody is free to do it. What is closed, or
        interrupted, stops the tasks in hand, so that another run goes on where they stood."""
        ...


def outcome_of(work: Work[Task, Outcome], task: Task) -> Generator[Event, None, Outcome]:
    """The events of one task; whatever it raises is in what is returned."""
    known = work.known(task)
    if known is not None:
        return known
    try:
        return (yield from work.do(task))
    except Exception as error:
        return work.failed(task, error)
