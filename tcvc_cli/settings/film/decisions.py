"""What people decide about a film, as plain data; `None` and empty tuples where nothing is decided."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path
from typing import Final

from tcvc_cli.color.grade import UNCHANGED, Grade, HueMap

DEFAULT_RADIUS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Point:
    """The thing that is seen at (`x`, `y`) of `frame` has this colour.

    `frame` counts from the first of the film; `x` and `y` in [0, 1] from the left and upper edge. `color` is
    sRGB, 8 bit; None keeps the thing grey. `radius` in (0, 0.5], of the picture's height: how far around the
    place that is certain.
    """

    frame: int
    x: float
    y: float
    color: tuple[int, int, int] | None
    radius: float = DEFAULT_RADIUS


@dataclass(frozen=True, slots=True)
class Stroke:
    """A picture of the size of `frame` or of its shape, transparent but where somebody has painted."""

    frame: int
    file: Path


@dataclass(frozen=True, slots=True)
class ShotAddress:
    """Which shot is meant: by its `number`, from 1, and by the time of its first frame, in seconds from the
    film's first. With both, the time goes before the number. At least one is there."""

    number: int | None = None
    starts_s: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """About the whole film, or about one shot.

    `palette` 0 to 4, `vivid` 0 to 1, and the parts of a `Grade`. `references` are pictures, absolute or
    beside the settings file. `same_as`: another shot, whose look is taken. `keep`: the shot stays as it is.
    `locked`: what a finished result shows of it stays.
    """

    palette: int | None = None
    saturation: float | None = None
    warmth: float | None = None
    vivid: float | None = None
    hue_maps: tuple[HueMap, ...] | None = None
    references: tuple[Path, ...] = ()
    points: tuple[Point, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    same_as: ShotAddress | None = None
    keep: bool | None = None
    locked: bool | None = None


UNDECIDED: Final = Decisions()


@dataclass(frozen=True, slots=True)
class KeyLine:
    """On which line of the settings file, from 1, a key stands; with `index`, an item of its list."""

    key: str
    line: int
    index: int | None = None


@dataclass(frozen=True, slots=True)
class ShotDecisions:
    """`line` is where they stand in the settings file, from 1; 0 for what stands in none."""

    address: ShotAddress
    decisions: Decisions
    line: int = 0
    key_lines: tuple[KeyLine, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FilmSettings:
    """A settings file; `film` holds for every shot that does not say otherwise."""

    film: Decisions = UNDECIDED
    shots: tuple[ShotDecisions, ...] = ()
    file: Path | None = None
    film_key_lines: tuple[KeyLine, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Look:
    """What holds for one shot: everything is decided. `vivid` None is the model's own. `same_as` is the
    number of another shot, from 1."""

    palette: int = 0
    vivid: float | None = None
    grade: Grade = UNCHANGED
    references: tuple[Path, ...] = ()
    points: tuple[Point, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    same_as: int | None = None
    is_kept: bool = False
    is_locked: bool = False


def decided(decisions: Decisions) -> tuple[str, ...]:
    """The names of what is decided, in their order."""
    return tuple(
        one.name for one in fields(Decisions) if getattr(decisions, one.name) != getattr(UNDECIDED, one.name)
    )
