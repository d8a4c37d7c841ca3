"""A few pieces of a film coloured as a real run colours them, in a temporary folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.plan.takes import takes
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.estimating.pace import Pace, Stopwatch
from tcvc_cli.run.estimating.places import Place
from tcvc_cli.run.estimating.work import Work, work_of
from tcvc_cli.run.film.missing import color_missing
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film.segments import ShotPlan, parts_of, segments_of
from tcvc_cli.run.film_memory.remember import remember
from tcvc_cli.run.film_memory.take_memory import NO_MEMORY
from tcvc_cli.run.looks.film_looks import FilmLooks
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.resume.fingerprint import ingredients
from tcvc_cli.run.resume.journal import Begun, Journal
from tcvc_cli.run.resume.source_file import Source
from tcvc_cli.run.resume.work_folder import segment_path
from tcvc_cli.settings.film.decisions import Look

_NAME = "sample"
_NO_SOURCE = Source(0, 0, "")  # nobody goes on from here


@dataclass(frozen=True, slots=True)
class Sample:
    """The pace of "memory" and "colorize", and the coded pieces, in their order."""

    paces: Mapping[str, Pace]
    files: tuple[Path, ...]


def color_sample(
    plan: FilmPlan,
    computing: Computing,
    found: Scan,
    looks: FilmLooks,
    places: Sequence[Place],
    folder: Path,
) -> Sample:
    """Each piece as a shot of its own, so that what comes before the second is only getting going. References
    and points are left out: they are about places that the sample need not show. Raises as a run does."""
    shots = tuple(one.piece for one in places)
    sampled = FilmLooks(looks.base, tuple(_plain(looks.of_shot(one.number)) for one in places))
    pieces = replace(found, start=shots[0].start, stop=shots[-1].stop, shots=shots)
    watch, of_pieces = Stopwatch(), work_of(plan, pieces)
    memory = NO_MEMORY
    if _is_remembered(work_of(plan, found), of_pieces):
        walk = remember(plan, computing, pieces, (), sampled, folder, _NAME)
        while True:
            try:
                watch.see(next(walk))
            except StopIteration as end:
                memory = end.value
                break
    planned = [
        ShotPlan(number, f"{_NAME}{number}", take, look, parts_of(plan, take, memory.given_frames(take)))
        for number, (take, look) in enumerate(zip(takes(shots), sampled.shots, strict=True), 1)
    ]
    segments = segments_of(planned)
    with Journal(folder) as journal:
        journal.begin(Begun(_NAME, ingredients(plan, _NO_SOURCE), _NO_SOURCE))
        watch.begin()
        for event in color_missing(plan, computing, journal, segments, (), memory):
            watch.see(event)
    files = tuple(segment_path(folder, *one.id) for one in segments if one.frame_count)
    return Sample(watch.paces(of_pieces.settled), files)


def _is_remembered(film: Work, pieces: Work) -> bool:
    """Pieces of a single shot would be remembered for each other, as parts of a shot are not."""
    return bool(film.settled and pieces.settled)


def _plain(look: Look) -> Look:
    return replace(look, references=(), points=(), strokes=(), same_as=None)
