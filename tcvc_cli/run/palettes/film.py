"""The story of the sheets of one film: look for its shots, colour a little of each, judge, write."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from tcvc_cli.errors import InputError, UsageError
from tcvc_cli.files import always, is_there, never
from tcvc_cli.model.colorizer import DEFAULT, Abilities, stated_abilities
from tcvc_cli.names import palettes_path
from tcvc_cli.plan.steps import InWindows
from tcvc_cli.plan.takes import Take, takes
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.contact_sheets import numbered, refuse_sheets, write_sheet
from tcvc_cli.run.events import (
    Event,
    FilmProbed,
    FramesDone,
    PalettesLaid,
    ShotPalettes,
    Skipped,
    StageStarted,
    Warned,
)
from tcvc_cli.run.film.output import inputs_of
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.looks.film_looks import FilmLooks, find_looks, with_kept
from tcvc_cli.run.options.colors import PALETTES
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.palettes.coloring import colored_excerpt
from tcvc_cli.run.palettes.excerpts import excerpt_of
from tcvc_cli.run.palettes.judging import judged, most_saturated, steadiest
from tcvc_cli.run.palettes.request import PalettesRequest
from tcvc_cli.run.palettes.sheet import Row, row_of, sheet_of
from tcvc_cli.run.plan import FilmPlan, method_of
from tcvc_cli.run.references.coverage import planned, scanned

MOST_ROWS: Final = 60  # of one sheet


@dataclass(frozen=True, slots=True)
class Wanted:
    """A shot that is to be laid out, by its number from 1."""

    number: int
    take: Take


def lay_palettes(request: PalettesRequest) -> Generator[Event, None, None]:
    """Writes the sheets, the first one last, so that where it stands all do; ends with PalettesLaid.

    Raises UsageError for a model without palettes and for a shot that there is not, InputError where no shot
    is to be coloured, and what `planned`, `find_looks` and `draft_of` raise.
    """
    started, options = time.monotonic(), request.options
    sheet = sheet_path(options, 0)
    if is_there(sheet) and options.on_existing == "skip":
        yield Skipped(sheet)
        return
    _refuse_sheets(options, 1)
    if stated := stated_abilities(options.model):
        palettes_of(stated, options.model)
    plan, computing = planned(options)
    palettes = palettes_of(computing.loaded.colorizer.abilities, options.model)
    yield FilmProbed(plan.film, sheet, options.model, plan.device, plan.precision)
    plan, found = yield from scanned(plan)
    request.check(len(found.shots))
    looks = find_looks(plan, computing, found)
    wanted = _wanted(request, plan, found, looks)
    count = -(-len(wanted) // MOST_ROWS)
    _refuse_sheets(options, count)
    rows = _rows(plan, computing, wanted, looks, palettes)
    computing.engine.begin()
    yield from _write(options, rows, len(wanted))
    yield from map(Warned, computing.engine.take_notices())
    sheets = tuple(sheet_path(options, index) for index in range(count))
    yield PalettesLaid(sheets, len(wanted), time.monotonic() - started)


def sheet_path(options: Options, index: int) -> Path:
    """`film.palettes.png` beside the film unless another is named; then `film.palettes-2.png` and so on."""
    return numbered(options.result_path(palettes_path(options.input)), index)


def palettes_of(abilities: Abilities, model: str) -> tuple[int, ...]:
    """The numbers that a person can choose among, its own choice first. Raises UsageError for a model that
    has no other."""
    count = min(abilities.palettes, PALETTES[-1])
    if not count:
        message, advice = f"{model} has no other palettes to lay beside its own", f"Use {{model}} {DEFAULT}."
        raise UsageError(message, advice, option="model")
    return tuple(range(count + 1))


def _refuse_sheets(options: Options, count: int) -> None:
    settings = () if options.settings_file is None else (options.settings_file,)
    sheets = (sheet_path(options, index) for index in range(count))
    inputs = (*inputs_of(options), *settings)
    refuse_sheets(sheets, inputs, may_overwrite=options.on_existing == "overwrite")


def _wanted(request: PalettesRequest, plan: FilmPlan, found: Scan, looks: FilmLooks) -> tuple[Wanted, ...]:
    """Shots that keep the colours they have are left out."""
    shots = with_kept(found, looks, plan.most_dissolve_frames).shots
    wanted = tuple(
        Wanted(number, take)
        for number, take in enumerate(takes(shots), 1)
        if request.wants(number) and not take.shot.is_in_color
    )
    if not wanted:
        message = "the shots keep the colours they have: there is nothing to choose"
        raise InputError(message, "See which are kept with tcvc settings.")
    return wanted


def _rows(
    plan: FilmPlan,
    computing: Computing,
    wanted: Sequence[Wanted],
    looks: FilmLooks,
    palettes: Sequence[int],
) -> Iterator[Row]:
    method = method_of(plan.options, plan.clips_per_window)
    assert isinstance(method, InWindows)  # a model that has a published path has no palettes
    rate = plan.film.frame_rate
    for one in wanted:
        look, shot = looks.of_shot(one.number), one.take.shot
        excerpt = excerpt_of(one.take, method)
        colored = colored_excerpt(plan, computing, excerpt, look, palettes)
        rows = judged(colored, look.grade)
        about = ShotPalettes(
            shot=one.number,
            start=shot.start,
            stop=shot.stop,
            starts_s=shot.start / rate,
            frame=excerpt.shown,
            palette=look.palette,
            colorings=rows,
            most_saturated=most_saturated(rows),
            steadiest=steadiest(rows),
        )
        yield row_of(plan.film, about, colored, look.grade)


def _write(options: Options, rows: Iterator[Row], total: int) -> Generator[Event, None, None]:
    yield StageStarted("palettes", total)
    may_replace = always if options.on_existing == "overwrite" else never
    first: list[Row] = []
    for index in range(-(-total // MOST_ROWS)):
        some: list[Row] = []
        for row in islice(rows, MOST_ROWS):
            some.append(row)
            yield row.about
            yield FramesDone("palettes", index * MOST_ROWS + len(some))
        if index == 0:
            first = some
        else:
            write_sheet(sheet_path(options, index), sheet_of(some), may_replace)
    write_sheet(sheet_path(options, 0), sheet_of(first), may_replace)
