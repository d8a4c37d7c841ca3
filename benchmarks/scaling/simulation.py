"""Workers that take pieces of work, die, and come back: one event after another."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tcvc_cli.run.resume.lease import WATCH_S


@dataclass(frozen=True, slots=True)
class Step:
    """Of a piece: it takes `seconds`; of one that is broken off, whole grains are kept."""

    seconds: float
    grain_s: float


@dataclass(frozen=True, slots=True)
class Piece:
    """What one worker does at a time: its steps follow each other. `opening_s` is paid by each worker that
    begins it, also by one that goes on with it."""

    name: str
    steps: tuple[Step, ...]
    opening_s: float = 0.0
    film: int = 0

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    def kept_s(self, done_s: float) -> float:
        """Of so many seconds of work, those that need not be done again."""
        kept = 0.0
        for step in self.steps:
            if done_s < step.seconds:
                return kept + math.floor(done_s / step.grain_s) * step.grain_s
            kept, done_s = kept + step.seconds, done_s - step.seconds
        return kept


class Dealer(Protocol):
    """Who takes what: a way to divide work among workers, who are numbered from 0."""

    def take(self, worker: int) -> Piece | None:
        """None where there is nothing for it now."""

    def finish(self, piece: Piece) -> bool:
        """Whether there may be work now for some that had none."""

    def give_back(self, piece: Piece, worker: int) -> None:
        """The worker has died; another may take it, or itself when it is back."""

    def left(self) -> bool:
        """Whether anything is not finished."""


@dataclass(frozen=True, slots=True)
class Faults:
    """`mean_life_s` of a worker; it is back after `back_s`, or never. Its work is free `stale_s` after its
    death, when somebody has watched the lease for so long."""

    mean_life_s: float = math.inf
    back_s: float | None = 300.0
    stale_s: float = WATCH_S
    start_s: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`makespan_s` is infinite where something is never done; `lost_s` was done in vain."""

    makespan_s: float
    deaths: int
    lost_s: float


@dataclass(slots=True)
class _Worker:
    chance: random.Random
    piece: Piece | None = None
    begun_s: float = 0.0
    opening_s: float = 0.0
    life: int = 0  # events of an earlier one are void
    is_alive: bool = True


class _Run:
    def __init__(self, dealer: Dealer, count: int, faults: Faults) -> None:
        self._dealer, self._faults = dealer, faults
        self._workers = [_Worker(random.Random(f"{faults.seed} {number}")) for number in range(count)]
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count, self._now, self._idle = 0, 0.0, set[int]()
        self._kept: dict[str, float] = {}
        self._deaths, self._lost_s = 0, 0.0

    def outcome(self) -> Outcome:
        for number in range(len(self._workers)):
            self._rise(number, self._faults.start_s)
        while self._dealer.left() and self._events:
            self._now, _, happen = heapq.heappop(self._events)
            happen()
        end_s = math.inf if self._dealer.left() else self._now
        return Outcome(end_s, self._deaths, self._lost_s)

    def _at(self, wait_s: float, happen: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (self._now + wait_s, self._count, happen))

    def _rise(self, number: int, wait_s: float) -> None:
        """It begins to start after so long, and from then on it may die."""
        worker = self._workers[number]
        worker.life += 1
        life = worker.life

        def ready() -> None:
            if worker.life == life:
                worker.is_alive = True
                self._look(number)

        self._at(wait_s, ready)
        if self._faults.mean_life_s < math.inf:
            lives_s = worker.chance.expovariate(1 / self._faults.mean_life_s)
            self._at(wait_s + lives_s, lambda: self._die(number, life))

    def _look(self, number: int) -> None:
        worker = self._workers[number]
        piece = self._dealer.take(number)
        worker.piece = piece
        if piece is None:
            self._idle.add(number)
            return
        self._idle.discard(number)
        worker.begun_s, worker.opening_s = self._now, piece.opening_s
        life, rest_s = worker.life, piece.seconds - self._kept.get(piece.name, 0.0)

        def done() -> None:
            if worker.life == life:
                self._finish(number, piece)

        self._at(piece.opening_s + rest_s, done)

    def _finish(self, number: int, piece: Piece) -> None:
        self._workers[number].piece = None
        is_more = self._dealer.finish(piece)
        self._look(number)
        if is_more:
            self._wake()

    def _wake(self) -> None:
        for number in sorted(self._idle):
            self._look(number)

    def _die(self, number: int, life: int) -> None:
        worker, faults = self._workers[number], self._faults
        if worker.life != life:
            return
        self._deaths += 1
        worker.life += 1
        worker.is_alive = False
        self._idle.discard(number)
        if worker.piece is not None:
            self._break_off(number, worker, worker.piece)
        if faults.back_s is not None:
            self._rise(number, faults.back_s + faults.start_s)

    def _break_off(self, number: int, worker: _Worker, piece: Piece) -> None:
        worker.piece = None
        worked_s = self._now - worker.begun_s
        before_s = self._kept.get(piece.name, 0.0)
        kept_s = max(before_s, piece.kept_s(before_s + max(0.0, worked_s - worker.opening_s)))
        self._kept[piece.name] = kept_s
        self._lost_s += worked_s - (kept_s - before_s)

        def stale() -> None:
            self._dealer.give_back(piece, number)
            self._wake()

        self._at(self._faults.stale_s, stale)


def simulate(dealer: Dealer, workers: int, faults: Faults) -> Outcome:
    """How long so many workers take. The same arguments, the same outcome."""
    return _Run(dealer, workers, faults).outcome()


def bound_s(work_s: float, workers: int, pieces_s: Sequence[float]) -> float:
    """Nobody is faster: all work evenly spread, or the longest piece that cannot be divided."""
    return max(work_s / workers, max(pieces_s))
