"""Tasks side by side, each in one of several processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice

from tcvc_cli.import_path import isolate_children
from tcvc_cli.run.events import Event
from tcvc_cli.run.machines.executor import Outcome, Task, Work, outcome_of
from tcvc_cli.run.machines.orphan import begin_worker, signals_held


class Processes:
    """So many tasks at a time as there are workers. A task's own events stay in its process."""

    def __init__(self, workers: int) -> None:
        self.workers = self.per_machine = workers

    def run(self, work: Work[Task, Outcome], tasks: Iterator[Task]) -> Generator[Event, None, list[Outcome]]:
        outcomes: list[Outcome] = []
        pool = _pool(self.per_machine)
        running: dict[Future[Outcome], Task] = {}
        try:
            while True:
                for task in islice(tasks, self.per_machine - len(running)):
                    yield work.started(task)
                    running[_submitted(pool, work, task)] = task
                if not running:
                    return outcomes
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    task, error = running.pop(future), future.exception()
                    if error is not None and not isinstance(error, Exception):
                        raise error
                    if isinstance(error, BrokenProcessPool):
                        pool = _pool(self.per_machine)
                    outcome = future.result() if error is None else work.failed(task, error)
                    outcomes.append(outcome)
                    yield work.ended(outcome)
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _pool(workers: int) -> ProcessPoolExecutor:
    isolate_children(os.environ)  # or each would take modules from the folder that it is started in
    context = multiprocessing.get_context("spawn")
    with signals_held():  # from Python's own helper too, which is started here
        return ProcessPoolExecutor(workers, context, begin_worker)


def _submitted(pool: ProcessPoolExecutor, work: Work[Task, Outcome], task: Task) -> Future[Outcome]:
    """A task that needs no work, or that no process takes, is over at once."""
    known = work.known(task)
    if known is None:
        try:
            with signals_held():  # the first task starts the processes
                return pool.submit(_in_worker, work, task)
        except Exception as error:
            known = work.failed(task, error)
    over: Future[Outcome] = Future()
    over.set_result(known)
    return over


def _in_worker(work: Work[Task, Outcome], task: Task) -> Outcome:
    walk = outcome_of(work, task)
    while True:
        try:
            next(walk)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
