"""Ways to divide an archive, or one film, among workers: the tool's own, and simpler ones to compare with."""

from __future__ import annotations

import hashlib
import heapq
import itertools
from collections import deque
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Literal

import numpy as np

from benchmarks.scaling.archive import Priced
from benchmarks.scaling.simulation import Piece, Step
from tcvc_cli.run.machines.deal import deal

CHUNKS = 2  # dynamic: a worker takes this part of an even share of what is left (guided self-scheduling)
_FIRST, _JOIN = "first pass", "join"


def whole(film: Priced, segment_s: float, number: int = 0) -> Piece:
    """One film by one worker: a death costs the reading for shots, but no shot or segment that is done."""
    settling_s = float(film.settling_s.sum())
    coloring_s = float(film.shots_s.sum())
    steps = (
        Step(film.load_s + film.scan_s, film.load_s + film.scan_s),
        Step(settling_s, settling_s / len(film.settling_s)),
        Step(coloring_s, segment_s),
        Step(film.join_s, film.join_s),
    )
    return Piece(film.film.name, steps, film=number)


class Shards:
    """Each worker has a shard of its own, the longest by its `frames` first, and nobody helps."""

    def __init__(
        self, pieces: Sequence[Piece], shard_of: Mapping[str, int], frames: Mapping[str, int]
    ) -> None:
        self._shard_of, self._frames = shard_of, frames
        self._waiting: dict[int, deque[Piece]] = {}
        for piece in pieces:
            self._waiting.setdefault(shard_of[piece.name] - 1, deque()).append(piece)
        self._left = len(pieces)

    def take(self, worker: int) -> Piece | None:
        waiting = self._waiting.get(worker)
        return waiting.popleft() if waiting else None

    def finish(self, piece: Piece) -> bool:
        self._left -= 1
        return False

    def give_back(self, piece: Piece, worker: int) -> None:
        self._waiting[worker].appendleft(piece)

    def left(self) -> bool:
        return self._left > 0


class HelpingShards(Shards):
    """As `tcvc batch --shard`: who has nothing left of the own shard takes the longest film that nobody has
    begun."""

    def take(self, worker: int) -> Piece | None:
        own = super().take(worker)
        others = [films for films in self._waiting.values() if films]
        if own is not None or not others:
            return own
        return max(others, key=lambda films: self._frames[films[0].name]).popleft()


class Queue:
    """All films in one queue, the longest by its frames first; whoever is free takes the next."""

    def __init__(self, pieces: Sequence[Piece], frames: Mapping[str, int]) -> None:
        self._frames = frames
        self._waiting = [(-frames[piece.name], piece.name, piece) for piece in pieces]
        heapq.heapify(self._waiting)
        self._left = len(pieces)

    def take(self, worker: int) -> Piece | None:
        return heapq.heappop(self._waiting)[2] if self._waiting else None

    def finish(self, piece: Piece) -> bool:
        self._left -= 1
        return False

    def give_back(self, piece: Piece, worker: int) -> None:
        heapq.heappush(self._waiting, (-self._frames[piece.name], piece.name, piece))

    def left(self) -> bool:
        return self._left > 0


class _DividedFilm:
    """The shots of one film that nobody has taken, longest first, for so many workers."""

    def __init__(self, film: Priced, number: int, workers: int, segment_s: float) -> None:
        self.film, self.number, self._segment_s = film, number, segment_s
        self._workers = workers
        order = np.argsort(-film.film.shots, kind="stable")
        self._shots = deque(int(shot) for shot in order)
        self._left_frames = film.film.frames
        self.unfinished = 0  # pieces that were taken
        self._serial = itertools.count()

    @property
    def is_all_taken(self) -> bool:
        return not self._shots

    def first_pass(self) -> Piece:
        film = self.film
        scan_s, settling_s = film.load_s + film.scan_s, float(film.settling_s.sum())
        steps = Step(scan_s, scan_s), Step(settling_s, settling_s / len(film.settling_s))
        return Piece(f"{film.film.name}: {_FIRST}", steps, film=self.number)

    def join(self) -> Piece:
        step = Step(self.film.join_s, self.film.join_s)
        return Piece(f"{self.film.film.name}: {_JOIN}", (step,), self.film.load_s, self.number)

    def chunk(self) -> Piece:
        """A part of an even share of what nobody has, at least a shot."""
        frames, taken, most = 0, list[int](), self._left_frames / (CHUNKS * self._workers)
        while self._shots and (not taken or frames < most):
            taken.append(self._shots.popleft())
            frames += int(self.film.film.shots[taken[-1]])
        self._left_frames -= frames
        return self.piece(taken)

    def piece(self, shots: Sequence[int]) -> Piece:
        self.unfinished += 1
        steps = tuple(Step(float(self.film.shots_s[shot]), self._segment_s) for shot in shots)
        name = f"{self.film.film.name}: {next(self._serial)}"
        return Piece(name, steps, self.film.opening_s, self.number)


class SplitQueue:
    """One queue of films, of which those that are `split` are divided: a first pass, then chunks of shots,
    then the join, before any film that is not begun. No more workers open a film than have a quarter of
    their share of the archive in it, and each of them opens it once."""

    def __init__(
        self, films: Sequence[Priced], split: frozenset[int], workers: int, segment_s: float
    ) -> None:
        self._films, self._open = films, set[tuple[int, int]]()
        share = sum(one.film.frames for one in films) / workers
        self._divided = {
            number: _DividedFilm(
                films[number], number, min(workers, ceil(4 * films[number].film.frames / share)), segment_s
            )
            for number in sorted(split)
        }
        firsts = [(films[number].film.frames, one.first_pass()) for number, one in self._divided.items()]
        wholes = [
            (one.film.frames, whole(one, segment_s, number))
            for number, one in enumerate(films)
            if number not in split
        ]
        self._ready: list[tuple[int, int, str, Piece]] = []  # what can be begun now, the most urgent first
        for urgency, pieces in ((1, firsts), (2, wholes)):
            self._ready += [(urgency, -frames, piece.name, piece) for frames, piece in pieces]
        heapq.heapify(self._ready)
        self._pools = list[int]()
        self._left = len(films)

    def take(self, worker: int) -> Piece | None:
        is_urgent = bool(self._ready) and self._ready[0][0] < 2
        if self._pools and not is_urgent:
            return self._opened(self._chunk(), worker)
        return self._opened(heapq.heappop(self._ready)[3], worker) if self._ready else None

    def _chunk(self) -> Piece:
        film = self._divided[self._pools[0]]
        piece = film.chunk()
        if film.is_all_taken:
            self._pools.pop(0)
        return piece

    def _opened(self, piece: Piece, worker: int) -> Piece:
        key = worker, piece.film
        if piece.opening_s == 0 or key not in self._open:
            self._open.add(key)
            return piece
        return Piece(piece.name, piece.steps, 0.0, piece.film)

    def finish(self, piece: Piece) -> bool:
        film = self._divided.get(piece.film)
        if film is None or piece.name.endswith(_JOIN):
            self._left -= 1
            return False
        if piece.name.endswith(_FIRST):
            self._pools.append(piece.film)
            return True
        film.unfinished -= 1
        if film.unfinished or not film.is_all_taken:
            return False
        join = film.join()
        heapq.heappush(self._ready, (0, 0, join.name, join))
        return True

    def give_back(self, piece: Piece, worker: int) -> None:
        """Whoever goes on with it opens the film; also its worker, which has lost everything."""
        self._open = {key for key in self._open if key[0] != worker}
        divided = self._divided.get(piece.film)
        opening_s = divided.film.opening_s if divided and not piece.name.endswith(_FIRST) else 0.0
        again = Piece(piece.name, piece.steps, opening_s, piece.film)
        urgency, frames = (0, 0) if divided else (2, self._films[piece.film].film.frames)
        heapq.heappush(self._ready, (urgency, -frames, piece.name, again))

    def left(self) -> bool:
        return self._left > 0


class ShardsOfAFilm:
    """One film: the first pass by one worker, then a shard of shots for each, then the join."""

    def __init__(self, film: Priced, workers: int, segment_s: float) -> None:
        self._film = _DividedFilm(film, 0, workers, segment_s)
        lengths = {f"{number:06d}": int(frames) for number, frames in enumerate(film.film.shots)}
        shards: dict[int, list[int]] = {}
        for name, shard in deal(lengths, workers).items():
            shards.setdefault(shard - 1, []).append(int(name))
        self._first: Piece | None = self._film.first_pass()
        self._shards = {worker: self._film.piece(shots) for worker, shots in shards.items()}
        self._waiting: dict[int, Piece] = {}
        self._join: Piece | None = None
        self._is_done = False

    def take(self, worker: int) -> Piece | None:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._join is not None:
            join, self._join = self._join, None
            return join
        return self._waiting.pop(worker, None)

    def finish(self, piece: Piece) -> bool:
        if piece.name.endswith(_FIRST):
            self._waiting = self._shards
        elif piece.name.endswith(_JOIN):
            self._is_done = True
        else:
            self._film.unfinished -= 1
            if self._film.unfinished:
                return False
            self._join = self._film.join()
        return True

    def give_back(self, piece: Piece, worker: int) -> None:
        if piece.name.endswith(_FIRST):
            self._first = piece
        elif piece.name.endswith(_JOIN):
            self._join = piece
        else:
            self._waiting[worker] = piece

    def left(self) -> bool:
        return not self._is_done


Policy = Literal["hash", "shards alone", "--shard", "queue", "queue, split"]
ArchiveDealer = Shards | Queue | SplitQueue


def dealer_of(policy: Policy, films: Sequence[Priced], workers: int, segment_s: float) -> ArchiveDealer:
    """Of an archive. What is known of a film beforehand is how many frames it has."""
    frames = {one.film.name: one.film.frames for one in films}
    pieces = [whole(one, segment_s, number) for number, one in enumerate(films)]
    pieces.sort(key=lambda piece: (-frames[piece.name], piece.name))
    if policy == "queue":
        return Queue(pieces, frames)
    if policy == "queue, split":
        return SplitQueue(films, longer_than_a_share(films, workers), workers, segment_s)
    if policy == "hash":
        return Shards(pieces, {name: _hashed(name, workers) for name in frames}, frames)
    kind = HelpingShards if policy == "--shard" else Shards
    return kind(pieces, deal(frames, workers), frames)


def longer_than_a_share(films: Sequence[Priced], workers: int) -> frozenset[int]:
    """Numbers of films with more frames than half of what falls to each worker: dealt whole they might end
    last."""
    share = sum(one.film.frames for one in films) / workers
    return frozenset(number for number, one in enumerate(films) if one.film.frames > share / 2)


def _hashed(name: str, workers: int) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % workers + 1
