"""`tcvc batch`: folders of films, the same folders of colour films."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Context

from tcvc_cli.cli.arguments import Json, Quiet, Verbose, record_of, taking
from tcvc_cli.cli.commands.config import origins_named
from tcvc_cli.cli.console import name, one_line, set_verbose
from tcvc_cli.errors import BatchFailed
from tcvc_cli.run.batch.options import Batch, Search
from tcvc_cli.run.options.film import Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcvc_cli.run.events import Event, FileEnded

Sources = Annotated[
    list[str],
    Argument(
        metavar="FOLDER|GLOB|LIST",
        help="Folders, quoted globs, or lists of paths (.txt, one a line).",
        show_default=False,
    ),
]


@taking(Search, Batch, Options)
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
        run(record_of(Batch, given, search=search, options=options), is_json=as_json, is_quiet=quiet)


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
    failed = sum(one.state == "failed" for one in ended)
    if failed:
        raise BatchFailed(f"{failed} of {len(ended)} files failed")


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


def print_table(ended: Sequence[FileEnded]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("file", "state", "frames", "seconds", "what", box=None, header_style="bold")
    for one in ended:
        what = one.message if one.message is not None else one.output
        seconds = f"{one.seconds:.1f}"
        table.add_row(name(one.input), one.state, str(one.frames or ""), seconds, one_line(what or ""))
    Console(markup=False, highlight=False, soft_wrap=True).print(table)
