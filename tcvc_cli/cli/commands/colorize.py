"""`tcvc colorize`: films and photographs in, colour out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer import Context

from tcvc_cli.cli import arguments as an
from tcvc_cli.cli.commands.config import origins_named
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.values import key_and_value, palettes
from tcvc_cli.errors import UsageError
from tcvc_cli.records import PipeFormat
from tcvc_cli.run.options import PIPE, OnExisting, Options, argument_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from tcvc_cli.run.events import Event

STDOUT = 1  # whatever stands in for sys.stdout
DEFAULT = Options(input=Path())
_ELSEWHERE = ("context", "inputs", "pipe_format", "overwrite", "skip", "as_json", "quiet", "verbose")
_FIELDS = {argument_of(field.name): field.name for field in fields(Options)}


def colorize(
    context: Context,
    inputs: an.Films,
    *,
    output: an.Output = None,
    pipe_format: an.Format = None,
    preset: an.Preset = DEFAULT.preset,
    encoder: an.Encoder = None,
    crf: an.Crf = None,
    encoder_opt: an.EncoderOptions = None,
    chroma: an.Chroma = DEFAULT.chroma,
    strict: an.Strict = False,
    overwrite: an.Overwrite = False,
    skip: an.Skip = False,
    dry_run: an.DryRun = False,
    proof: an.Proof = False,
    premis: an.Premis = False,
    memory: an.Memory = None,
    work_dir: an.WorkDir = None,
    fresh: an.Fresh = False,
    model: an.Model = DEFAULT.model,
    device: an.Device = DEFAULT.device,
    saturation: an.Saturation = DEFAULT.saturation,
    colour_parts: an.ColorParts = DEFAULT.color_parts,
    palette: an.PaletteChoice = str(DEFAULT.palette),
    ensemble: an.Ensemble = False,
    compat: an.Compat = False,
    interval: an.Interval = DEFAULT.interval_frames,
    overlap: an.Overlap = DEFAULT.overlap_frames,
    model_size: an.ModelSize = DEFAULT.model_size_px,
    start: an.Start = None,
    end: an.End = None,
    shots: an.ShotList = None,
    as_json: an.Json = False,
    quiet: an.Quiet = False,
    verbose: an.Verbose = False,
) -> None:
    """Colour black-and-white films; sound, subtitles and the rest are carried over."""
    given = locals()
    if verbose:
        set_verbose()
    if output is not None and len(inputs) > 1:
        raise UsageError(f"-o names one file, and there are {len(inputs)} inputs", "Give them one by one.")
    with origins_named(context):
        chosen = [options for film in inputs for options in colorings_of(film, given)]
    check_pipes(chosen, pipe_format, is_json=as_json)
    if len(chosen) > 1:
        from tcvc_cli.run.film.output import refuse_collisions

        refuse_collisions(chosen)
    for options in chosen:
        colorize_one(options, pipe_format, is_json=as_json, is_quiet=quiet)


def colorings_of(film: Path, given: Mapping[str, Any]) -> Iterator[Options]:
    """The options of one film, for each palette that is wanted; several have it in their names."""
    numbers = palettes(given["palette"])
    if len(numbers) > 1 and PIPE in (film, given["output"]):
        raise UsageError("--palette all makes four films, and a pipe is one", "Give them names.")
    for number in numbers:
        tag = f"palette-{number}" if len(numbers) > 1 else ""
        yield replace(options_from(film, {**given, "palette": number}), name_tag=tag)


def options_from(film: Path, given: Mapping[str, Any]) -> Options:
    """The options of one film; `given` are the arguments of `colorize`, by its names."""
    chosen = {_FIELDS[name]: value for name, value in given.items() if name not in _ELSEWHERE}
    chosen["encoder_options"] = tuple(map(key_and_value, given.get("encoder_opt") or ()))
    existing = on_existing(overwrite=given["overwrite"], skip=given["skip"])
    return Options(input=film, on_existing=existing, **chosen)


def check_pipes(chosen: Sequence[Options], pipe_format: PipeFormat | None, *, is_json: bool) -> None:
    is_to_stdout = any(options.output == PIPE for options in chosen)
    if is_to_stdout and os.isatty(STDOUT):
        raise UsageError("-o - would write a film to the terminal", "Pipe it: tcvc colorize FILM -o - | ...")
    if is_json and is_to_stdout:
        raise UsageError("--json and -o - both want stdout", "Leave out one of them.")
    if pipe_format is not None and not is_to_stdout:
        raise UsageError("--format is for -o -; a file's name says what it is")
    if len(chosen) > 1 and any(options.input == PIPE for options in chosen):
        raise UsageError("stdin is one film", "Give the others one by one.")


def on_existing(*, overwrite: bool, skip: bool) -> OnExisting:
    if overwrite and skip:
        raise UsageError("-y and -n exclude each other")
    return "overwrite" if overwrite else "skip" if skip else "refuse"


def colorize_one(
    options: Options, pipe_format: PipeFormat | None = None, *, is_json: bool, is_quiet: bool
) -> None:
    """Runs one film and draws it; whatever happens, the run is closed, so that it can tidy up."""
    from tcvc_cli.cli.progress import draw

    with closing(events_of(options, pipe_format)) as events:
        draw(events, is_json=is_json, is_quiet=is_quiet)


def events_of(options: Options, pipe_format: PipeFormat | None) -> Generator[Event, None, None]:
    if PIPE in (options.input, options.output):
        from tcvc_cli.run.piping import colorize_piped

        return colorize_piped(options, STDOUT, pipe_format)
    from tcvc_cli.run.film.colorize import colorize as run

    return run(options)
