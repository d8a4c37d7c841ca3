"""`tcvc join`: the film whose shots several machines have coloured."""

from __future__ import annotations

from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from tcvc_cli.cli.arguments import Json, Quiet, Verbose, record_of, taking
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.run.options.film import Options

_CHOSEN = ("overwrite", "is_proved", "has_premis", "is_strict", "operator", "sign", "work_folder")
Film = Annotated[
    Path, Argument(metavar="FILM", help="The film of which the shards were.", show_default=False)
]


Result = Annotated[
    Path | None,
    Option("-o", "--output", metavar="FILE", help="The result, where the shards were told one."),
]


@taking(of_options=_CHOSEN)
def join(
    film: Film,
    *,
    output: Result = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Put a film together whose shards are done, or say which shots are missing."""
    if verbose:
        set_verbose()
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.run.shares.join import JoinRequest
    from tcvc_cli.run.shares.join import join as run

    options = record_of(Options, given, input=film, output=output)
    chosen = {one.name: getattr(options, one.name) for one in fields(JoinRequest) if one.name != "film"}
    with closing(run(JoinRequest(film, **chosen))) as events:
        draw(events, is_json=as_json, is_quiet=quiet)
