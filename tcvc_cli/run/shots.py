"""The first walk through the film: which frames are wanted, and where its shots begin."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tcvc_cli.color.matrix import with_matrix
from tcvc_cli.color.presence import CELLS, ColorWatch, FrameColor
from tcvc_cli.errors import UsageError
from tcvc_cli.media.decode import read_small_luma, read_small_planes
from tcvc_cli.plan.color_parts import marked, parted
from tcvc_cli.plan.shots import LumaShotDetector
from tcvc_cli.plan.takes import with_room
from tcvc_cli.records import Dissolve, FilmInfo, FrameTime, Shot
from tcvc_cli.run.shot_list import read_csv


@dataclass(frozen=True, slots=True)
class Scan:
    """Shots cover frames `[start, stop)`, counted from the film's first frame."""

    start: int
    stop: int
    shots: tuple[Shot, ...]


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
) -> Generator[int, None, Scan]:
    """Generator: yields the number of frames seen now and then, returns a Scan.

    Frames shown before `start_s` or from `end_s` on, both counted from the first frame, are left out; nothing
    behind `end_s` is read, so a film that is damaged there can still be used. An edited list in `shots_file`
    replaces the detector.
    With `finds_color` the shots that are in colour already are marked, and shots are cut where colour
    begins or ends inside; those of an edited list are only marked.
    """
    detector = LumaShotDetector()
    start, seen = 0, 0
    colors: list[FrameColor] = []
    for time, luma, frame_color in _seen(film, finds_color=finds_color):
        at_s = time.seconds - film.start_s
        if end_s is not None and at_s >= end_s:
            break
        seen += 1
        if start_s is not None and at_s < start_s:
            start = seen
            continue
        colors.append(frame_color)
        if shots_file is None:
            detector.feed(luma)
        if seen % 16 == 0:
            yield seen
    if seen == start:
        raise UsageError("no frame of the film lies between --start and --end", "Check the times.")
    yield seen
    states = [one.is_in_color for one in colors]
    if shots_file is not None:
        listed = marked(_clipped(read_csv(shots_file, seen), start), states, first=start)
        return Scan(start, seen, with_room(listed))
    shots = [_moved(shot, start) for shot in detector.finish()]
    jumps = {number for number, one in enumerate(colors, start) if one.is_jump}
    return Scan(start, seen, with_room(parted(shots, states, jumps, first=start)))


def _seen(film: FilmInfo, *, finds_color: bool) -> Iterator[tuple[FrameTime, NDArray[np.uint8], FrameColor]]:
    """Every frame's time, small luma, and colour; none where nobody asks."""
    grey = FrameColor(is_in_color=False)
    if not finds_color or film.pixel_format.is_grey:
        for time, luma in read_small_luma(film):
            yield time, luma, grey
        return
    color = with_matrix(film.color, height_px=film.height_px)
    watch = ColorWatch(color)
    for time, luma, planes in read_small_planes(film, CELLS):
        yield time, luma, grey if planes is None else watch.see(*planes)


def _clipped(shots: tuple[Shot, ...], start: int) -> tuple[Shot, ...]:
    return tuple(replace(shot, start=max(shot.start, start)) for shot in shots if shot.stop > start)


def _moved(shot: Shot, frames: int) -> Shot:
    mixed = shot.dissolve
    dissolve = None if mixed is None else Dissolve(mixed.start + frames, mixed.stop + frames)
    return replace(shot, start=shot.start + frames, stop=shot.stop + frames, dissolve=dissolve)
