"""`tcvc review`: a page on which every shot of a film is seen, before and after, and choices are made."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from typer import Argument

from tcvc_cli.cli.arguments import Json, Quiet, ResultBeside, Verbose, record_of, taking
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.review.page.request import ReviewRequest
from tcvc_cli.review.serve.request import ServeRequest
from tcvc_cli.run.options.declaration import Option, options_of
from tcvc_cli.run.options.film import Options

if TYPE_CHECKING:
    from tcvc_cli.review.subject import Subject
    from tcvc_cli.run.events import Event

OF_FILM: Final = ("device", "settings_file", "output", "shots_file")


def _as_folder() -> Option:
    option = options_of(Options)["output"]
    text = "The folder of the page; FILM.review beside the film unless given."
    return replace(option, declared=replace(option.declared, metavar="FOLDER", help=text, reads=None))


Film = Annotated[Path, Argument(metavar="FILE", help="A film or a photograph.", show_default=False)]


@taking(ReviewRequest, ServeRequest, one_film=True, instead=(_as_folder(),), of_options=OF_FILM)
def review(
    film: Film,
    result: ResultBeside = None,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Make a page to look through a film, before and after, shot by shot, and to choose what changes."""
    if verbose:
        set_verbose()
    of_film = {name: given.pop(name) for name in OF_FILM}
    options = record_of(Options, of_film, input=film)
    serving = record_of(ServeRequest, {name: given.pop(name) for name in options_of(ServeRequest)})
    request = record_of(ReviewRequest, given, options=options, result=result)
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.review.page.build import build

    found: list[Subject] = []
    with closing(build(request)) as events:
        draw(_keeping(events, found), is_json=as_json, is_quiet=quiet)
    if serving.is_served:
        from tcvc_cli.cli.commands.looking.serving import serve_page
        from tcvc_cli.review.serve.film_page import page_of

        serve_page(page_of(request, found[0]), serving, is_json=as_json, is_quiet=quiet)


def _keeping(events: Generator[Event, None, Subject], found: list[Subject]) -> Iterator[Event]:
    """The same events; what they are about goes into `found`."""
    found.append((yield from events))
