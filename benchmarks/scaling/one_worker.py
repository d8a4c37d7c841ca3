"""Real runs by one worker with one thread, in a process of its own: processor seconds of every stage.

python -m benchmarks.scaling.one_worker SIZE MODEL_SIZE_PX, which may be "own", or
python -m benchmarks.scaling.one_worker small

Prints one record as JSON. All threads of the process count, as if they had one core together; so it says
nearly the same beside other work.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from benchmarks.throughput import SIZES, make_film
from tcvc_cli import files
from tcvc_cli.media.read.probe import probe
from tcvc_cli.media.write.encode import SegmentWriter
from tcvc_cli.plain import to_json
from tcvc_cli.plan.takes import takes
from tcvc_cli.records import Shot
from tcvc_cli.run.computing import load
from tcvc_cli.run.estimating.calibration import ENVIRONMENT
from tcvc_cli.run.events import FramesDone, SegmentDone, ShotsFound, StageStarted
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.film.scan import walk_through
from tcvc_cli.run.film_memory.key_frames import key_frames
from tcvc_cli.run.film_memory.settling import Settler
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.resume.journal import Journal

# So many shots of so many frames: coloured, and hardly more than settled.
COLORED = ((10, 24), (2, 150))
SMALL = (24, 8)  # at 64x48: what a shot takes that is no picture
SETTLED = (32, 16)
_MEMORY_MIB = 16384  # stated, so that no film is short enough to be held in memory, as long ones are not


@dataclass(frozen=True, slots=True)
class Colored:
    """One film: processor seconds by stage, what came of it, and how often the disk was waited for."""

    frames: int
    shots: int
    anchors: int
    segments: int
    stages_s: Mapping[str, float]
    film_bytes: int
    result_bytes: int
    syncs: int


@dataclass(frozen=True, slots=True)
class SettledShot:
    """`remembered`: pictures, when it came."""

    frames: int
    key_frames: int
    remembered: int
    seconds: float


@dataclass(frozen=True, slots=True)
class OneWorker:
    """`opened_s`: of a film whose shots are found and settled already, as another run meets it, up to the
    first shot; `scanned_s`: of a film of so many frames; `loaded_s`: of the network, in a process that has
    PyTorch. `kept_s`: wall-clock seconds of all segments, in which files were begun and ended, and rows
    entered in the journal."""

    colored: tuple[Colored, ...]
    settled: tuple[SettledShot, ...]
    opened_s: float
    scanned_s: float
    scanned_frames: int
    loaded_s: float
    kept_s: float


def pictures(size: tuple[int, int], shots: int, frames: int) -> Iterator[NDArray[np.uint8]]:
    """Grey shots of so many frames, each another part of a photograph, turned and lit in its own way."""
    rng = np.random.default_rng(shots)
    made = (data.astronaut, data.coffee, data.chelsea, data.rocket, data.camera, data.coins, data.retina)
    scenes = [np.asarray(one(), np.uint8) for one in made]  # type: ignore[no-untyped-call]
    grey = [one if one.ndim == 2 else cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in scenes]
    for number in range(shots):
        scene = np.ascontiguousarray(np.rot90(grey[number % len(grey)], int(rng.integers(4))))
        scale = max(size[0] / scene.shape[1], size[1] / scene.shape[0]) * rng.uniform(1.2, 3)
        over = np.array(scene.shape[::-1]) * scale - size
        place, speed = -over * rng.uniform(0.1, 0.9, 2), rng.uniform(-1, 1, 2)
        gain, lift = rng.uniform(0.5, 1), rng.uniform(0, 90)
        for frame in range(frames):
            shift = np.column_stack([np.eye(2) * scale, place + speed * frame]).astype(np.float32)
            picture = cv2.warpAffine(scene, shift, size, borderMode=cv2.BORDER_REFLECT).astype(np.float32)
            grain = rng.normal(0, 2, (size[1], size[0])).astype(np.float32)
            yield np.clip(picture * gain + lift + grain, 0, 255).astype(np.uint8)


def options_of(film: Path, size_px: int | None) -> Options:
    output = film.with_suffix(".color.mkv")
    return Options(
        input=film,
        output=output,
        model_size_px=size_px,
        memory_mib=_MEMORY_MIB,
        device="cpu",
        color_parts="recolour",
    )


class Syncs:
    """Counts how often the disk is waited for, but for the journal."""

    def __init__(self) -> None:
        self.count, original = 0, os.fsync

        def counting(handle: int) -> None:
            self.count += 1
            original(handle)

        os.fsync = counting  # type: ignore[assignment]


class Keeping:
    """How long everything took that is done once for a segment, by the clock on the wall."""

    def __init__(self) -> None:
        self.seconds = 0.0
        for owner, name in ((SegmentWriter, "__init__"), (SegmentWriter, "close"), (Journal, "keep")):
            self._watch(owner, name)
        self._watch(files, "publish")

    def _watch(self, owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def timed(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return original(*arguments, **named)
            finally:
                self.seconds += time.perf_counter() - started

        setattr(owner, name, timed)


class Remembered:
    """How many pictures were remembered when each shot was settled."""

    def __init__(self) -> None:
        self.counts = list[int]()
        original = Settler._made

        def noting(settler: Settler, take: Any, look: Any, known: Any) -> Any:
            self.counts.append(len(known))
            return original(settler, take, look, known)

        setattr(Settler, "_made", noting)  # noqa: B010


def color(film: Path, size_px: int | None, syncs: Syncs, since: float) -> Colored:
    """The whole film; `since` is when its time began."""
    options, stages, before = options_of(film, size_px), dict[str, float](), syncs.count
    stage, segments, shots, anchors = "prepare", 0, tuple[Shot, ...](), 0
    for event in colorize(options):
        if isinstance(event, StageStarted):
            now = time.process_time()
            stages[stage] = now - since
            stage, since = event.stage, now
        elif isinstance(event, ShotsFound):
            shots, anchors = event.shots, event.anchor_count
        segments += isinstance(event, SegmentDone)
    stages[stage] = time.process_time() - since
    assert options.output is not None
    sizes = film.stat().st_size, options.output.stat().st_size
    # The journal waits once for each row that it keeps.
    waits = syncs.count - before + segments
    return Colored(shots[-1].stop, len(shots), anchors, segments, stages, *sizes, waits)


def settle(film: Path, size_px: int | None, remembered: Remembered) -> tuple[SettledShot, ...]:
    """As far as the memory stage goes; then the first segment is waited for, so that something is left."""
    shots, marks = tuple[Shot, ...](), list[float]()
    with closing(colorize(options_of(film, size_px))) as events:
        for event in events:
            if isinstance(event, ShotsFound):
                shots = event.shots
            elif isinstance(event, StageStarted | FramesDone) and event.stage == "memory":
                marks.append(time.process_time())
            elif isinstance(event, SegmentDone):
                break
    return tuple(
        SettledShot(len(take.shot), len(key_frames(take)), count, after - before)
        for take, count, (before, after) in zip(takes(shots), remembered.counts, pairwise(marks), strict=True)
    )


def open_seconds(film: Path, size_px: int | None) -> float:
    """Until another run has all that is decided of the film."""
    started = time.process_time()
    with closing(colorize(options_of(film, size_px))) as events:
        next(event for event in events if isinstance(event, StageStarted) and event.stage == "colorize")
    return time.process_time() - started


def scan_seconds(film: Path) -> float:
    started = time.process_time()
    for _ in walk_through(probe(film), options_of(film, None)):
        pass
    return time.process_time() - started


def measured(size: str, size_px: int | None, folder: Path, made: Sequence[tuple[int, int]]) -> OneWorker:
    """Films of so many shots of so many frames: all but the last are coloured. To make them counts as no
    time."""
    making = time.process_time()
    paths = [folder / f"{number}.mkv" for number in range(len(made))]
    for film, (shots, frames) in zip(paths, made, strict=True):
        make_film(film, SIZES[size], shots * frames, pictures(SIZES[size], shots, frames))
    since, syncs, keeping, colored = time.process_time() - making, Syncs(), Keeping(), list[Colored]()
    for film in paths[:-1]:
        colored.append(color(film, size_px, syncs, since))
        since = time.process_time()
    kept_s, remembered = keeping.seconds, Remembered()
    settled = settle(paths[-1], size_px, remembered)
    opened_s = open_seconds(paths[-1], size_px)
    loading = time.process_time()
    load(options_of(paths[-1], size_px))
    return OneWorker(
        colored=tuple(colored),
        settled=settled,
        opened_s=opened_s,
        loaded_s=time.process_time() - loading,
        scanned_s=scan_seconds(paths[-1]),
        scanned_frames=sum(one.frames for one in settled),
        kept_s=kept_s,
    )


def main() -> None:
    size, words = sys.argv[1], sys.argv[2:]
    size_px = int(words[0]) if words and words[0] != "own" else None
    os.environ[ENVIRONMENT] = ""  # nothing of this is kept for later runs
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if size == "small":
            one = measured("48p", 64, folder, (SMALL, (2, 8)))
        else:
            one = measured(size, size_px, folder, (*COLORED, SETTLED))
        print(to_json(one))


if __name__ == "__main__":
    main()
