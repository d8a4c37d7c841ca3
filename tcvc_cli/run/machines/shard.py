"""One part of work that is dealt among machines: the second of eight, by name or by an array job's variables.

Each scheduler says which task of an array this is, not all of them how many there are. Where the array's
shape is known its tasks are counted in their order, wherever it begins and whatever its step; else, and for
a part of an array that is sent again, `auto/N` takes the task's own number, which counts from 1.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

MOST_SHARDS: Final = 10_000
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_SHARD = re.compile(r"(\d{1,10}|auto)/(\d{1,10})", re.ASCII)
_NO_ARRAY = "undefined"  # as Grid Engine says it

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shard:
    """The `index`-th of `count` parts, counted from 1. Raises ValueError for what cannot be."""

    index: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_SHARDS:
            raise ValueError(f"there cannot be {self.count} shards; 1 to {MOST_SHARDS} can be")
        if not 1 <= self.index <= self.count:
            raise ValueError(f"there is no shard {self.index} of {self.count}; they count from 1")

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def shard_of(text: str, environment: Environment = os.environ) -> Shard:
    """Of "2/8"; of "auto", by the variables of the array job that this is a task of; of "auto/8", where they
    do not say how many there are. Raises ValueError."""
    if text == "auto":
        return _automatic(environment)
    found = _SHARD.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no shard; write 2/8 for the second of eight, or auto in an array job")
    if found[1] != "auto":
        return Shard(int(found[1]), int(found[2]))
    return _numbered(int(found[2]), environment)


def _automatic(environment: Environment) -> Shard:
    scheduler = _scheduler(environment)
    if scheduler.shard is None:
        raise ValueError(
            f"{scheduler.name} does not say how many tasks the array has; write auto/N, and count them from 1"
        )
    return scheduler.shard(environment)


def _numbered(count: int, environment: Environment) -> Shard:
    index = _number(environment, _scheduler(environment).variable)
    if not 1 <= index <= count:
        raise ValueError(f"this is task {index} of the array; with auto/{count} they count from 1 to {count}")
    return Shard(index, count)


def _of_slurm(environment: Environment) -> Shard:
    index, count, first, last = (
        _number(environment, f"SLURM_ARRAY_TASK_{name}") for name in ("ID", "COUNT", "MIN", "MAX")
    )
    step, rest = divmod(last - first, max(1, count - 1))
    if rest or not (first <= index <= last) or (index - first) % max(1, step):
        raise ValueError(
            f"the tasks of this array do not lie at equal distances, and {index} cannot be counted among "
            "them; write auto/N to take its number itself"
        )
    return Shard((index - first) // max(1, step) + 1, count)


def _of_grid_engine(environment: Environment) -> Shard:
    index, first, last, step = (
        _number(environment, f"SGE_TASK_{name}") for name in ("ID", "FIRST", "LAST", "STEPSIZE")
    )
    place, rest = divmod(index - first, max(1, step))
    if rest:
        raise ValueError(f"task {index} is none of {first} to {last} in steps of {step}")
    return Shard(place + 1, (last - first) // max(1, step) + 1)


@dataclass(frozen=True, slots=True)
class _Scheduler:
    """`variable` holds the number of the task; `shard` where it says the array's shape."""

    name: str
    variable: str
    shard: Callable[[Environment], Shard] | None = None
    absent: str | None = None  # what the variable holds outside of an array

    def has(self, environment: Environment) -> bool:
        return environment.get(self.variable, "") not in ("", self.absent)


_SCHEDULERS = (
    _Scheduler("Slurm", "SLURM_ARRAY_TASK_ID", _of_slurm),
    _Scheduler("Grid Engine", "SGE_TASK_ID", _of_grid_engine, _NO_ARRAY),
    _Scheduler("PBS", "PBS_ARRAY_INDEX"),
    _Scheduler("Torque", "PBS_ARRAYID"),
    _Scheduler("LSF", "LSB_JOBINDEX", absent="0"),
)


def _scheduler(environment: Environment) -> _Scheduler:
    found = next((one for one in _SCHEDULERS if one.has(environment)), None)
    if found is None:
        names = ", ".join(one.variable for one in _SCHEDULERS)
        raise ValueError(f"auto is for a task of an array job, and none of {names} is set")
    return found


def _number(environment: Environment, name: str) -> int:
    text = environment.get(name, "")
    if _NUMBER.fullmatch(text) is None:
        what = f"is {text[:40]!r}, no number" if text else "is not set"
        raise ValueError(f"{name} {what}; write auto/N, and count the array's tasks from 1")
    return int(text)
