"""Tasks one after another, in this process."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final

from tcvc_cli.run.events import Event
from tcvc_cli.run.machines.executor import Outcome, Task, Work, outcome_of


class Here:
    """Tells every event of every task."""

    workers: Final = 1
    per_machine: Final = 1

    def run(self, work: Work[Task, Outcome], tasks: Iterator[Task]) -> Generator[Event, None, list[Outcome]]:
        outcomes = []
        for task in tasks:
            yield work.started(task)
            outcome = yield from outcome_of(work, task)
            outcomes.append(outcome)
            yield work.ended(outcome)
        return outcomes
