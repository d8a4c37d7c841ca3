"""What happens where several processes or machines colour one film; `run/events.py` has all that happens."""

from __future__ import annotations

from dataclasses import dataclass

from tcvc_cli.run.machines.shard import Shard


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another process has something that this one needs, and will be done with it."""

    message: str


@dataclass(frozen=True, slots=True)
class ShareFinished:
    """All `shots` of a shard are coloured, `frames` in this run. `missing`: how many shots of the film are
    with others, and not there yet."""

    shard: Shard
    shots: int
    frames: int
    missing: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ShotsStarted:
    """Shots of the film, by their numbers from 1, are given to one of several workers."""

    shots: tuple[int, ...]
    frames: int


@dataclass(frozen=True, slots=True)
class ShotsEnded:
    """They are coloured, on `host`; or `error` says why not."""

    shots: tuple[int, ...]
    frames: int
    host: str
    seconds: float
    error: str | None
