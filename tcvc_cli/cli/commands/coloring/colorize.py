"""`tcvc colorize`: films and photographs in, colour out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer import Context

from tcvc_cli.cli.arguments import Films, Json, Quiet, Verbose, record_of, taking
from tcvc_cli.cli.commands.config import origins_named
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.folders import folder_made
from tcvc_cli.cli.layout.ended import print_table, refuse_failed
from tcvc_cli.cli.process.streams import refuse_closed_stdout
from tcvc_cli.errors import UsageError
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options.colors import PALETTES
from tcvc_cli.run.options.declaration import flags_of, options_of
from tcvc_cli.run.options.film import PIPE, Options, flag_of
from tcvc_cli.run.shares.distribution import ALONE, Distribution, Share, Spread

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from tcvc_cli.run.events import Event, FileEnded

STDOUT = 1  # whatever stands in for sys.stdout
ALL = "all"
_MOST_DIGITS = 9
_PALETTE = options_of(Options)["palette"]
_PALETTES = replace(  # one number, or each of them
    _PALETTE,
    kind=str,
    default=None,
    declared=replace(
        _PALETTE.declared,
        metavar=f"{_PALETTE.declared.metavar}|{ALL}",
        help=f"{_PALETTE.declared.help.rstrip('.')}; {ALL} writes the four of them.",
    ),
)


@taking(Options, Machines, one_film=True, instead=(_PALETTES,))
def colorize(
    context: Context,
    inputs: Films,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Colour black-and-white films; sound, subtitles and the rest are carried over."""
    if verbose:
        set_verbose()
    if isinstance(given["output"], Path) and len(inputs) > 1:
        message = f"{flag_of('output')} names one file, and there are {len(inputs)} inputs"
        raise UsageError(message, "Give them one by one, or a folder for their results: {output} FOLDER/.")
    with origins_named(context):
        films = {film: tuple(colorings_of(film, given)) for film in inputs}
        chosen = [options for colorings in films.values() for options in colorings]
        check_pipes(chosen, is_json=as_json)
        distribution = distribution_of(record_of(Machines, given), chosen)
        if isinstance(distribution, Share):  # a shard that is sent again after the join has nothing to do
            chosen = [replace(options, is_done_skipped=True) for options in chosen]
        with folder_made(chosen[0].output_folder):
            if len(chosen) > 1:
                from tcvc_cli.run.film.output import refuse_collisions

                refuse_collisions(chosen)
            if len(films) > 1:
                colorize_all(films, is_json=as_json, is_quiet=quiet)
                return
            for options in chosen:
                colorize_one(options, distribution, is_json=as_json, is_quiet=quiet)


def colorings_of(film: Path, given: Mapping[str, Any]) -> Iterator[Options]:
    """The options of one film, for each palette that is wanted; several have it in their names."""
    numbers = palettes(given["palette"])
    if len(numbers) > 1 and PIPE in (film, given["output"]):
        raise UsageError(f"{_PALETTE.flag} all makes four films, and a pipe is one", "Give them names.")
    for number in numbers:
        tag = f"palette-{number}" if len(numbers) > 1 else ""
        yield record_of(Options, {**given, "palette": number}, input=film, name_tag=tag)


def palettes(text: str | int | None) -> tuple[int | None, ...]:
    """Numbers of palettes: one, or with `all` each of them. Options say whether there is such a one."""
    if text is None:
        return (None,)
    if str(text) == ALL:
        return PALETTES
    if len(str(text)) > _MOST_DIGITS or not str(text).isdecimal():
        raise _PALETTE.refusal(text, f"{_PALETTE.declared.bounds}, or {ALL}")
    return (int(text),)


def check_pipes(chosen: Sequence[Options], *, is_json: bool) -> None:
    is_to_stdout, to_stdout = any(options.output == PIPE for options in chosen), f"{flag_of('output')} {PIPE}"
    pipe_format = flag_of("pipe_format")
    if is_to_stdout:
        refuse_closed_stdout()
    if is_to_stdout and os.isatty(STDOUT):
        advice = f"Pipe it: tcvc colorize FILM {to_stdout} | ..."
        raise UsageError(f"{to_stdout} would write a film to the terminal", advice)
    if is_json and is_to_stdout:
        raise UsageError(f"--json and {to_stdout} both want stdout", "Leave out one of them.")
    if any(options.pipe_format for options in chosen) and not is_to_stdout:
        message = f"{pipe_format} is for {to_stdout}; a file's name says what it is"
        raise UsageError(message, option="pipe_format")
    if len(chosen) > 1 and any(options.input == PIPE for options in chosen):
        raise UsageError("stdin is one film", "Give the others one by one.")


def distribution_of(machines: Machines, chosen: Sequence[Options]) -> Distribution:
    """Who colours the shots. Raises UsageError for what cannot be shared."""
    if machines.shard is None and machines.ray is None:
        return ALONE
    flag = flags_of(Machines)["ray" if machines.shard is None else "shard"]
    if len(chosen) > 1:
        message = f"{flag} shares out the shots of one film, and there are {len(chosen)} to make"
        raise UsageError(message, "Give them one by one; tcvc batch shares out folders of films.")
    if PIPE in (chosen[0].input, chosen[0].output):
        raise UsageError("a film in a pipe cannot be shared", "Give it as a file.")
    if machines.shard is None:
        return Spread(machines)
    for name in ("is_dry_run", "is_fresh"):
        if getattr(chosen[0], name):
            raise UsageError(f"{flag_of(name)} is for a film that nobody shares", f"Leave out {{{name}}}.")
    return Share(machines.shard)


def colorize_one(options: Options, distribution: Distribution, *, is_json: bool, is_quiet: bool) -> None:
    """Runs one film and draws it; whatever happens, the run is closed, so that it can tidy up."""
    from tcvc_cli.cli.progress import draw

    with closing(events_of(options, distribution)) as events:
        draw(events, is_json=is_json, is_quiet=is_quiet)


def colorize_all(films: Mapping[Path, tuple[Options, ...]], *, is_json: bool, is_quiet: bool) -> None:
    """Film by film, those after one that fails too; then what became of each. Raises BatchFailed."""
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.run.batch.inputs import Input, run_inputs

    inputs = [Input(film, colorings) for film, colorings in films.items()]
    ended: list[FileEnded] = []
    try:
        with closing(run_inputs(inputs, events_of)) as events:
            draw(noted(events, ended), is_json=is_json, is_quiet=is_quiet)
    finally:  # whoever stops it is told too how far it came
        if ended and not is_json and not is_quiet:
            print_table(ended)
    refuse_failed(ended)


def noted(events: Iterable[Event], ended: list[FileEnded]) -> Iterator[Event]:
    """The same events; what became of the films is kept."""
    from tcvc_cli.run.events import FileEnded

    for event in events:
        if isinstance(event, FileEnded):
            ended.append(event)
        yield event


def events_of(options: Options, distribution: Distribution = ALONE) -> Generator[Event, None, None]:
    if PIPE in (options.input, options.output):
        from tcvc_cli.run.piping import colorize_piped

        return colorize_piped(options, STDOUT)
    from tcvc_cli.run.film.colorize import colorize as run

    return run(options, distribution)
