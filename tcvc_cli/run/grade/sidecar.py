"""The JSON file beside a graded film, and what any sidecar of ours says about a film in colour."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.plain import to_plain
from tcvc_cli.records import CarriedStream, Dissolve, DroppedStream, Encoding, Shot, SyntheticColors
from tcvc_cli.run.grade.parts import Part
from tcvc_cli.run.provenance.sidecar import ColoredShot, NamedFile, Tool, is_named, read_kind, read_sidecar

SCHEMA_VERSION: Final = 1
KIND: Final = "grade"
_NO_NAMES: Final = ("", ".", "..")


@dataclass(frozen=True, slots=True)
class GradeSidecar:
    """`source` is the film in colour, `luma` the film whose luma the result has, None where that is `source`
    itself; `first_frame` is the number there of the result's first frame. `declared` is what the result says
    of computed colours, None where they were not computed; `damage` what of the film in colour was damaged
    or not there, in words."""

    schema: int
    kind: Literal["grade"]
    tool: Tool
    source: NamedFile
    result: NamedFile
    luma: NamedFile | None
    first_frame: int
    encoding: Encoding | None
    parts: tuple[Part, ...]
    carried: tuple[CarriedStream, ...]
    dropped: tuple[DroppedStream, ...]
    timings: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    operator: str | None = None
    created: str = ""
    declared: SyntheticColors | None = None
    damage: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """Of a film in colour: the black-and-white film that it was made of, the number there of its first frame,
    its shots, in its own frames, and their appraisals."""

    source: NamedFile
    first_frame: int
    shots: tuple[Shot, ...]
    appraisals: tuple[Appraisal | None, ...]


def grade_json(sidecar: GradeSidecar) -> bytes:
    """The sidecar as a file holds it."""
    return (json.dumps(to_plain(sidecar), indent=2) + "\n").encode()


def stated_about(film: Path) -> Stated | None:
    """What the sidecar beside `film` says; None without one, or where it is about another file, cannot be
    read or makes no sense."""
    try:
        return _of_colored(film) or _of_graded(film)
    except (OSError, ValueError):
        return None


def _of_colored(film: Path) -> Stated | None:
    sidecar = read_sidecar(film)
    if sidecar is None or not is_named(film, sidecar.result) or not sidecar.shots:
        return None
    first = sidecar.shots[0].start
    shots = (
        Shot(one.start - first, one.stop - first, dissolve=_moved(one.dissolve, first))
        for one in sidecar.shots
    )
    return _checked(Stated(sidecar.source, first, tuple(shots), _appraisals(sidecar.shots)))


def _moved(dissolve: Dissolve | None, first: int) -> Dissolve | None:
    return None if dissolve is None else Dissolve(dissolve.start - first, dissolve.stop - first)


def _of_graded(film: Path) -> Stated | None:
    sidecar = read_kind(film, GradeSidecar, KIND)
    if sidecar is None or sidecar.luma is None or not is_named(film, sidecar.result):
        return None
    shots = (Shot(one.start, one.stop, dissolve=one.dissolve) for one in sidecar.parts)
    stated = Stated(sidecar.luma, sidecar.first_frame, tuple(shots), _appraisals(sidecar.parts))
    return _checked(stated)


def _appraisals(rows: Iterable[ColoredShot | Part]) -> tuple[Appraisal | None, ...]:
    return tuple(one.appraisal for one in rows)


def _checked(stated: Stated) -> Stated | None:
    """A name that leads elsewhere than beside the film is none of ours."""
    source, shots = stated.source, stated.shots
    is_bare = Path(source.file).name == source.file not in _NO_NAMES and "\0" not in source.file
    follow = all(one.stop == other.start for one, other in pairwise(shots))
    if not is_bare or stated.first_frame < 0 or not follow or any(one.start >= one.stop for one in shots):
        return None
    return stated
