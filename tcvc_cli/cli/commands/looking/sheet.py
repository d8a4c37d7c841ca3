"""`tcvc sheet`: a frame of each shot, before and after, in a picture."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

from typer import Argument

from tcvc_cli.cli.arguments import Json, Quiet, ResultBeside, Verbose, record_of, taking
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.folders import folder_made
from tcvc_cli.run.options.declaration import Option, options_of
from tcvc_cli.run.options.film import Options

OF_FILM: Final = ("output", "overwrite", "skip", "shots_file")


def _saying(name: str, help_text: str) -> Option:
    option = options_of(Options)[name]
    return replace(option, declared=replace(option.declared, help=help_text))


_OTHERWISE = (_saying("output", "A PNG, or FOLDER/; FILM.sheet.png beside the film unless given."),)
FilmOrPhotograph = Annotated[
    Path, Argument(metavar="FILM", help="A film or a photograph, as it was.", show_default=False)
]


@taking(one_film=True, instead=_OTHERWISE, of_options=OF_FILM)
def sheet(
    film: FilmOrPhotograph,
    result: ResultBeside = None,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Lay a frame of each shot, before and after, on a contact sheet."""
    if verbose:
        set_verbose()
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.review.sheet.film import lay_sheets
    from tcvc_cli.review.sheet.request import SheetRequest

    request = SheetRequest(record_of(Options, given, input=film), result)
    with folder_made(request.options.output_folder), closing(lay_sheets(request)) as events:
        draw(events, is_json=as_json, is_quiet=quiet)
