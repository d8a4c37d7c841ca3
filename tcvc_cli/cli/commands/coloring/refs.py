"""`tcvc refs`: frames to colour by hand, and what they leave unexplained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tcvc_cli.cli.arguments import Film, Json, Quiet, Verbose, record_of, taking, typer_option
from tcvc_cli.cli.command import App
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.layout.tables import print_rows
from tcvc_cli.errors import UsageError
from tcvc_cli.run.options.declaration import options_of
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.references.requests import Export

if TYPE_CHECKING:
    from fractions import Fraction

    from tcvc_cli.run.events import CoverageFound, Event

app = App()


def _of_film(name: str) -> Any:
    """As tcvc colorize takes it."""
    return typer_option(options_of(Options)[name])


References = Annotated[list[str] | None, _of_film("references")]
Shots = Annotated[Path | None, _of_film("shots_file")]
Model = Annotated[str, _of_film("model")]
Device = Annotated[str, _of_film("device")]
ModelSize = Annotated[int | None, _of_film("model_size_px")]
Vivid = Annotated[float | None, _of_film("vivid")]
Palette = Annotated[int, _of_film("palette")]
Overwrite = Annotated[bool, typer.Option("-y", metavar="", help="Overwrite pictures that are there.")]
_DEFAULTS = Options(Path())


@app.callback(invoke_without_command=True)
def refs_command(context: typer.Context) -> None:
    """Pictures in colour of the film's own frames: get them, and see what they explain."""
    if context.invoked_subcommand is None:
        raise UsageError("no command given", "For example: tcvc refs export FILM -o FOLDER.")


@app.command()
@taking(Export, one_film=True)
def export(
    film: Film,
    *,
    overwrite: Overwrite = False,
    references: References = None,
    shots_file: Shots = None,
    model: Model = _DEFAULTS.model,
    device: Device = _DEFAULTS.device,
    model_size_px: ModelSize = None,
    vivid: Vivid = None,
    palette: Palette = 0,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Write frames that are worth colouring by hand, as pictures that tcvc colorize knows again."""
    if verbose:
        set_verbose()
    options = record_of(
        Options,
        {
            "references": references,
            "shots_file": shots_file,
            "model": model,
            "device": device,
            "model_size_px": model_size_px,
            "vivid": vivid,
            "palette": palette,
            "overwrite": overwrite,
        },
        input=film,
    )
    request = record_of(Export, given, options=options)
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.run.references.export import export_frames

    with closing(export_frames(request)) as events:
        draw(events, is_json=as_json, is_quiet=quiet)


@app.command()
def coverage(
    film: Film,
    *,
    references: References = None,
    shots_file: Shots = None,
    model: Model = _DEFAULTS.model,
    device: Device = _DEFAULTS.device,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print the parts of a film that no reference explains, the worst first."""
    if verbose:
        set_verbose()
    given = {"references": references, "shots_file": shots_file, "model": model, "device": device}
    options = record_of(Options, given, input=film)
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.media.read.probe import probe
    from tcvc_cli.run.references.coverage import find_coverage

    seen: list[CoverageFound] = []
    with closing(find_coverage(options)) as events:
        draw(watched(events, seen), is_json=as_json, is_quiet=quiet)
    if not as_json:
        print_table(seen[-1], probe(film).frame_rate)


def watched(events: Iterable[Event], seen: list[CoverageFound]) -> Iterator[Event]:
    """The same events; what is found is kept."""
    from tcvc_cli.run.events import CoverageFound

    for event in events:
        if isinstance(event, CoverageFound):
            seen.append(event)
        yield event


def print_table(found: CoverageFound, frame_rate: Fraction) -> None:
    from tcvc_cli.settings.film.clock import clock_time

    heads, rows = ("frames", "from", "shot", "coverage"), []
    for part in found.parts:
        at = clock_time(part.start / frame_rate)
        rows.append((f"{part.start} to {part.stop - 1}", at, str(part.shot), f"{part.coverage:.0%}"))
    if found.parts:
        print_rows(heads, rows, right=heads)
    print(f"{found.coverage:.0%} of what is to be coloured is explained")
