"""What holds for each shot of a film, and who decided it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from tcvc_cli.records import Shot
from tcvc_cli.settings.film.decisions import Decisions, FilmSettings
from tcvc_cli.settings.film.resolve import Origin, resolved
from tcvc_cli.settings.film.value_texts import value_text


@dataclass(frozen=True, slots=True)
class ShotSettings:
    """`number` from 1; frames `[start, stop)`; `starts_s` from the film's first frame."""

    number: int
    start: int
    stop: int
    starts_s: Fraction
    decisions: Decisions
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """One thing that holds for the shots `first` to `last`. `place` says where it was decided."""

    key: str
    value: str
    place: str


@dataclass(frozen=True, slots=True)
class ShotRow:
    """Shots one after another for which the same holds, for the same reasons."""

    first: int
    last: int
    starts_s: Fraction
    applied: tuple[Applied, ...]


def settings_of_shots(
    settings: FilmSettings, shots: Sequence[Shot], frame_rate: Fraction
) -> tuple[ShotSettings, ...]:
    """Raises as `resolve` does."""
    decided = resolved(settings, shots, frame_rate)
    return tuple(
        ShotSettings(number, shot.start, shot.stop, shot.start / frame_rate, one.decisions, one.origins)
        for number, (shot, one) in enumerate(zip(shots, decided, strict=True), 1)
    )


def rows_of(shots: Sequence[ShotSettings]) -> Iterator[ShotRow]:
    """Fewer than the shots, where neighbours are alike."""
    for applied, group in groupby(shots, key=applied_of):
        alike = list(group)
        yield ShotRow(alike[0].number, alike[-1].number, alike[0].starts_s, applied)


def applied_of(shot: ShotSettings) -> tuple[Applied, ...]:
    return tuple(
        Applied(origin.key, value_text(shot.decisions, origin.key), place_text(origin))
        for origin in shot.origins
    )


def place_text(origin: Origin) -> str:
    """`line 7`, `[film], line 2`, `shot 3, line 9`."""
    return origin.place if origin.shot is None else f"shot {origin.shot}, {origin.place}"
