"""`tcvc batch`: folders of films, the same folders of colour films."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Context

from tcvc_cli.cli.arguments import Json, Quiet, Verbose, record_of, taking
from tcvc_cli.cli.commands.config import origins_named
from tcvc_cli.cli.console import set_verbose
from tcvc_cli.cli.layout.ended import print_table, refuse_failed
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.machines.options import Machines
from tcvc_cli.run.options.film import Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcvc_cli.run.events import Event, FileEnded

Sources = Annotated[
    list[str],
    Argument(
        metavar="FOLDER|GLOB|LIST",
        help="Folders, quoted globs, or lists of paths (.txt, one a line).",
        show_default=False,
    ),
]


@taking(Search, Batch, Machines, Options)
def batch(
    context: Context,
    sources: Sources,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Colour all films of folders; done ones are skipped, failed ones named, and the rest goes on."""
    if verbose:
        set_verbose()
    with origins_named(context):
        search = record_of(Search, given, sources=tuple(sources))
        options = record_of(Options, given, input=Path(), output=None)
        machines = record_of(Machines, given)
        asked = record_of(Batch, given, search=search, options=options, machines=machines)
        if asked.is_only_told:
            tell(asked, is_json=as_json)
        else:
            run(asked, is_json=as_json, is_quiet=quiet)


def tell(batch: Batch, *, is_json: bool) -> None:
    """How its films stand."""
    from tcvc_cli.cli.layout.standing import print_standing
    from tcvc_cli.cli.telling import say_found
    from tcvc_cli.run.machines.folder.status import FolderStatus

    say_found()
    print_standing(FolderStatus(batch), is_json=is_json)


def run(batch: Batch, *, is_json: bool, is_quiet: bool) -> None:
    """Draws the batch, writes the report after every file, and fails when a file did."""
    from tcvc_cli.cli.progress import draw
    from tcvc_cli.run.batch.films import run_batch

    ended: list[FileEnded] = []
    try:
        with closing(run_batch(batch)) as events:
            draw(noted(events, ended, batch), is_json=is_json, is_quiet=is_quiet)
    finally:  # a batch that is stopped tells too how far it came
        if ended and not is_json:
            print_table(ended)
    refuse_failed(ended)


def noted(events: Iterable[Event], ended: list[FileEnded], batch: Batch) -> Iterator[Event]:
    """The same events; `ended` is what the report holds."""
    from tcvc_cli.run.batch.report import write_report
    from tcvc_cli.run.events import BatchFinished, FileEnded

    for event in events:
        if isinstance(event, FileEnded):
            ended[:] = [one for one in ended if one.input != event.input] + [event]
        if batch.report is not None and isinstance(event, FileEnded | BatchFinished):
            write_report(ended, batch.report, is_overwriting=batch.options.on_existing == "overwrite")
        yield event
