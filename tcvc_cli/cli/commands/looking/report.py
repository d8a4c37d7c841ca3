"""`tcvc report`: which shots of a result to look at first, and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from tcvc_cli.cli.arguments import Film, Json, Quiet, ResultBeside, Verbose, record_of, taking
from tcvc_cli.cli.console import console_for_people, name, one_line, set_verbose
from tcvc_cli.cli.layout.tables import block
from tcvc_cli.review.report.request import ReportRequest

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tcvc_cli.review.report.film import Report

_ROOMY: Final = 110  # columns that hold the reasons beside the figures
_OF_FILES: Final = 240
_SHORT: Final = {
    "expected error": "expected\nerror",
    "disagreement": "dis-\nagreement",
    "flicker": "flick-\ner",
    "coverage": "cov-\nerage",
}


@taking(ReportRequest, one_film=True)
def report(
    film: Film,
    result: ResultBeside = None,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    **given: Any,
) -> None:
    """Say which shots of a coloured film to look at first, and why."""
    if verbose:
        set_verbose()
    request = record_of(ReportRequest, given, film=film, result=result)
    console = console_for_people()
    if request.is_skipped and request.page is not None:
        console.print(f"{name(request.page)} is there already: skipped")
        return
    made = find(request)
    if as_json:
        print_json(made)
        return
    print_table(made)
    for notice in made.notices:
        console.print(f"note: {one_line(notice)}")
    if request.page is not None and not quiet:
        console.print(f"{name(request.page)}: {len(made.shots)} shots")


def find(request: ReportRequest) -> Report:
    """With a bar on stderr, where that is a terminal and the film has to be walked through."""
    from tcvc_cli.cli.progress import bar_of_shots
    from tcvc_cli.review.report.film import make_report

    with bar_of_shots() as seen:
        return make_report(request, progress=seen)


def print_json(made: Report) -> None:
    from tcvc_cli.cli.ndjson import write_record

    write_record(made, sys.stdout)


def print_table(made: Report, wide: int | None = None) -> None:
    """`wide`: columns of the terminal; found unless given. A file gets a line for each shot."""
    from rich.console import Console
    from rich.table import Table

    from tcvc_cli.review.report.figures import COLUMNS, NOTHING, cells_of

    console = Console(markup=False, highlight=False, width=wide)
    if wide is None and not console.is_terminal:
        console.width = _OF_FILES
    is_roomy = console.width >= _ROOMY
    heads = COLUMNS if is_roomy else (*(_SHORT.get(head, head) for head in COLUMNS[:-1]),)
    table = Table(*heads, box=None, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
    for column in table.columns[: len(COLUMNS) - 1]:
        column.justify, column.no_wrap = "right", True
    rows = [cells_of(shot)[: len(heads)] for shot in made.shots]
    for row in rows:
        table.add_row(*row)
    if not is_roomy and _wanted(console, table) > console.width:
        words = COLUMNS[: len(heads)]
        seen = [tuple("" if cell == NOTHING else cell for cell in row) for row in rows]
        lines = (line for row in seen for line in block(words, row, console.width))
        print("\n".join(lines))
    else:
        console.print(table)
    if not is_roomy:
        for shot in (one for one in made.shots if one.reasons):
            console.print(f"shot {shot.number}: {', '.join(shot.reasons)}")


def _wanted(console: Console, table: Table) -> int:
    """Columns that the table takes where nothing is cut off."""
    return console.measure(table, options=console.options.update(width=_OF_FILES)).maximum
