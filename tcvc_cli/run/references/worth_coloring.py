"""The frames of a film that are worth colouring by hand: few, and those that explain most of the rest."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import torch
from torch import Tensor

from tcvc_cli.model.memory.correspondence import match, recognized
from tcvc_cli.model.memory.entries import Remembered
from tcvc_cli.records import Shot
from tcvc_cli.run.events import Event, FramesDone, StageStarted
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film_memory.choose import choose_by_gain
from tcvc_cli.run.film_memory.pictures import Pictures
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.references.coverage import given_in, names_for
from tcvc_cli.run.references.sampling import SampledTake, places_at, sampled_takes, samples_of
from tcvc_cli.settings.reference import Reference

MOST_FRAMES = 20
_APART_S = Fraction(2)
_MOST_SAMPLES = 200  # each is compared with each
_APART_PLACES = 2  # those between are not judged
_OF_A_SHOT = 5
_LEAST_GAIN = 0.02
_OF_AN_AVERAGE_SHOT = 0.5  # that a frame has to explain, where that is less


@dataclass(frozen=True, slots=True)
class Chosen:
    """Numbers of frames, rising, and the share of what is to be coloured that is explained by them, and by
    the references that are there; None where nobody looked."""

    frames: tuple[int, ...]
    explained: float | None = None


def frames_worth_coloring(
    rememberer: Rememberer, found: Scan, references: Sequence[Reference], most: int | None
) -> Generator[Event, None, Chosen]:
    """One after another, each that explains most of what those before it and the references do not."""
    rate = rememberer.plan.film.frame_rate
    sampled = sampled_takes(found.shots, rate, _APART_S, _MOST_SAMPLES)
    numbers = [sample.frame for one in sampled for sample in one.samples]
    if not numbers:
        return Chosen(())
    yield StageStarted("coverage", 2 * len(numbers))
    places: list[Tensor] = []
    for seen in places_at(rememberer, numbers):
        places.append(seen)
        yield FramesDone("coverage", len(places))
    known = torch.cat(list(_known(sampled, places, given_in(Pictures(rememberer, references)))))
    by_name: dict[str, Tensor] = {}
    for number, seen in zip(numbers, places, strict=True):
        by_name[str(number)] = _explained(places, seen)
        yield FramesDone("coverage", len(places) + len(by_name))
    least_gain = min(_LEAST_GAIN, _OF_AN_AVERAGE_SHOT / len(sampled))
    names, best = choose_by_gain(by_name, known, MOST_FRAMES if most is None else most, least_gain)
    return Chosen(tuple(sorted(map(int, names))), float(best.mean()))


def one_of_each_shot(rememberer: Rememberer, found: Scan, most: int | None) -> Generator[Event, None, Chosen]:
    """Of each the frame that explains most of it; of more than `most` shots, the longest."""
    sampled = sampled_takes(found.shots, rememberer.plan.film.frame_rate, _APART_S, found.stop)
    longest = sorted(sampled, key=lambda one: -len(one.take.pure))[:most]
    yield StageStarted("coverage", len(longest))
    chosen: list[int] = []
    for one in sorted(longest, key=lambda one: one.number):
        chosen.append(_likest(rememberer, one.take.pure))
        yield FramesDone("coverage", len(chosen))
    return Chosen(tuple(chosen))


def _likest(rememberer: Rememberer, pure: Shot) -> int:
    """The frame that explains most of its shot."""
    numbers = [sample.frame for sample in samples_of(pure, -(-len(pure) // _OF_A_SHOT))]
    places = list(places_at(rememberer, numbers))
    of_all = [float(_explained(places, seen).mean()) for seen in places]
    return max(zip(of_all, numbers, strict=True))[1]


def _explained(places: Sequence[Tensor], picture: Tensor) -> Tensor:
    """(n,) how far a frame, once coloured, explains the places that are judged, of all frames."""
    return torch.cat([recognized(_judged(one), picture) for one in places])


def _judged(places: Tensor) -> Tensor:
    return places[:, ::_APART_PLACES, ::_APART_PLACES]


def _known(
    sampled: Sequence[SampledTake], places: Sequence[Tensor], given: dict[str, Remembered]
) -> Iterator[Tensor]:
    """How far the references explain the judged places of each frame."""
    rest = iter(places)
    for one in sampled:
        own = list(islice(rest, len(one.samples)))
        memory = [given[name] for name in names_for(one.take, own, given)]
        for seen in map(_judged, own):
            yield match(seen, memory).confidence.flatten() if memory else torch.zeros(seen[0].numel())
