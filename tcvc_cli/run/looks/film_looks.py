"""The look of each shot of a film, by its settings file and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from tcvc_cli.errors import UsageError
from tcvc_cli.plan.takes import with_room
from tcvc_cli.records import Shot
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.looks.decided import settings_of
from tcvc_cli.run.options.film import Options, flag_of
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.settings.film.decisions import Decisions, FilmSettings, Look
from tcvc_cli.settings.film.resolve import resolve


@dataclass(frozen=True, slots=True)
class FilmLooks:
    """Of each shot, in their order; `base` is that of a shot about which nothing of its own is decided."""

    base: Look
    shots: tuple[Look, ...]

    def of_shot(self, number: int) -> Look:
        """By its number, from 1."""
        return self.shots[number - 1]

    @property
    def keeps_any(self) -> bool:
        """Whether somebody wants a shot as it is."""
        return any(one.is_kept for one in self.shots)

    @property
    def references(self) -> tuple[Path, ...]:
        """That are for single shots; each file once."""
        files = (file for look in self.shots for file in look.references)
        return tuple(dict.fromkeys(file for file in files if file not in self.base.references))


def find_looks(plan: FilmPlan, computing: Computing, found: Scan) -> FilmLooks:
    """Of the shots that were found. Raises BadSettings, with the line, for what does not fit them, and
    UsageError for what the model cannot do."""
    settings, options = settings_of(plan.options), plan.options
    decisions = replace(options.decisions, points=options.points)
    is_part = found.start > 0 or options.end_s is not None
    shots = resolve(settings, found.shots, plan.film.frame_rate, decisions, is_part=is_part)
    _refuse_without_memory(options, shots)
    for look in dict.fromkeys(replace(one, points=(), strokes=()) for one in shots):
        computing.refuse_unable(look, options.model)
    return FilmLooks(base_look(settings, options.decisions), shots)


def _refuse_without_memory(options: Options, looks: Sequence[Look]) -> None:
    way = "is_compat" if options.is_compat else "is_causal" if options.is_causal else None
    for number, look in enumerate(looks, 1):
        if way and (look.points or look.strokes or look.references or look.same_as):
            message = f"{flag_of(way)} knows no points, strokes, references and no other shot"
            advice = f"Leave it out, or what is decided about shot {number}."
            raise UsageError(message, advice, option=way)


def base_look(settings: FilmSettings, decisions: Decisions) -> Look:
    """Of a shot that has no entry in the settings."""
    (look,) = resolve(replace(settings, shots=()), (Shot(0, 1),), Fraction(1), decisions)
    return look


def with_kept(found: Scan, looks: FilmLooks, most_dissolve_frames: int) -> Scan:
    """Shots that somebody wants as they are, are passed through as those are that have their own colours."""
    pairs = zip(found.shots, looks.shots, strict=True)
    shots = [replace(shot, is_in_color=shot.is_in_color or look.is_kept) for shot, look in pairs]
    return replace(found, shots=with_room(shots, most_dissolve_frames))
