"""Whether a run that met damage ended as it should. Reads films with PyAV alone and knows nothing of the
program but what it promises: exit codes, one line of error, no file under a name that is not whole."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import av

EXIT_CODES = {0, 1, 2, 3, 4, 5, 6, 7, 8}  # those of README, without 70, a fault of its own, and 130
PEAK_MIB = 1200  # half of which are libraries
SLACK_FRAMES = 2  # a stream of sound may end so much later
WARNS = re.compile(
    r"damaged|missing|not there|incomplete|breaks off|broken|torn|lost|cut off|ends|made up|left out|cannot|"
    r"could not|truncated|fewer|shot \d+ "
)
_OF_SQLITE = ("-wal", "-shm")  # left by whoever only looks into a data base
_CLOCK = re.compile(r"00:(\d\d):(\d\d\.\d+)")
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")


@dataclass(frozen=True, slots=True)
class Ended:
    """A run: its exit code, negative for a signal, None for one that never ended; its words; MiB at most."""

    code: int | None
    stdout: str
    stderr: str
    peak_mib: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a film says of its length, in frames: by its index, its packets, its times; and what it gives."""

    promised: int
    decoded: int
    errors: int


def faults_of_words(ended: Ended) -> Iterator[str]:
    if ended.code is None:
        yield "hangs"
    elif ended.code < 0:
        yield f"crashes with signal {-ended.code}"
    elif ended.code not in EXIT_CODES:
        yield f"exits with {ended.code}"
    if "Traceback (most" in ended.stderr or "Exception ignored" in ended.stderr:
        yield "leaves a traceback"
    if ended.code and ended.code > 0 and not ended.stderr.strip() and '"' not in ended.stdout:
        yield f"exits with {ended.code} and says nothing"
    if _ODD.search(ended.stdout + ended.stderr):
        yield "prints raw control characters"
    if ended.peak_mib > PEAK_MIB:
        yield f"takes {ended.peak_mib} MiB"


def faults_of_files(ended: Ended, folder: Path, before: Mapping[str, str], frames: int) -> Iterator[str]:
    """`before` are the hashes of all files that were there; `frames` those that the result must have unless
    something was said, 0 where nobody knows."""
    after = hashes(folder)
    for name, digest in before.items():
        if after.get(name) != digest and not name.startswith("."):
            yield f"{name} is {'another' if name in after else 'gone'}"
    new = sorted(after.keys() - before.keys())
    results = [
        folder / name for name in new if name.endswith((".mkv", ".mp4", ".png")) and not name.startswith(".")
    ]
    if ended.code in (0, 8):
        yield from (f"leaves {name}" for name in new if ended.code == 0 and _is_unfinished(name))
        yield from (fault for path in results for fault in faults_of_result(path, ended, frames))
    else:
        yield from (f"fails and leaves {path.name}" for path in results)


def _is_unfinished(name: str) -> bool:
    return (name.startswith(".") and not name.endswith(_OF_SQLITE)) or name.endswith(".part")


def faults_of_result(path: Path, ended: Ended, frames: int) -> Iterator[str]:
    told = told_by(path)
    if told is None:
        yield f"{path.name} is no film"
        return
    if told.errors or not told.decoded:
        yield f"{path.name} does not decode: {told.errors} errors, {told.decoded} frames"
    if told.decoded < frames and not WARNS.search(ended.stdout + ended.stderr):
        yield f"claims success with {told.decoded} of {frames} frames"


def expected_frames(damaged: Path, whole: int) -> int:
    """How many of the `whole` film's frames the damaged one still promises."""
    told = told_by(damaged)
    return 0 if told is None else min(whole, told.promised)


def told_by(path: Path) -> Told | None:
    """None for what is no film."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return None
            stream = container.streams.video[0]
            rate = float(stream.average_rate or stream.guessed_rate or 0)
            seconds = _seconds(container, stream)
            indexed = stream.frames
            packets, times, decoded, errors = _walk(container, stream)
    except (av.FFmpegError, ValueError, OverflowError, MemoryError):
        return None
    by_rate = int(seconds * rate) - SLACK_FRAMES if 0 < rate < 1000 and 0 < seconds < 3600 else 0
    return Told(max(indexed, packets, _by_times(times), by_rate), decoded, errors)


def _seconds(container: av.container.InputContainer, stream: av.VideoStream) -> float:
    """Of the picture, as the file states it; of all of it where nothing else can be longer."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    clock = _CLOCK.fullmatch(stream.metadata.get("DURATION", ""))
    stated = 60 * int(clock[1]) + float(clock[2]) if clock else 0
    return stated or (0 if container.streams.subtitles else (container.duration or 0) / 1_000_000)


def _walk(container: av.container.InputContainer, stream: av.VideoStream) -> tuple[int, list[int], int, int]:
    """Packets, the times of the pictures, pictures, errors."""
    packets, times, decoded, errors = 0, [], 0, 0
    for packet in container.demux(stream):
        packets += packet.size > 0
        try:
            for picture in packet.decode():
                decoded += 1
                times += [] if picture.pts is None else [picture.pts]
        except av.FFmpegError:
            errors += 1
        if packets > 10_000:
            break
    return packets, times, decoded, errors


def _by_times(times: list[int]) -> int:
    """So many there would be at the step that is commonest."""
    ordered = sorted(times)
    steps = [after - one for one, after in itertools.pairwise(ordered) if after > one]
    if not steps:
        return len(times)
    step = max(set(steps), key=steps.count)
    return round((ordered[-1] - ordered[0]) / step) + 1


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
