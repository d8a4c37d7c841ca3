"""Runs that were killed at a chosen moment: what they leave is damaged, and then they go on."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

import tcvc_cli.run.film.walk
from benchmarks import forked
from benchmarks.kills import SETTINGS, before, die
from examples.six_shots import Result, make_film, read_result
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.work_folder import JOURNAL

FRAMES: Final = 52
Arm = Callable[[], None]  # in the process that is to be killed, or disturbed
ROWS: Final = ((0, 24, "", ""), (24, 42, 20, 28), (42, 47, "", ""), (47, FRAMES, "", ""))


@dataclass(frozen=True, slots=True)
class Ended:
    """The exit code, None for a process that was killed, and all that it said."""

    code: int | None
    said: str

    @property
    def is_fault(self) -> bool:
        return self.code == 70 or "Traceback" in self.said

    @property
    def error(self) -> str:
        """Its last line."""
        return (self.said.strip().splitlines() or [""])[-1]


def run(arguments: list[str], log: Path, arm: Arm = lambda: None) -> Ended:
    """The command in a process of its own, where `arm` is called before it begins."""
    try:
        return Ended(forked.end(forked.start(arguments, log, arm)), log.read_text())
    except TimeoutError:
        return Ended(70, f"it hangs; it said:\n{log.read_text()}")


def at_call(owner: Any, name: str, number: int, action: Callable[[], None]) -> Arm:
    """`action` before the `number`th call of `owner.name`."""

    def arm() -> None:
        calls = itertools.count(1)
        before(owner, name, lambda: action() if next(calls) == number else None)

    return arm


@dataclass(slots=True)
class Place:
    """Where the film, its result and its work folder lie."""

    folder: Path
    references: dict[str, Result] = field(default_factory=dict)

    @property
    def film(self) -> Path:
        return self.folder / "film.mkv"

    @property
    def made(self) -> Path:
        """The film as it was made once, for every run."""
        return self.folder.parent / "made.mkv"

    @property
    def output(self) -> Path:
        return self.folder / "color.mkv"

    @property
    def work(self) -> Path:
        return work_folder_of(self.output)

    @property
    def log(self) -> Path:
        return self.folder.parent / "log"

    def colorize(self, *more: str) -> list[str]:
        given = ["--shots", str(self.folder / "shots.csv"), "--refs", str(self.folder / "reference.png")]
        return [
            "colorize",
            *(str(self.film), "-o", str(self.output), "--preset", "master", "--json", "--model", "tcvc-mini"),
            *given,
            *SETTINGS,
            *more,
        ]

    def join(self) -> list[str]:
        return ["join", str(self.film), "-o", str(self.output), "--json"]

    def material(self) -> None:
        """A film, a list of its shots, one of which comes in by a dissolve, and a picture of it in colour."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        if not self.made.exists():  # an encoder may give other bytes for the same pictures
            make_film(self.made, FRAMES)
        shutil.copyfile(self.made, self.film)
        lines = [",".join(map(str, row)) for row in ROWS]
        header = "start_frame,stop_frame,dissolve_start,dissolve_stop"
        (self.folder / "shots.csv").write_text("\n".join([header, *lines]))
        x, y = np.arange(64), np.arange(48)[:, None]
        luma = (x + y * 3 + 4) % 200 + 20
        tinted = np.stack([luma * 0.7, luma, np.minimum(255, luma * 1.1)], axis=-1)
        cv2.imwrite(str(self.folder / "reference.png"), tinted.astype(np.uint8))

    def reference(self) -> Result:
        """What the film as it is now becomes when nobody disturbs it."""
        ended = run(self.colorize(), self.log)
        if ended.code != 0:
            raise SystemExit(ended.said)
        return read_result(self.output)


@dataclass(frozen=True, slots=True)
class Stand:
    """What a killed run left is kept in `kept`; `commands` go on from there."""

    name: str
    kept: Path
    commands: tuple[tuple[str, ...], ...]

    def put_back(self, place: Place) -> None:
        shutil.rmtree(place.folder, ignore_errors=True)
        shutil.copytree(self.kept, place.folder, symlinks=True)


STANDS: Final = ("in a shot", "before the join", "two shards")


def made(place: Place, name: str) -> Stand:
    """A run that was killed in the midst of a shot, or when all was coloured; or two shards, one of which was
    killed half-way."""
    alone, after_two = place.colorize(), at_call(Journal, "keep", 3, die)
    shards = [place.colorize("--shard", f"{number}/2") for number in (1, 2)]
    match name:
        case "in a shot":
            return _stand(place, name, [(alone, after_two)], (tuple(alone),))
        case "before the join":
            before_join = at_call(tcvc_cli.run.film.walk, "remux", 1, die)
            return _stand(place, name, [(alone, before_join)], (tuple(alone),))
    together = (tuple(shards[0]), tuple(shards[1]), tuple(place.join()))
    return _stand(place, name, [(shards[1], lambda: None), (shards[0], after_two)], together)


def _stand(
    place: Place, name: str, runs: list[tuple[list[str], Arm]], commands: tuple[tuple[str, ...], ...]
) -> Stand:
    kept = place.folder.with_name(f"stand {name}")
    place.material()
    for arguments, arm in runs:
        ended = run(arguments, place.log, arm)
        if ended.code not in (None, 0):
            raise SystemExit(ended.said)
    if name != STANDS[0]:  # there the killed run's journal is in its log
        for journal in place.work.rglob(JOURNAL):
            with closing(sqlite3.connect(journal)) as database:
                database.execute("PRAGMA wal_checkpoint")
    shutil.copytree(place.folder, kept)
    return Stand(name, kept, commands)
