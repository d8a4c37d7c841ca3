"""`tcvc stabilize`: colours of another tool, steadied."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

from typer import Argument

from tcvc_cli.cli.arguments import Json, Quiet, Verbose, record_of, taking
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.folders import folder_made
from tcvc_cli.run.options.film import Options
from tcvc_cli.run.stabilize.requests import Stabilization

Colors = Annotated[
    Path,
    Argument(
        metavar="COLOURED",
        help="What another tool made: a film, or a folder of its frames.",
        show_default=False,
    ),
]
OF_FILM = (
    *("saturation", "preset", "encoder", "crf", "encoder_options", "chroma"),
    *("is_strict", "overwrite", "skip", "is_proved", "work_folder", "operator"),
)


@taking(Stabilization, one_film=True, of_options=OF_FILM)
def stabilize(
    colors: Colors,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Steady the flickering colours of another tool; luma, sound and the rest are the film's own."""
    if verbose:
        set_verbose()
    of_film = {name: given[name] for name in (*OF_FILM, "output")}
    options = record_of(Options, of_film, input=given["film"] or colors)
    request = record_of(Stabilization, given, options=options, colors=colors)
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.run.stabilize.stabilize import stabilize as run

    with folder_made(options.output_folder), closing(run(request)) as events:
        draw(events, is_json=as_json, is_quiet=quiet)
