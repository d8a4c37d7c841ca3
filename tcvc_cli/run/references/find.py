"""What the pictures that a user gave are: frames of this film, or of something else."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tcvc_cli.errors import BadReference
from tcvc_cli.media.read.decode import read_small_luma
from tcvc_cli.run.events import Event, FramesDone, StageStarted, Warned
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.references.color_films import MOST_PICTURES, pictures_of_film
from tcvc_cli.run.references.film_frames import FilmFrames
from tcvc_cli.settings.candidates import Candidate, find_candidates
from tcvc_cli.settings.finding import ReferenceFinder, refuse_two_for_one
from tcvc_cli.settings.pictures import read_picture
from tcvc_cli.settings.reference import Reference

_APART_FRAMES = 8  # pictures of a film in colour that are nearer to each other say the same


def find_references(
    plan: FilmPlan, found: Scan, paths: Sequence[Path]
) -> Generator[Event, None, tuple[Reference, ...]]:
    """Compares every picture with the film. Raises what is wrong with one of them."""
    candidates = find_candidates(paths)
    yield from map(Warned, candidates.notes)
    film = FilmFrames(plan.film, found.stop)
    pictures = ReferenceFinder(film)
    for one in candidates.files:
        if one.kind == "picture":
            pictures.add(one, read_picture(one.path))
    of_films, numbers = ReferenceFinder(film), list[int]()
    for one in candidates.files:
        if one.kind == "film":
            numbers += _add_film(of_films, one, MOST_PICTURES)
    yield from _see_all(plan, found, [one for one in (pictures, of_films) if one.needs_frames])
    given = pictures.references()
    taken = _thinned(of_films.findings(), numbers)
    if numbers and not taken:
        names = ", ".join(one.path.name for one in candidates.files if one.kind == "film")
        raise BadReference(f"{names} shows no frame of this film", "Give single pictures of it instead.")
    references = (*given, *_beside(taken, given))
    refuse_two_for_one(references)
    return references


def _add_film(finder: ReferenceFinder, film: Candidate, most: int) -> Iterator[int]:
    """The numbers of its frames that were added."""
    for number, picture in pictures_of_film(film.path, most):
        finder.add(film, picture, is_named=False)
        yield number


def _see_all(plan: FilmPlan, found: Scan, finders: Sequence[ReferenceFinder]) -> Generator[Event, None, None]:
    """A walk through the film for those whose names do not tell their frames."""
    if not finders:
        return
    yield StageStarted("references", found.stop)
    for number, (_, luma) in enumerate(read_small_luma(plan.film)):
        if number == found.stop:
            break
        for one in finders:
            one.see(luma)
        if number % 32 == 0:
            yield FramesDone("references", number)
    yield FramesDone("references", found.stop)


def _thinned(findings: Sequence[Reference], numbers: Sequence[int]) -> tuple[Reference, ...]:
    """Of a film in colour: what shows frames of this one, the likest of those that are near each other."""
    known = [
        replace(one, picture_frame=number)
        for one, number in zip(findings, numbers, strict=True)
        if one.frame is not None
    ]
    known.sort(key=lambda one: -(one.likeness or 0))
    kept: list[Reference] = []
    for one in known:
        if all(abs(_frame(one) - _frame(other)) >= _APART_FRAMES for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=_frame))


def _beside(taken: Sequence[Reference], given: Sequence[Reference]) -> Iterator[Reference]:
    """Single pictures go before those of a film."""
    frames = {one.frame for one in given}
    yield from (one for one in taken if one.frame not in frames)


def _frame(reference: Reference) -> int:
    assert reference.frame is not None
    return reference.frame
