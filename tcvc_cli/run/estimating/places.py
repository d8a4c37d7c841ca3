"""Where in a film samples are taken: at even distances, each inside one shot."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tcvc_cli.records import Shot


@dataclass(frozen=True, slots=True)
class Place:
    """A `piece` of the shot `number`, from 1."""

    number: int
    piece: Shot


def places_in(shots: Sequence[Shot], count: int, frames: int) -> tuple[Place, ...]:
    """At most `count` of so many `frames`, in order, none overlapping; of a short film fewer or shorter ones.
    A shot has as many as its share of the film is, so a mean over them is one over the film's frames."""
    start, stop = shots[0].start, shots[-1].stop
    starts, found, free = [shot.start for shot in shots], list[Place](), start
    for index in range(count):
        middle = start + (2 * index + 1) * (stop - start) // (2 * count)
        number = bisect_right(starts, middle)
        shot = shots[number - 1]
        wanted = min(max(shot.start, middle - frames // 2), max(shot.start, shot.stop - frames))
        first, last = max(free, wanted), min(shot.stop, wanted + frames)
        if first < last:
            found.append(Place(number, replace(shot, start=first, stop=last, dissolve=None)))
            free = last
    return tuple(found)
