"""Kill runs at random moments, resume each until it is done, compare with a run that nobody killed.

python -m benchmarks.kills [--runs 30] [--seed 0]

Every run is killed one to three times with SIGKILL: at the nth frame decoded, window coloured, frame
encoded, statement of the journal, file brought to disk, renamed or removed, packet remuxed; or after a
random time. After half of the kills some finished shots are lost too, whatever their number; the first run
goes on from the first, the fourth and the fifth shot of six. Then it must end in the reference's packets,
with no segment coloured twice that was not lost, and there must never have been a file under the final name
that is not the complete result.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tcvc_cli.media.carry.remux
import tcvc_cli.run.computed.color
import tcvc_cli.run.film.frames
from benchmarks import forked
from examples.six_shots import SHOTS, Result, make_film, read_result
from tcvc_cli.media.write.encode import SegmentWriter
from tcvc_cli.model.engine import Engine
from tcvc_cli.names import work_folder_of
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.work_folder import JOURNAL, segment_path

SHOT_COUNT = len(SHOTS) - 1
SETTINGS = ("--model-size", "64", "--interval", "2", "--overlap", "2", "--device", "cpu")
PRESETS = ("access", "master")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def counted(moment: int) -> Callable[[], None]:
    """Kills this process when it is called for the `moment`th time."""
    calls = itertools.count(1)
    return lambda: die() if next(calls) == moment else None


def before(owner: Any, name: str, tick: Callable[[], None], *, also_after: bool = False) -> None:
    """`tick` is called before every call of `owner.name`, and after it."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def counting(*arguments: Any, **named: Any) -> Any:
        tick()
        result = original(*arguments, **named)
        if also_after:
            tick()
        return result

    setattr(owner, name, counting)


def each(owner: Any, name: str, tick: Callable[[], None]) -> None:
    """`tick` is called for every item that the generator `owner.name` yields."""
    original = getattr(owner, name)

    def counting(*arguments: Any, **named: Any) -> Iterator[Any]:
        for item in original(*arguments, **named):
            tick()
            yield item

    setattr(owner, name, counting)


def at_statements(tick: Callable[[], None]) -> None:
    original = Journal.__init__

    def tracing(self: Journal, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        self._db.set_trace_callback(lambda _: tick())

    Journal.__init__ = tracing  # type: ignore[method-assign]


def at_namings(tick: Callable[[], None]) -> None:
    """A name is taken from a draft by a rename, or by a second name and the removal of the first."""
    for name in ("replace", "link"):
        before(os, name, tick, also_after=True)


# What is counted, and how often it happens in a whole run, or less.
MOMENTS: dict[str, tuple[int, Callable[[Callable[[], None]], None]]] = {
    "decode": (85, lambda tick: each(tcvc_cli.run.film.frames, "read_frames", tick)),
    "model": (13, lambda tick: before(Engine, "window", tick)),
    "encode": (85, lambda tick: before(SegmentWriter, "write", tick)),
    "journal": (45, at_statements),
    "sync": (16, lambda tick: before(os, "fsync", tick)),
    "rename": (18, at_namings),
    "remux": (88, lambda tick: each(tcvc_cli.media.carry.remux, "joined_packets", tick)),
    "remove": (12, lambda tick: before(os, "unlink", tick, also_after=True)),
    "sidecar": (
        2,
        lambda tick: before(tcvc_cli.run.computed.color, "write_provenance", tick, also_after=True),
    ),
    "time": (0, lambda tick: None),
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a process ended: its exit code, None when it was killed, and the segments that it finished, with
    the frames of each."""

    code: int | None
    frames: dict[int, int]


def attempt(arguments: list[str], kind: str | None, chance: random.Random, span_s: float) -> Attempt:
    """The command in a process of its own, killed at a moment of this kind, or not at all."""
    log = Path(arguments[1]).with_name("log")
    most, arm = MOMENTS[kind] if kind else (0, lambda tick: None)
    moment, wait_s = chance.randint(1, max(1, most)), chance.uniform(0, span_s)
    process = forked.start(arguments, log, lambda: arm(counted(moment)))
    if kind == "time":
        time.sleep(wait_s)
        os.kill(process, signal.SIGKILL)
    return Attempt(_exit_code(process, log), dict(_segments(log)))


def _exit_code(process: int, log: Path) -> int | None:
    try:
        return forked.end(process)
    except TimeoutError:
        raise SystemExit(f"a run hangs; it said:\n{log.read_text()}") from None


def _segments(log: Path) -> Iterator[tuple[int, int]]:
    for line in log.read_text().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue  # cut off by the kill
        if event["event"] == "SegmentDone":
            yield event["number"], event["frames"]


@dataclass(frozen=True, slots=True)
class Kill:
    """A kill at a moment of this kind, after which what is finished of some shots is lost."""

    kind: str
    lost_shots: tuple[int, ...] = ()  # counted from 0

    def __str__(self) -> str:
        lost = ", ".join(str(shot) for shot in self.lost_shots)
        return f"{self.kind}, shots {lost} lost" if lost else self.kind


FIRST = (Kill("remux", (1, 2, 5)),)  # every shot is finished by then


def random_kills(first: str, chance: random.Random) -> tuple[Kill, ...]:
    kinds = [first, *chance.choices(list(MOMENTS), k=chance.randint(0, 2))]
    shots = range(SHOT_COUNT)
    lost = (chance.sample(shots, chance.choice((0, 0, 0, 1, 2, 3))) for _ in kinds)
    return tuple(Kill(kind, tuple(sorted(some))) for kind, some in zip(kinds, lost, strict=True))


@dataclass(frozen=True, slots=True)
class Bench:
    """Where films lie and what their results must be; `starts` are the first frames of all segments."""

    folder: Path
    references: dict[str, Result]
    starts: tuple[int, ...]
    span_s: float

    def lose(self, work: Path, shots: tuple[int, ...]) -> set[int]:
        """Remove the files of these shots; the numbers of the segments that were in them."""
        if not (work / JOURNAL).is_file():
            return set()
        with Journal(work) as journal:
            rows = journal.rows() if journal.begun() is not None else {}
        lost = set()
        for (key, number), row in rows.items():
            if any(SHOTS[shot] <= row.start < SHOTS[shot + 1] for shot in shots):
                segment_path(work, key, number).unlink(missing_ok=True)
                lost.add(self.starts.index(row.start) + 1)
        return lost

    def arguments(self, output: Path, preset: str) -> list[str]:
        film, shots = self.folder / "film.mkv", self.folder / "shots.csv"
        return [
            "colorize",
            *(str(film), "-o", str(output), "--preset", preset, "--shots", str(shots), "--json"),
            *SETTINGS,
        ]

    def fault(self, kills: tuple[Kill, ...], preset: str, chance: random.Random) -> str | None:
        """What went wrong when a run was killed so and resumed; None if nothing."""
        place = self.folder / "run"
        place.mkdir()
        output, finished = place / "film.color.mkv", set[int]()
        for kill in [*kills, None]:
            kind = None if kill is None else kill.kind
            done = attempt(self.arguments(output, preset), kind, chance, self.span_s)
            if finished & set(done.frames):
                return f"of segments {sorted(done.frames)}, {sorted(finished)} were there"
            finished |= set(done.frames)
            if output.exists() and read_result(output) != self.references[preset]:
                return f"another result under the final name, after a kill at {kind}"
            if done.code is not None:
                break
            if kill is not None:
                finished -= self.lose(work_folder_of(output), kill.lost_shots)
        is_refused = done.code == 4 and output.exists()  # killed when all was done but the tidying up
        if done.code != 0 and not is_refused:
            return f"exit code {done.code}: {(self.folder / 'log').read_text()}"
        left = {path.name for path in place.iterdir()} - {output.name, f"{output.name}.json"}
        if not output.exists() or (left and not is_refused):
            return f"left behind: {left}"
        shutil.rmtree(place)
        return None


def prepare(folder: Path) -> Bench:
    make_film(folder / "film.mkv")
    rows = [f"{start},{stop}" for start, stop in itertools.pairwise(SHOTS)]
    (folder / "shots.csv").write_text("\n".join(["start_frame,stop_frame", *rows]))
    bench = Bench(folder, {}, (), 0)
    started = time.monotonic()
    for preset in PRESETS:
        output = folder / f"{preset}.mkv"
        done = attempt(bench.arguments(output, preset), None, random.Random(0), 0)
        if done.code != 0:
            raise SystemExit((folder / "log").read_text())
        bench.references[preset] = read_result(output)
        frames = [done.frames[number] for number in sorted(done.frames)]
    starts = tuple(itertools.accumulate(frames[:-1], initial=0))
    return Bench(folder, bench.references, starts, (time.monotonic() - started) / len(PRESETS))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance, good = random.Random(given.seed), 0
    with tempfile.TemporaryDirectory() as place:
        bench = prepare(Path(place))
        for number in range(given.runs):
            kinds = list(MOMENTS)
            first = kinds[(given.seed + number) % len(kinds)]
            kills = FIRST if number == 0 else random_kills(first, chance)
            fault = bench.fault(kills, PRESETS[number % 2], chance)
            print(f"{number + 1}: {'; '.join(map(str, kills))}: {fault or 'the reference'}", flush=True)
            good += fault is None
            shutil.rmtree(bench.folder / "run", ignore_errors=True)
    print(f"{good} of {given.runs} runs end in the reference")
    return 0 if good == given.runs else 1


if __name__ == "__main__":
    sys.exit(main())
