"""The story of a film that is coloured as it comes: from a pipe or a file, out through a pipe.

    reading thread ──► frames and sound ──► cuts, colours ──► painting and writing thread

Between them stand short queues: where the reader of the result is slow, the film is read as slowly. Nothing
stands on disk, and there is nothing to go on from.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from typing import Final

from tcvc_cli.errors import InputError, MediaError, TcvcError, UsageError
from tcvc_cli.media.carry.tags import tags_of
from tcvc_cli.media.live.handles import Inlet, Outlet
from tcvc_cli.media.live.reading import STDIN, LiveReader, Sound, seconds_of
from tcvc_cli.media.live.writing import LiveWriter, at_once
from tcvc_cli.media.planes import Frame
from tcvc_cli.records import PipeFormat
from tcvc_cli.run.computing import Computing, load
from tcvc_cli.run.events import Event, FilmProbed, FramesDone, Piped, StageStarted, Warned
from tcvc_cli.run.film.paint import PaintedFrame, paint
from tcvc_cli.run.film.walk import TAGS
from tcvc_cli.run.live.coloring import LiveColoring
from tcvc_cli.run.looks.decided import settings_of
from tcvc_cli.run.looks.film_looks import base_look
from tcvc_cli.run.options.film import PIPE, Options, flag_of
from tcvc_cli.run.plan import FilmPlan, plan_film, prepared
from tcvc_cli.run.provenance.declaration import declaration_of
from tcvc_cli.run.resume.source_file import refuse_pipe
from tcvc_cli.run.threads import Behind, ahead
from tcvc_cli.settings.film.decisions import FilmSettings, Look

_QUEUED: Final = 4  # frames and packets of sound, between two threads
_EVENT_EVERY_S: Final = 0.2
_OF_FILES: Final = ("shots_file", "trace_file", "is_proved", "has_premis", "is_strict", "is_work_kept")


def colorize_live(options: Options, source: int, handle: int) -> Generator[Event, None, None]:
    """Colour the film `options.input`, or the one that comes through the open file `source` where that is
    `PIPE`, and write it to the open file `handle`; yields what happens.

    What was coloured before an error has gone out. Raises BrokenPipeError when the reader goes away.
    """
    _refuse_what_files_have(options)
    is_piped = options.input == PIPE
    if not is_piped:
        refuse_pipe(options.input)
    started = time.monotonic()
    with ExitStack() as stack:
        inlet, outlet = stack.enter_context(Inlet(source)), stack.enter_context(Outlet(handle))
        reader = stack.enter_context(LiveReader(inlet if is_piped else options.input))
        if reader.film.is_photograph:
            raise UsageError("a photograph does not go through a pipe", "Give it a name with {output}.")
        kind = options.pipe_format or reader.kind
        here = _at_once(replace(options, input=STDIN if is_piped else options.input), kind)
        computing = load(here)
        settings = settings_of(here)
        _refuse_references(settings)
        look = base_look(settings, here.decisions)
        computing.refuse_unable(look, here.model)
        computing.choose(look)
        plan = plan_film(here, reader.film, PIPE, computing)
        yield FilmProbed(plan.film, PIPE, here.model, plan.device, plan.precision, settings.file)
        yield prepared(plan, computing)
        yield from _left_out(reader, kind)
        if settings.shots:
            yield Warned("shots are not known beforehand: of the settings, what is decided for all counts")
        yield StageStarted("colorize", 0)
        run = _Run(plan, computing, look, reader, kind)
        yield from run.walk(inlet, outlet)
        yield Piped(kind, run.frames, time.monotonic() - started)
        if run.trouble is not None:
            raise run.trouble


def _refuse_what_files_have(options: Options) -> None:
    given = next((name for name in _OF_FILES if getattr(options, name)), None)
    if given is not None:
        message = f"{flag_of('is_causal')} through a pipe leaves no file for {flag_of(given)}"
        raise UsageError(message, "Leave it out, or name a file with {output}.", option=given)


def _refuse_references(settings: FilmSettings) -> None:
    if settings.film.references and settings.file is not None:
        message = (
            f"{flag_of('is_causal')} knows no references, and {settings.file.name} has some for the film"
        )
        raise UsageError(message, "Leave it out, or take them out of the settings.", option="is_causal")


def _tags(plan: FilmPlan) -> dict[str, str]:
    """What goes through has no end yet, so no hash of the source is known."""
    options, film = plan.options, plan.film.path
    name = "" if options.input == STDIN else film.name
    declared = declaration_of(options, options.model, plan.weights_sha256, name, "")
    return {**TAGS, **tags_of(declared)}


def _at_once(options: Options, kind: PipeFormat) -> Options:
    """y4m says what the samples are: they are not coded with losses. Encoders hold no frames back."""
    if kind == "y4m":
        return replace(options, preset="master", encoder=None, crf=None, encoder_options=())
    return replace(options, encoder_options=at_once(options.encoding).options)


def _left_out(reader: LiveReader, kind: PipeFormat) -> Iterator[Warned]:
    lost = [f"#{one.index} {one.kind}" for one in reader.left_out(has_sound=kind != "y4m")]
    if lost:
        yield Warned(f"{kind}, written as it comes, does not hold {', '.join(lost)}")


class _Run:
    """One film. `frames` have been coloured; `trouble` is what ended it too early."""

    def __init__(
        self, plan: FilmPlan, computing: Computing, look: Look, reader: LiveReader, kind: PipeFormat
    ) -> None:
        self._plan, self._grade, self._reader, self._kind = plan, look.grade, reader, kind
        self._coloring = LiveColoring(plan, computing, is_kept=look.is_kept)
        self.frames = 0
        self.trouble: TcvcError | None = None

    def walk(self, inlet: Inlet, outlet: Outlet) -> Iterator[Event]:
        plan, sounds, tags = self._plan, self._reader.sounds, _tags(self._plan)
        with LiveWriter(outlet, plan.film, self._kind, plan.options.encoding, sounds, tags) as writer:

            def send(item: PaintedFrame | Sound) -> None:
                if isinstance(item, Sound):
                    writer.write_sound(item.packet)
                else:
                    writer.write(paint(plan.film, writer.target, item, self._grade))

            with (
                Behind(send, _QUEUED) as behind,
                closing(ahead(self._reader.items(), _QUEUED, inlet.stop)) as items,
                _stopping_on_error(outlet),
            ):
                yield from self._color(items, behind)

    def _color(self, items: Iterator[Frame | Sound], behind: Behind[PaintedFrame | Sound]) -> Iterator[Event]:
        reported = time.monotonic()
        for item in self._colored(self._wanted(items)):
            behind.put(item)
            self.frames += isinstance(item, PaintedFrame)
            if time.monotonic() - reported > _EVENT_EVERY_S:
                reported = time.monotonic()
                yield FramesDone("colorize", self.frames)
        yield FramesDone("colorize", self.frames)

    def _colored(self, items: Iterator[Frame | Sound]) -> Iterator[PaintedFrame | Sound]:
        for item in items:
            if isinstance(item, Sound):
                yield item
            else:
                yield from self._coloring.see(item)
        yield from self._coloring.finish()

    def _wanted(self, items: Iterator[Frame | Sound]) -> Iterator[Frame | Sound]:
        """Those of the part that is to be coloured, to the end or to where trouble begins."""
        start_s, end_s = self._plan.options.part.start_s, self._plan.options.part.end_s
        try:
            for item in items:
                at_s = seconds_of(self._plan.film, item)
                if end_s is not None and at_s is not None and at_s >= end_s:
                    if isinstance(item, Frame):
                        return
                elif start_s is None or (at_s is not None and at_s >= start_s):
                    yield item
        except (InputError, MediaError) as error:
            self.trouble = error


@contextmanager
def _stopping_on_error(outlet: Outlet) -> Iterator[None]:
    """So that nobody waits for a reader who does not read."""
    try:
        yield
    except BaseException:
        outlet.stop()
        raise
