"""Which shots may show the same thing, and how far apart their colours are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from heapq import nsmallest
from itertools import product
from typing import Final

from tcvc_cli.measure.appraisal import DIGITS
from tcvc_cli.model.memory.correspondence import match
from tcvc_cli.model.memory.entries import Remembered

MOST_ALIKE: Final = 6  # shots that one is held against
_MOST_CHOSEN: Final = 2  # of these, by what they explain
LEAST_SAME: Final = 0.45  # of a frame: of 30 shots two of each of 15 scenes, hardly any others share so much


@dataclass(frozen=True, slots=True)
class Apart:
    """`distance`, CIE units, of colours from those of `frame` of the film."""

    distance: float
    frame: int


def alike(chosen: Mapping[int, Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """By the number of each shot at most MOST_ALIKE others, from what is `chosen` for each: the shots whose
    pictures explain it, the best first. These, those that it explains, and those that one of these does."""
    explained = defaultdict[int, dict[int, int]](dict)
    for number, others in chosen.items():
        for rank, other in enumerate(dict.fromkeys(others)):
            explained[other][number] = rank
    return {number: _likest(number, others, explained, chosen.keys()) for number, others in chosen.items()}


def _likest(
    number: int, others: Sequence[int], explained: Mapping[int, Mapping[int, int]], known: Set[int]
) -> tuple[int, ...]:
    """`explained`: by each shot the others, and how many explain these better."""
    first = [one for one in dict.fromkeys(others) if one in known and one != number][:_MOST_CHOSEN]
    ranks = dict[int, int]()
    for own, other in enumerate((number, *others)):
        for one, rank in explained.get(other, {}).items():
            ranks[one] = min(ranks.get(one, own + rank), own + rank)
    ranks |= {one: min(ranks.get(one, own), own) for own, one in enumerate(others)}
    left = (ranks.keys() & known) - {number, *first}
    # Of those that are as like, the nearest: it is often the same camera.
    order = nsmallest(MOST_ALIKE - len(first), left, key=lambda one: (ranks[one], abs(one - number), one))
    return (*first, *order)


def apart(own: Sequence[Remembered], others: Iterable[Remembered]) -> Apart | None:
    """Of the frames of a shot, `own`, and the `others`, frames of other shots, the two that have most in
    common: the mean distance of the places that are found again, weighed by how sure that is. None where no
    two show the same thing."""
    most, found = LEAST_SAME, None
    for other, mine in product(others, own):
        matched = match(mine.places, [other])
        share = float(matched.confidence.mean())
        if other.frame is None or not share >= most:
            continue
        distances = (matched.ab - mine.ab).norm(dim=0, keepdim=True)
        distance = float((matched.confidence * distances).sum() / matched.confidence.sum())
        most, found = share, Apart(round(distance, DIGITS), other.frame)
    return found
