"""`tcvc compare`: two films of the same frames as one, for showing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

from typer import Argument

from tcvc_cli.cli.arguments import Json, Quiet, Verbose, record_of, taking
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.folders import folder_made
from tcvc_cli.review.compare.request import CompareRequest
from tcvc_cli.run.options.declaration import Option, options_of
from tcvc_cli.run.options.film import Options

OF_FILM: Final = ("output", "overwrite", "skip")


def _saying(name: str, help_text: str) -> Option:
    option = options_of(Options)[name]
    return replace(option, declared=replace(option.declared, help=help_text))


_OTHERWISE = (_saying("output", "An .mp4, .mkv or .mov, or FOLDER/; A.compare.mp4 beside A unless given."),)
First = Annotated[Path, Argument(metavar="A", help="A film, at the left.", show_default=False)]
Second = Annotated[
    Path, Argument(metavar="B", help="One with the same frames, at the right.", show_default=False)
]


@taking(CompareRequest, one_film=True, instead=_OTHERWISE, of_options=OF_FILM)
def compare(
    first: First,
    second: Second,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Make a film for showing of two: before and after side by side, or in one picture."""
    if verbose:
        set_verbose()
    of_film = {name: given.pop(name) for name in OF_FILM}
    options = record_of(Options, of_film, input=first)
    request = record_of(CompareRequest, given, options=options, other=second)
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.review.compare.film import compare_films

    with folder_made(options.output_folder), closing(compare_films(request)) as events:
        draw(events, is_json=as_json, is_quiet=quiet)
