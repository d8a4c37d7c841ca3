"""The film that somebody looks at, its result, and what is known of both."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from tcvc_cli.errors import InputError
from tcvc_cli.media.read.probe import probe
from tcvc_cli.plan.takes import with_room
from tcvc_cli.records import FilmInfo, Shot
from tcvc_cli.run.provenance.sidecar import ColoredShot, Sidecar, read_sidecar
from tcvc_cli.run.settings.film_shots import results_of, walk_to_shots, walked

_MOST_FRAMES: Final = 2**40


@dataclass(frozen=True, slots=True)
class Subject:
    """`shots` and all frame numbers are those of the film. `first_frame` is the one that the result shows
    first. `sidecar` is None without a result, and for the result of another program."""

    film: FilmInfo
    result: FilmInfo | None
    sidecar: Sidecar | None
    shots: tuple[Shot, ...]
    first_frame: int = 0

    def in_result(self, frame: int) -> int:
        """Which frame of the result shows `frame` of the film."""
        return frame - self.first_frame


def subject_of(
    film: Path,
    result: Path | None = None,
    *,
    shots_file: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Subject:
    """As `walk_to_subject`; `progress` hears the number of frames seen."""
    return walked(walk_to_subject(film, result, shots_file=shots_file), progress)


def walk_to_subject(
    film: Path, result: Path | None = None, *, shots_file: Path | None = None
) -> Generator[int, None, Subject]:
    """Generator: yields the number of frames seen where the film has to be walked through for its shots,
    returns the subject. `result` is looked for beside the film unless it is given; there may be none.

    Raises as `probe` and `film_shots` do, and InputError where the two do not fit together.
    """
    about = probe(film)
    path = result or next(results_of(about), None)
    if path is None:
        shots = yield from walk_to_shots(about, shots_file=shots_file)
        return Subject(about, None, None, shots)
    sidecar = _sidecar(path)
    colored = probe(path)
    if colored.size_px != about.size_px:
        sizes = " and ".join(f"{one.width_px}x{one.height_px}" for one in (about, colored))
        raise InputError(f"the films are {sizes} px", "Give a film and its result.")
    if sidecar is None or shots_file is not None:
        shots = yield from walk_to_shots(about, shots_file=shots_file)
    else:
        shots = with_room(one.shot for one in sidecar.shots)
    return Subject(about, colored, sidecar, shots, sidecar.shots[0].start if sidecar else 0)


def _sidecar(result: Path) -> Sidecar | None:
    """None where there is none that can be read: what a film looks like is seen without it."""
    try:
        sidecar = read_sidecar(result)
    except (OSError, ValueError):
        return None
    return sidecar if sidecar is not None and _is_in_order(sidecar.shots) else None


def _is_in_order(shots: Sequence[ColoredShot]) -> bool:
    """Whether they can be the shots of a film, or of a part of one, at all."""
    is_joined = all(one.stop == other.start for one, other in pairwise(shots))
    has_frames = all(0 <= one.start < one.stop <= _MOST_FRAMES for one in shots)
    return bool(shots) and is_joined and has_frames
