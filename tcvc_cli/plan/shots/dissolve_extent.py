"""From which frame to which a dissolve mixes its two shots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, count
from math import ceil, floor
from statistics import median

from tcvc_cli.plan.shots.mixture import mixture
from tcvc_cli.plan.shots.structure import Structure
from tcvc_cli.records import Dissolve

_FURTHER_FRAMES = 4
_STEEPEST = 1.0  # a share that rises faster is no dissolve
_FAINT = 0.02  # of a shot: not to be distinguished from none


def extent(structures: Mapping[int, Structure], middle: int, half: int) -> Dissolve | None:
    """The dissolve around frame `middle`, whose pure pictures stand about `half` frames to each side.

    The share of the new shot is measured where both can be seen, and a straight line through that says
    where it is none and all. Where that is not well inside the two pictures measured by, they may be
    mixed themselves, and it is done once more by such as stand further away. A dissolve that is longer
    than what `structures` holds fills that. None where the shares do not rise.
    """
    first, last = min(structures), max(structures)
    before, after = max(first, middle - half), min(last, middle + half)
    found: Dissolve | None = None
    while (better := _measured(structures, middle, before, after)) is not None:
        found = better
        is_open_before = found.start <= before + 1 and before > first
        is_open_after = found.stop >= after and after < last
        if not is_open_before and not is_open_after:
            break
        before = max(first, before - _FURTHER_FRAMES * is_open_before)
        after = min(last, after + _FURTHER_FRAMES * is_open_after)
    return found


def _measured(structures: Mapping[int, Structure], middle: int, before: int, after: int) -> Dissolve | None:
    """As the pictures of frames `before` and `after` say, and no longer than from one to the other."""
    line = _line(dict(_shares(structures, middle, before, after)))
    if line is None:
        return None
    slope, offset = line
    start = max(before + 1, floor((_FAINT - offset) / slope) + 1)
    stop = min(after, ceil((1 - _FAINT - offset) / slope))
    return Dissolve(start, stop) if start <= middle < stop else None


def _shares(
    structures: Mapping[int, Structure], middle: int, before: int, after: int
) -> Iterator[tuple[int, float]]:
    """The share of the new shot in each frame around the middle, as far as both shots can be seen."""
    for numbers in (count(middle), count(middle - 1, -1)):
        for number in numbers:
            if number not in structures:
                break
            found = mixture(structures[number], structures[before], structures[after])
            if found is None or min(found.old, found.new) <= 0:
                break
            yield number, found.new / (found.old + found.new)


def _line(shares: Mapping[int, float]) -> tuple[float, float] | None:
    """Slope and offset after Theil and Sen: a frame that flickers does not bend it."""
    pairs = combinations(sorted(shares.items()), 2)
    slopes = [(new - old) / (later - sooner) for (sooner, old), (later, new) in pairs]
    slope = median(slopes) if slopes else 0.0
    if not 0 < slope < _STEEPEST:
        return None
    return slope, median(share - slope * number for number, share in shares.items())
