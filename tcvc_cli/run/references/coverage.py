"""Which parts of a film the given references explain, and which none of them does."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Final

from torch import Tensor

from tcvc_cli.errors import UsageError
from tcvc_cli.media.read.probe import probe
from tcvc_cli.model.memory.correspondence import coverage
from tcvc_cli.model.memory.entries import Remembered
from tcvc_cli.plan.takes import Take
from tcvc_cli.run.computing import Computing, load
from tcvc_cli.run.events import CoverageFound, Event, FramesDone, PartCoverage, ReferencesFound, StageStarted
from tcvc_cli.run.film.scan import Scan, find_shots, shots_found
from tcvc_cli.run.film_memory.choose import Explanations, chosen_for
from tcvc_cli.run.film_memory.pictures import Pictures
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.film_memory.used_reference import UsedReference
from tcvc_cli.run.options.film import PIPE, Options, flag_of
from tcvc_cli.run.plan import FilmPlan, fitted, plan_film
from tcvc_cli.run.references.film_frames import FilmFrames
from tcvc_cli.run.references.find import find_references
from tcvc_cli.run.references.sampling import SampledTake, places_at, sampled_takes
from tcvc_cli.run.resume.source_file import refuse_pipe

UNDER: Final = 0.5  # a frame of which less is explained is listed
_APART_S = Fraction(1)
_MOST_SAMPLES = 3000
_MOST_TO_CHOOSE = 4  # frames of a shot by which the references that count for it are chosen


def find_coverage(options: Options) -> Generator[Event, None, None]:
    """Looks at a frame of each second; ends with CoverageFound. Raises UsageError without references."""
    if not options.references:
        raise UsageError("no references are given", f"Add {flag_of('references')} FOLDER.")
    plan, computing = planned(options)
    plan, found = yield from scanned(plan)
    references = yield from find_references(plan, found, options.references)
    rememberer = Rememberer(plan, computing, FilmFrames(plan.film, found.stop))
    given = given_in(Pictures(rememberer, references))
    sampled = sampled_takes(found.shots, plan.film.frame_rate, _APART_S, _MOST_SAMPLES)
    yield StageStarted("coverage", sum(len(one.samples) for one in sampled))
    rows: list[PartCoverage] = []
    shots_by_name: dict[str, list[int]] = {name: [] for name in given}
    for one in sampled:
        places = list(places_at(rememberer, [sample.frame for sample in one.samples]))
        names = names_for(one.take, places, given)
        for name in names:
            shots_by_name[name].append(one.number)
        rows += _rows(one, places, [given[name] for name in names])
        yield FramesDone("coverage", len(rows))
    shots = map(tuple, shots_by_name.values())
    yield ReferencesFound(tuple(map(UsedReference, references, shots)))
    yield CoverageFound(_mean(rows), UNDER, joined(rows))


def planned(options: Options) -> tuple[FilmPlan, Computing]:
    """For commands that read a film and write no film."""
    if options.input == PIPE:
        raise UsageError("the film is read more than once, which a pipe is not", "Save it as a file first.")
    refuse_pipe(options.input)
    film = probe(options.input)
    computing = load(options)
    return plan_film(options, film, options.input, computing), computing


def scanned(plan: FilmPlan) -> Generator[Event, None, tuple[FilmPlan, Scan]]:
    """The plan for the film as its frames show it, and its shots."""
    found = yield from find_shots(plan)
    plan = fitted(plan, found.film)
    yield from shots_found(plan, found)
    return plan, found


def given_in(pictures: Pictures) -> dict[str, Remembered]:
    """To find what they explain, what they look like is enough."""
    return {name: replace(pictures.named(name), fine=None) for name in pictures.references}


def names_for(take: Take, places: Sequence[Tensor], given: Mapping[str, Remembered]) -> tuple[str, ...]:
    """Those that count for a take with these places, by some of them."""
    return chosen_for(take, Explanations(places[:: -(-len(places) // _MOST_TO_CHOOSE)], given))


def _rows(one: SampledTake, places: Sequence[Tensor], memory: Sequence[Remembered]) -> Iterator[PartCoverage]:
    for sample, seen in zip(one.samples, places, strict=True):
        yield PartCoverage(sample.start, sample.stop, one.number, coverage(seen, memory))


def _mean(rows: Sequence[PartCoverage]) -> float:
    """Of all frames; of none 0."""
    total = sum(row.stop - row.start for row in rows)
    return sum(row.coverage * (row.stop - row.start) for row in rows) / total if total else 0.0


def joined(rows: Sequence[PartCoverage], under: float = UNDER) -> tuple[PartCoverage, ...]:
    """Neighbours in one shot of which less than `under` is explained, as one; the worst first, and of those
    that are as bad the longest."""
    parts = []
    for (is_under, shot), some in groupby(rows, lambda row: (row.coverage < under, row.shot)):
        if is_under:
            run = list(some)
            parts.append(PartCoverage(run[0].start, run[-1].stop, shot, _mean(run)))
    return tuple(sorted(parts, key=lambda part: (round(part.coverage, 2), part.start - part.stop)))
