"""Tasks on a Ray cluster: an actor for each worker. The one module that imports Ray.

Only tasks, events and outcomes go through Ray; films are read, and results written, on disks that the
machines share. Nothing here opens a port; what Ray itself opens, and to whom, is in docs/many-machines.md.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import threading
import time
import warnings
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic

import ray
from ray._private import ray_constants
from ray.exceptions import RayError, RayTaskError

from tcvc_cli import __version__
from tcvc_cli.errors import TcvcError, UsageError
from tcvc_cli.run.events import Event, Warned
from tcvc_cli.run.machines.executor import Outcome, Task, Work
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.machines.worker import Done, Met, Worker

RETRIES: Final = 3  # of a task whose worker dies
GRACE_S: Final = 30.0  # for a worker to close what it has in hand
_UNREAD: Final = 16  # events of a task that may wait to be read; then it waits as well
_EVENTS_PER_S: Final = 100  # of all workers together, about
_LEAST_PACE_S: Final = 0.5
_STILLBORN: Final = 3  # workers in a row that die before they have done anything
_CONNECT_S: Final = 5.0
_SILENT_S: Final = 30.0
_STORE_BYTES: Final = 80 * 2**20  # the least that Ray takes, about; events need no more
_CONTROL: Final = "control"
_LOOPBACK: Final = ("localhost", "127.0.0.1")


@contextmanager
def on_ray(machines: Machines) -> Iterator[OnRay]:
    """Connected to the cluster, or with one of its own on this machine alone, while the block runs. Raises
    UsageError where there is none."""
    assert machines.ray is not None
    folder = _private_folder() if machines.ray == "local" else None
    try:
        _connect(machines, folder)
        executor = OnRay(machines, _capacities(machines))
        try:
            yield executor
        finally:
            executor.close()
    finally:
        ray.shutdown()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _private_folder() -> Path:
    """Where Ray keeps its sockets, whose names may not be long, and its logs; nobody else may look inside."""
    short = "/tmp" if os.path.isdir("/tmp") else None
    return Path(tempfile.mkdtemp(prefix="tcvc-ray-", dir=short))


def _connect(machines: Machines, folder: Path | None) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    signals = _handlers()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if folder is not None:
                _start_here(machines, folder, quiet)
            else:
                _join(str(machines.ray), quiet)
    except (RayError, ConnectionError, OSError, ValueError, RuntimeError) as error:
        where = "Ray does not start here" if folder is not None else f"no Ray cluster at {machines.ray}"
        advice = "See docs/many-machines.md for how to start one."
        raise UsageError(f"{where}: {_first_line(error)}", advice, option="ray") from error
    finally:
        for number, handler in signals.items():  # Ray takes SIGTERM, and aborts three seconds after it
            signal.signal(number, handler)


def _handlers() -> dict[int, Any]:
    """Of the signals that end a run; only the main thread may change them, as Ray knows too."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    return {number: handler for number, handler in found.items() if handler is not None}


def _start_here(machines: Machines, folder: Path, quiet: dict[str, Any]) -> None:
    """A cluster of this machine alone."""
    wanted = -(-(machines.ray_workers or 0) * machines.ray_cpus // 1)
    with _loopback():
        ray.init(
            "local",
            num_cpus=max(int(wanted), os.cpu_count() or 1),
            include_dashboard=False,
            object_store_memory=_STORE_BYTES,
            _node_ip_address="127.0.0.1",
            _temp_dir=str(folder),
            **quiet,
        )


def _join(address: str, quiet: dict[str, Any]) -> None:
    """Ray waits a minute and more for a cluster that is not there; a look before does not."""
    host, _, port = address.rpartition(":")
    if not host:
        ray.init(address, **quiet)
        return
    socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()
    if host in _LOOPBACK:
        with _loopback():
            ray.init(address, **quiet)
    else:
        ray.init(address, **quiet)


@contextmanager
def _loopback() -> Iterator[None]:
    """Inside, 127.0.0.1 stays what it is. On Linux Ray puts the machine's public address in its place, and
    then listens on all of them; by the same switch it does not on Windows and macOS."""
    usual = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = usual


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _capacities(machines: Machines) -> list[int]:
    """How many workers each machine of the cluster has room for."""
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
        self._arguments = os.getcwd(), pace_s

    def new_actor(self) -> Any:
        return self._kind.remote(*self._arguments)

    def run(self, work: Work[Task, Outcome], tasks: Iterator[Task]) -> Generator[Event, None, list[Outcome]]:
        round_ = _Round(self, work, tasks)
        try:
            yield from round_.events()
        except RayError as error:
            raise TcvcError(f"the Ray cluster does not answer: {_first_line(error)}") from error
        except BaseException:
            round_.stop()
            raise
        return round_.outcomes

    def close(self) -> None:
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
        self.stillborn += 1
        if self.stillborn < _STILLBORN:
            return
        if not self.busy and not self.executor.idle:
            why = _first_line(error.cause if isinstance(error, RayTaskError) else error)
            message = f"no worker starts on the cluster: {why}"
            raise TcvcError(message, "See whether tcvc is installed on all machines.") from error
        self.most = max(1, len(self.busy) + len(self.executor.idle))

    def _item(self, stream: Any) -> Generator[Event, None, None]:
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
        held = self.busy.pop(stream)
        ray.kill(held.actor)
        cause = error.cause if isinstance(error.cause, Exception) else error
        yield from self._ended(self.work.failed(held.trial.task, cause))

    def _lost(self, stream: Any, error: Exception) -> Generator[Event, None, None]:
        held = self.busy.pop(stream)
        ray.kill(held.actor)  # what cannot be reached may be alive
        if held.trial.number < RETRIES:
            self.waiting.appendleft(_Try(held.trial.task, held.trial.number + 1))
            return
        message = f"its worker died {RETRIES + 1} times: {_first_line(error)}"
        yield from self._ended(self.work.failed(held.trial.task, TcvcError(message)))

    def _ended(self, outcome: Outcome) -> Generator[Event, None, None]:
        self.outcomes.append(outcome)
        yield self.work.ended(outcome)

    def stop(self) -> None:
        """Everybody closes what is in hand, as far as there is time; then they are killed."""
        actors = [held.actor for held in self.busy.values()]
        self.busy.clear()  # who waits for an event to be read goes on
        stopped = [actor.stop.options(concurrency_group=_CONTROL).remote() for actor in actors]
        if stopped:
            ray.wait(stopped, num_returns=len(stopped), timeout=GRACE_S, fetch_local=False)
        for actor in [*actors, *self.starting.values()]:
            ray.kill(actor)
        self.starting.clear()
