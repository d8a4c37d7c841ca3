"""The first walk through the film: which frames are wanted, and where its shots begin."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from tcvc_cli.color.detection import CELLS, ColorWatch, FrameColor
from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.errors import UsageError
from tcvc_cli.media.read.changes import FactsWatch
from tcvc_cli.media.read.decode import SmallFrame, read_small_frames
from tcvc_cli.plan.shots.color_parts import marked, parted
from tcvc_cli.plan.shots.detector import LumaShotDetector
from tcvc_cli.plan.takes import with_room
from tcvc_cli.records import Dissolve, FilmInfo, Findings, Shot
from tcvc_cli.run.shot_list import read_csv


@dataclass(frozen=True, slots=True)
class Scan:
    """Shots cover frames `[start, stop)`, counted from the film's first frame. `film` is the film as these
    frames show it, and `findings` what they say in mid-stream."""

    start: int
    stop: int
    shots: tuple[Shot, ...]
    film: FilmInfo
    findings: Findings = field(default_factory=Findings)


def shots_of(film: FilmInfo, *, progress: Callable[[int], None] | None = None) -> tuple[Shot, ...]:
    """The shots of the whole film, those in colour marked. `progress` hears the number of frames seen."""
    walk = scan(film, finds_color=True)
    while True:
        try:
            seen = next(walk)
        except StopIteration as end:
            found: Scan = end.value
            return found.shots
        if progress is not None:
            progress(seen)


def scan(
    film: FilmInfo,
    *,
    start_s: Fraction | None = None,
    end_s: Fraction | None = None,
    shots_file: Path | None = None,
    finds_color: bool = False,
    refuses_changes: bool = False,
) -> Generator[int, None, Scan]:
    """Generator: yields the number of frames seen now and then, returns a Scan.

    Frames shown before `start_s` or from `end_s` on, both counted from the first frame, are left out; nothing
    behind `end_s` is read, so a film that is damaged there can still be used. An edited list in `shots_file`
    replaces the detector.
    With `finds_color` the shots that are in colour already are marked, and shots are cut where colour
    begins or ends inside; those of an edited list are only marked. Raises ChangingFilm with `refuses_changes`
    when the wanted frames are not all of one size, format and range.
    """
    detector, watch = LumaShotDetector(), FactsWatch(film, refuses_changes=refuses_changes)
    start, seen = 0, 0
    colors: list[FrameColor] = []
    for frame, frame_color in _seen(film, finds_color=finds_color):
        time = frame.time
        at_s = time.seconds - film.start_s
        if end_s is not None and at_s >= end_s:
            break
        seen += 1
        is_wanted = start_s is None or at_s >= start_s
        watch.see(seen - 1, time, frame.facts, is_wanted=is_wanted)
        if not is_wanted:
            start = seen
            continue
        colors.append(frame_color)
        if shots_file is None:
            detector.feed(frame.luma)
        if seen % 16 == 0:
            yield seen
    if seen == start:
        raise UsageError("no frame of the film lies in the part to colour", "Check {start_s} and {end_s}.")
    yield seen
    states = [one.is_in_color for one in colors]
    if shots_file is not None:
        shots = marked(_clipped(read_csv(shots_file, seen), start), states, first=start)
    else:
        found = [_moved(shot, start) for shot in detector.finish()]
        jumps = {number for number, one in enumerate(colors, start) if one.is_jump}
        shots = parted(found, states, jumps, first=start)
    return Scan(start, seen, with_room(shots), watch.film(), watch.findings())


def _seen(film: FilmInfo, *, finds_color: bool) -> Iterator[tuple[SmallFrame, FrameColor]]:
    """Every frame, small, and its colour; none where nobody asks."""
    grey = FrameColor(is_in_color=False)
    if not finds_color or film.pixel_format.is_grey:
        for frame in read_small_frames(film, None):
            yield frame, grey
        return
    watch = ColorWatch(with_matrix(film.color, height_px=film.height_px))
    for frame in read_small_frames(film, CELLS):
        yield frame, grey if frame.in_cells is None else watch.see(*frame.in_cells)


def _clipped(shots: tuple[Shot, ...], start: int) -> tuple[Shot, ...]:
    return tuple(replace(shot, start=max(shot.start, start)) for shot in shots if shot.stop > start)


def _moved(shot: Shot, frames: int) -> Shot:
    mixed = shot.dissolve
    dissolve = None if mixed is None else Dissolve(mixed.start + frames, mixed.stop + frames)
    return replace(shot, start=shot.start + frames, stop=shot.stop + frames, dissolve=dissolve)
