"""The shots of a film, from where they are known already or from a walk through it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TypeVar

from tcvc_cli.records import FilmInfo, Shot
from tcvc_cli.run.film.scan import scan
from tcvc_cli.run.provenance.sidecar import read_sidecar

Found = TypeVar("Found")


def film_shots(
    film: FilmInfo, *, shots_file: Path | None = None, progress: Callable[[int], None] | None = None
) -> tuple[Shot, ...]:
    """As `walk_to_shots`; `progress` hears the number of frames seen."""
    return walked(walk_to_shots(film, shots_file=shots_file), progress)


def walked(walk: Generator[int, None, Found], progress: Callable[[int], None] | None) -> Found:
    """What the walk returns; `progress` hears what it yields."""
    while True:
        try:
            seen = next(walk)
        except StopIteration as end:
            found: Found = end.value
            return found
        if progress is not None:
            progress(seen)


def walk_to_shots(
    film: FilmInfo, *, shots_file: Path | None = None
) -> Generator[int, None, tuple[Shot, ...]]:
    """Generator: yields the number of frames seen where the film has to be walked through, returns the shots:
    of an edited list; or else of a finished result beside the film, which was made of the complete film as it
    is; or else as they are found. Raises as `scan` does."""
    if film.is_photograph:
        return (Shot(0, 1),)
    known = shots_of_result(film) if shots_file is None else None
    if known is not None:
        return known
    found = yield from scan(film, shots_file=shots_file, finds_color=True)
    return found.shots


def shots_of_result(film: FilmInfo) -> tuple[Shot, ...] | None:
    """Those that a sidecar beside the film states; None where none is about all of this very file, by its
    size and the time when it was last written."""
    for path in results_of(film):
        shots = _stated(path)
        if shots is not None:
            return shots
    return None


def results_of(film: FilmInfo) -> Iterator[Path]:
    """The results beside the film whose sidecars are about this very file, by its size and the time when it
    was last written; the shortest name first."""
    sidecars = film.path.parent.glob(f"{_literal(film.path.stem)}.color.*.json")
    for path in sorted(sidecars, key=lambda one: (len(one.name), one.name)):
        result = path.with_suffix("")
        if result.is_file() and _is_of(result, film):
            yield result


def _is_of(result: Path, film: FilmInfo) -> bool:
    try:
        sidecar, now = read_sidecar(result), film.path.stat()
    except (OSError, ValueError):
        return False
    if sidecar is None:
        return False
    return (sidecar.source.bytes, sidecar.source.modified_ns) == (now.st_size, now.st_mtime_ns)


def _stated(result: Path) -> tuple[Shot, ...] | None:
    sidecar = read_sidecar(result)
    assert sidecar is not None
    options = sidecar.options
    is_complete = options.get("start_s") is None and options.get("end_s") is None
    shots = tuple(one.shot for one in sidecar.shots)
    return shots if is_complete and _is_in_order(shots) else None


def _is_in_order(shots: tuple[Shot, ...]) -> bool:
    starts = [0, *(shot.stop for shot in shots)]
    return bool(shots) and all(
        shot.start == start < shot.stop for shot, start in zip(shots, starts, strict=False)
    )


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
