"""The story of one preview: look for the shots, choose some, colour a little of each, write."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from tcvc_cli.errors import InputError
from tcvc_cli.files import MayReplace, always, never, plain_draft_of, refuse_special, writing
from tcvc_cli.media.carry.copying import ChapterMark
from tcvc_cli.media.carry.remux import remux
from tcvc_cli.media.read.probe import probe
from tcvc_cli.names import Claims, preview_path
from tcvc_cli.records import Shot
from tcvc_cli.review.preview.choose import Excerpt, excerpts_of, most_different
from tcvc_cli.review.preview.request import PreviewRequest
from tcvc_cli.review.preview.show import PreviewWriter
from tcvc_cli.run.computing import Computing
from tcvc_cli.run.events import Event, FilmProbed, FramesDone, Skipped, StageStarted, Warned
from tcvc_cli.run.film.output import choose_output, inputs_of, is_skipped
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film.walk import TAGS
from tcvc_cli.run.film_memory.remember import remember
from tcvc_cli.run.film_memory.remembered import Rememberer
from tcvc_cli.run.film_memory.take_memory import FilmMemory
from tcvc_cli.run.looks.decided import inputs_among, refuse_missing, settings_of
from tcvc_cli.run.looks.film_looks import FilmLooks, find_looks, with_kept
from tcvc_cli.run.options.film import PIPE, Options
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.references.coverage import planned, scanned
from tcvc_cli.run.references.film_frames import FilmFrames
from tcvc_cli.run.references.find import find_references
from tcvc_cli.run.showing_events import PreviewMade, PreviewPart
from tcvc_cli.settings.film.clock import clock_time
from tcvc_cli.settings.reference import Reference

MOST_SETTLED: Final = 64  # shots; of a longer film only those that the excerpts hang on settle their colours


def make_preview(request: PreviewRequest) -> Generator[Event, None, None]:
    """Writes the preview; ends with PreviewMade.

    Raises InputError for a photograph and for a film of which nothing is to be coloured, and what
    `choose_output`, `planned`, `find_looks`, `find_references` and `remux` raise; nothing is left under the
    preview's name then.
    """
    started, options = time.monotonic(), _with_output(request.options)
    assert options.output is not None
    if is_skipped(options.output, options):
        yield Skipped(options.output)
        return
    plan, computing = planned(options)
    plan = replace(plan, output=options.output)
    yield FilmProbed(plan.film, plan.output, options.model, plan.device, plan.precision)
    plan, found = yield from scanned(plan)
    looks = find_looks(plan, computing, found)
    found = with_kept(found, looks, plan.most_dissolve_frames)
    excerpts = excerpts_of(found.shots, plan.film.frame_rate, request.length_s)
    if not excerpts:
        raise InputError(_nothing_left(found.shots), "See which are kept with tcvc settings.")
    references: tuple[Reference, ...] = ()
    if paths := (*options.references, *looks.base.references, *looks.references):
        references = yield from find_references(plan, found, paths)
    rememberer = Rememberer(plan, computing, FilmFrames(plan.film, found.stop))
    chosen = yield from most_different(rememberer, excerpts, request.most)
    with tempfile.TemporaryDirectory(prefix="tcvc-") as folder:
        some = with_needed(found, looks, chosen)
        memory = yield from remember(plan, computing, some, references, looks, Path(folder), "")
        parts = yield from _write(plan, computing, looks, memory, chosen)
    yield from map(Warned, computing.engine.take_notices())
    frames = sum(map(len, chosen))
    yield PreviewMade(plan.output, parts, len(found.shots), frames, time.monotonic() - started)


def _with_output(options: Options) -> Options:
    """With the name of the preview. Raises what is wrong with it, before the work."""
    if options.input == PIPE:
        return replace(options, output=PIPE)  # which `planned` refuses
    film = probe(options.input)
    if film.is_photograph:
        advice = "It is coloured as soon as a preview would be: tcvc colorize."
        raise InputError(f"{options.input.name} is a photograph, which has no shots to choose from", advice)
    named = replace(options, output=options.result_path(preview_path(options.input)))
    output = choose_output(film, named)
    settings = settings_of(options)
    refuse_missing(settings)
    Claims((*inputs_of(options), *inputs_among(settings))).refuse_input(output)
    refuse_special(output)
    return named


def _nothing_left(shots: Sequence[Shot]) -> str:
    if all(shot.is_in_color for shot in shots):
        return "all shots keep the colours they have: there is nothing to preview"
    return "no shot has a frame that shows nothing else: there is nothing to preview"


def with_needed(found: Scan, looks: FilmLooks, chosen: Sequence[Excerpt]) -> Scan:
    """The film as `remember` is to see it: of a long one, shots that are not chosen count as if they kept
    their colours, but for those whose points or colours others may take over."""
    if sum(not shot.is_in_color for shot in found.shots) <= MOST_SETTLED:
        return found
    needed = {one.number for one in chosen}
    needed |= {look.same_as for number in tuple(needed) if (look := looks.of_shot(number)).same_as}
    needed |= {number for number, look in enumerate(looks.shots, 1) if look.points or look.strokes}
    shots = (
        replace(shot, is_in_color=shot.is_in_color or number not in needed)
        for number, shot in enumerate(found.shots, 1)
    )
    return replace(found, shots=tuple(shots))


def _write(
    plan: FilmPlan,
    computing: Computing,
    looks: FilmLooks,
    memory: FilmMemory,
    chosen: Sequence[Excerpt],
) -> Generator[Event, None, tuple[PreviewPart, ...]]:
    yield StageStarted("colorize", sum(map(len, chosen)))
    may_replace = always if plan.options.on_existing == "overwrite" else never
    parts: list[PreviewPart] = []
    with writing(plan.output), plain_draft_of(plan.output) as segment:
        with PreviewWriter(plan, segment) as writer:
            for one in chosen:
                starts_s = one.start / plan.film.frame_rate
                about = PreviewPart(one.number, one.start, one.stop, starts_s, writer.end_s)
                for _ in writer.show(computing, one, looks.of_shot(one.number), memory):
                    yield FramesDone("colorize", writer.frames)
                parts.append(about)
            end_s = writer.end_s
        _finish(plan, segment, parts, end_s, may_replace)
    return tuple(parts)


def _finish(
    plan: FilmPlan, segment: Path, parts: Sequence[PreviewPart], end_s: Fraction, may_replace: MayReplace
) -> None:
    """The picture alone, with a chapter for each excerpt."""
    film = plan.film
    picture = tuple(stream for stream in film.streams if stream.index == film.video_index)
    remux(
        replace(film, streams=picture),
        [segment],
        plan.output,
        start_s=Fraction(0),
        extra_tags=TAGS,
        may_replace=may_replace,
        chapters=tuple(_chapters(parts, end_s)),
    )


def _chapters(parts: Sequence[PreviewPart], end_s: Fraction) -> Iterator[ChapterMark]:
    ends = (*(part.shown_s for part in parts[1:]), end_s)
    for part, stop_s in zip(parts, ends, strict=True):
        yield ChapterMark(part.shown_s, stop_s, f"shot {part.shot}  {clock_time(part.starts_s)}")
