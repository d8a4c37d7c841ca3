"""Which shots may show the same thing, and how far apart their colours are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

import torch

from tcvc_cli.measure.appraisal import DIGITS
from tcvc_cli.model.memory.correspondence import match
from tcvc_cli.model.memory.entries import Remembered

MOST_ALIKE: Final = 4  # shots that one is held against
_MOST_CHOSEN: Final = 2  # of these, by what they explain; the others are the nearest
_LEAST_SAME: Final = 0.14  # of the frames, as for a picture to count: less is chance


@dataclass(frozen=True, slots=True)
class Apart:
    """`distance`, CIE units, of colours from those of `frame` of the film."""

    distance: float
    frame: int


def alike(chosen: Mapping[int, Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """By the number of each shot at most MOST_ALIKE others, from what is `chosen` for each: the shots whose
    pictures explain it, the best first. These, those that it explains, and those that one of these explains."""
    explains = defaultdict[int, set[int]](set)
    for number, others in chosen.items():
        for other in others:
            explains[other].add(number)
    return {number: _nearest(number, others, explains, chosen.keys()) for number, others in chosen.items()}


def _nearest(
    number: int, others: Sequence[int], explains: Mapping[int, set[int]], known: Iterable[int]
) -> tuple[int, ...]:
    first = [one for one in dict.fromkeys(others) if one in known and one != number][:_MOST_CHOSEN]
    related = set().union(others, *(explains.get(one, ()) for one in (number, *others)))
    left = (related & set(known)) - {number, *first}
    return (*first, *nsmallest(MOST_ALIKE - len(first), left, key=lambda one: (abs(one - number), one)))


def apart(own: Sequence[Remembered], others: Iterable[Remembered]) -> Apart | None:
    """From the one of the `others`, frames of other shots, in which most of the `own` frames of a shot is
    found: the mean distance of the places that are found, weighed by how sure that is. None where too little
    is found in any."""
    most, found = _LEAST_SAME, None
    for other in others:
        matched = [match(one.places, [other]) for one in own]
        confidence = torch.cat([one.confidence.flatten() for one in matched])
        share = float(confidence.mean()) if matched else 0.0
        if other.frame is None or not share >= most:
            continue
        distances = [(one.ab - mine.ab).norm(dim=0).flatten() for one, mine in zip(matched, own, strict=True)]
        distance = float((confidence * torch.cat(distances)).sum() / confidence.sum())
        most, found = share, Apart(round(distance, DIGITS), other.frame)
    return found
