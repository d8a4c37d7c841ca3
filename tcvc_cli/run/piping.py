"""A film that comes through stdin or goes through stdout. Shots want to be seen before they are coloured,
so both stand on disk while the run lasts, in a temporary folder or in the work folder that is chosen; unless
they are coloured without a look ahead, and go out as they come."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from tcvc_cli.errors import UsageError
from tcvc_cli.media.failures import writing
from tcvc_cli.media.pipes import format_like, send, spool
from tcvc_cli.media.read.probe import probe
from tcvc_cli.records import PipeFormat
from tcvc_cli.run.events import Event, Finished, Piped, Warned
from tcvc_cli.run.film.colorize import colorize
from tcvc_cli.run.live.colorize import colorize_live
from tcvc_cli.run.options.film import PIPE, Options, flag_of


def colorize_piped(options: Options, handle: int) -> Generator[Event, None, None]:
    """As `colorize`; input and output may be `PIPE`. `handle` is where the output goes."""
    if options.output is None:
        raise UsageError("a film from stdin has no name to call its result by", "Give one with {output}.")
    if options.output == PIPE and options.is_dry_run:
        raise UsageError(f"{flag_of('is_dry_run')} sends nothing to stdout", "Leave out {output} -.")
    if options.is_causal and options.output == PIPE:
        yield from colorize_live(options, sys.stdin.fileno(), handle)
        return
    with writing(Path("stdin")):
        folder = tempfile.TemporaryDirectory(prefix="tcvc-", dir=options.work_folder)
    with folder as place:
        film = spool(sys.stdin.buffer, Path(place)) if options.input == PIPE else options.input
        here = replace(options, input=film)
        if options.output != PIPE:
            yield from colorize(here)
            return
        kind = options.pipe_format or format_like(film)
        yield from _to_pipe(_lossless(here) if kind == "y4m" else here, Path(place), handle, kind)


def _lossless(options: Options) -> Options:
    """y4m says what the samples are; they are not coded with losses on the way."""
    return replace(options, preset="master")


def _to_pipe(options: Options, place: Path, handle: int, kind: PipeFormat) -> Generator[Event, None, None]:
    film = probe(options.input)
    if film.is_photograph:
        raise UsageError("a photograph does not go through a pipe", "Give it a name with {output}.")
    result = place / "result.mkv"
    for event in colorize(replace(options, output=result)):
        if isinstance(event, Finished):
            left_out = send(result, film, handle, kind)
            if left_out:
                yield Warned(f"{kind} does not hold {', '.join(left_out)}")
            yield Piped(kind, event.frames, event.seconds)
        else:
            yield event
