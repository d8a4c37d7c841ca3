"""Tasks on a Ray cluster: an actor for each worker.

Only tasks, events and outcomes go through Ray; films are read, and results written, on disks that the
machines share. Where they share none, files go through a depot (`depot.py`). Nothing here opens a port; what
Ray itself opens, and to whom, is in docs/many-machines.md.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic

from tcvc_cli import __version__
from tcvc_cli.errors import TcvcError, UsageError
from tcvc_cli.run.events import Event, Warned
from tcvc_cli.run.machines.executor import Outcome, Task, Work
from tcvc_cli.run.machines.on_ray.connect import connected, first_line
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.machines.worker import Done, Met, Worker

if TYPE_CHECKING:
    from ray.exceptions import RayError, RayTaskError

RETRIES: Final = 3  # of a task whose worker dies
GRACE_S: Final = 30.0  # for a worker to close what it has in hand
_UNREAD: Final = 16  # events of a task that may wait to be read; then it waits as well
_EVENTS_PER_S: Final = 100  # of all workers together, about
_LEAST_PACE_S: Final = 0.5
_STILLBORN: Final = 3  # workers in a row that die before they have done anything
_SILENT_S: Final = 30.0
_CONTROL: Final = "control"


@contextmanager
def on_ray(machines: Machines) -> Iterator[OnRay]:
    """While the block runs. Raises UsageError where there is no cluster, or none with room."""
    with connected(machines):
        executor = OnRay(machines, _capacities(machines))
        yield executor
        executor.close()


def _capacities(machines: Machines) -> list[int]:
    """How many workers each machine of the cluster has room for."""
    import ray

    nodes: Any = ray.nodes  # which has no types
    return [_room(node["Resources"], machines) for node in nodes() if node["Alive"]]


def _room(resources: dict[str, float], machines: Machines) -> int:
    room = resources.get("CPU", 0.0) / machines.ray_cpus
    if machines.ray_gpus:
        room = min(room, resources.get("GPU", 0.0) / machines.ray_gpus)
    return int(room + 1e-6)


@dataclass(frozen=True, slots=True)
class _Try(Generic[Task]):
    task: Task
    number: int  # from 0


@dataclass(frozen=True, slots=True)
class _Busy(Generic[Task]):
    actor: Any
    trial: _Try[Task]


class OnRay:
    """`rooms`: how many workers each machine of the cluster has room for."""

    def __init__(self, machines: Machines, rooms: list[int]) -> None:
        import ray

        if not machines.ray_workers and not sum(rooms):
            message = f"no machine of the cluster has {machines.ray_cpus:g} CPUs"
            gpus = f" and {machines.ray_gpus:g} GPUs" if machines.ray_gpus else ""
            advice = "Ask for less, or give {ray_workers} and add machines meanwhile."
            raise UsageError(f"{message}{gpus}", advice, option="ray_cpus")
        self.workers = machines.ray_workers or sum(rooms)
        self.per_machine = max(1, min(self.workers, max(rooms, default=1)))
        self.idle: list[Any] = []
        pace_s = max(_LEAST_PACE_S, self.workers / _EVENTS_PER_S)
        remote: Any = ray.remote  # whose types know no concurrency groups
        self._kind = remote(
            num_cpus=machines.ray_cpus,
            num_gpus=machines.ray_gpus,
            max_restarts=0,
            max_task_retries=0,
            concurrency_groups={_CONTROL: 1},
        )(Worker)
        self._arguments = None if machines.is_shipped else os.getcwd(), pace_s

    def new_actor(self) -> Any:
        return self._kind.remote(*self._arguments)

    def run(self, work: Work[Task, Outcome], tasks: Iterator[Task]) -> Generator[Event, None, list[Outcome]]:
        from ray.exceptions import RayError

        round_ = _Round(self, work, tasks)
        try:
            yield from round_.events()
        except RayError as error:
            raise TcvcError(f"the Ray cluster does not answer: {first_line(error)}") from error
        except BaseException:
            round_.stop()
            raise
        return round_.outcomes

    def close(self) -> None:
        import ray

        for actor in self.idle:
            ray.kill(actor)
        self.idle.clear()


class _Round(Generic[Task, Outcome]):
    """The tasks of one `run`, in four places: not asked for yet, waiting for a worker, with one, over."""

    def __init__(self, executor: OnRay, work: Work[Task, Outcome], tasks: Iterator[Task]) -> None:
        self.executor, self.work, self.tasks = executor, work, tasks
        self.most = executor.workers
        self.waiting: deque[_Try[Task]] = deque()
        self.starting: dict[Any, Any] = {}  # actors, by the reference to what they say first
        self.busy: dict[Any, _Busy[Task]] = {}  # by their streams of events
        self.outcomes: list[Outcome] = []
        self.stillborn, self.heard_s = 0, time.monotonic()

    def events(self) -> Generator[Event, None, None]:
        while True:
            yield from self._take()
            yield from self._hand_out()
            if not self.busy and not self.waiting:
                return
            yield from self._hear()

    def _take(self) -> Generator[Event, None, None]:
        """Asks for a task for everybody who is or may become free."""
        while len(self.busy) + len(self.waiting) < self.most:
            task = next(self.tasks, None)
            if task is None:
                return
            known = self.work.known(task)
            if known is None:
                self.waiting.append(_Try(task, 0))
            else:
                yield self.work.started(task)
                yield from self._ended(known)

    def _hand_out(self) -> Generator[Event, None, None]:
        idle = self.executor.idle
        for _ in range(len(self.waiting) - len(idle) - len(self.starting)):
            actor = self.executor.new_actor()
            self.starting[actor.meet.remote()] = actor
        while idle and self.waiting:
            trial, actor = self.waiting.popleft(), idle.pop()
            stream = actor.work.options(
                num_returns="streaming", _generator_backpressure_num_objects=_UNREAD
            ).remote(self.work, trial.task)
            self.busy[stream] = _Busy(actor, trial)
            if not trial.number:
                yield self.work.started(trial.task)

    def _hear(self) -> Generator[Event, None, None]:
        """Waits until somebody says something, and yields what is said."""
        import ray

        everybody = [*self.starting, *self.busy]
        if not ray.wait(everybody, timeout=1.0, fetch_local=False)[0]:
            yield from self._silence()
            return
        self.heard_s = time.monotonic()
        for one in ray.wait(everybody, num_returns=len(everybody), timeout=0, fetch_local=False)[0]:
            if one in self.starting:
                self._greet(one)
            else:
                yield from self._item(one)

    def _silence(self) -> Generator[Event, None, None]:
        if not self.busy and time.monotonic() - self.heard_s > _SILENT_S:
            self.heard_s = time.monotonic()
            yield Warned(f"no worker yet: the cluster has no room for {len(self.starting)} now")

    def _greet(self, first: Any) -> None:
        """A new worker is ready. Raises TcvcError where it can do nothing, or none lives."""
        import ray
        from ray.exceptions import RayError

        actor = self.starting.pop(first)
        try:
            met: Met = ray.get(first)
        except RayError as error:
            self._bury(error)
            return
        if met.version != __version__:
            message = f"the worker on {met.host} has tcvc {met.version}, and this is {__version__}"
            raise TcvcError(message, "Install the same version on all machines.")
        if not met.has_folder:
            message = f"{met.host} has no folder {os.getcwd()}"
            raise TcvcError(message, "Start tcvc in a folder on the disk that the machines share.")
        self.stillborn = 0
        self.executor.idle.append(actor)

    def _bury(self, error: RayError) -> None:
        """Somebody died before doing anything; after several in a row the living must be enough."""
        from ray.exceptions import RayTaskError

        self.stillborn += 1
        if self.stillborn < _STILLBORN:
            return
        if not self.busy and not self.executor.idle:
            why = first_line(error.cause if isinstance(error, RayTaskError) else error)
            message = f"no worker starts on the cluster: {why}"
            raise TcvcError(message, "See whether tcvc is installed on all machines.") from error
        self.most = max(1, len(self.busy) + len(self.executor.idle))

    def _item(self, stream: Any) -> Generator[Event, None, None]:
        import ray
        from ray.exceptions import RayError, RayTaskError

        held = self.busy[stream]
        try:
            reference = next(stream, None)
            item = None if reference is None else ray.get(reference)
        except RayTaskError as error:
            yield from self._unfit(stream, error)
        except RayError as error:
            yield from self._lost(stream, error)
        else:
            if isinstance(item, Done):
                del self.busy[stream]
                self.executor.idle.append(held.actor)
                yield from self._ended(item.outcome)
            elif item is None:
                yield from self._lost(stream, RuntimeError("the stream of its events broke off"))
            else:
                yield item

    def _unfit(self, stream: Any, error: RayTaskError) -> Generator[Event, None, None]:
        """The work itself could not be called, or its outcome not be sent: trying again changes nothing."""
        import ray

        held = self.busy.pop(stream)
        ray.kill(held.actor)
        cause = error.cause if isinstance(error.cause, Exception) else error
        yield from self._ended(self.work.failed(held.trial.task, cause))

    def _lost(self, stream: Any, error: Exception) -> Generator[Event, None, None]:
        import ray

        held = self.busy.pop(stream)
        ray.kill(held.actor)  # what cannot be reached may be alive
        if held.trial.number < RETRIES:
            self.waiting.appendleft(_Try(held.trial.task, held.trial.number + 1))
            return
        message = f"its worker died {RETRIES + 1} times: {first_line(error)}"
        yield from self._ended(self.work.failed(held.trial.task, TcvcError(message)))

    def _ended(self, outcome: Outcome) -> Generator[Event, None, None]:
        self.outcomes.append(outcome)
        yield self.work.ended(outcome)

    def stop(self) -> None:
        """Everybody closes what is in hand, as far as there is time; then they are killed."""
        import ray

        actors = [held.actor for held in self.busy.values()]
        self.busy.clear()  # who waits for an event to be read goes on
        stopped = [actor.stop.options(concurrency_group=_CONTROL).remote() for actor in actors]
        if stopped:
            ray.wait(stopped, num_returns=len(stopped), timeout=GRACE_S, fetch_local=False)
        for actor in [*actors, *self.starting.values()]:
            ray.kill(actor)
        self.starting.clear()
