"""`tcvc shots`: where a film is cut."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from tcvc_cli.cli import arguments as an
from tcvc_cli.cli.console import console_for_people, set_verbose
from tcvc_cli.cli.layout.tables import print_rows
from tcvc_cli.errors import UsageError
from tcvc_cli.plan.timecode import clock_of
from tcvc_cli.run.options.film import Options, Part
from tcvc_cli.run.options.timecodes import placed
from tcvc_cli.run.shot_list.formats import FormatName
from tcvc_cli.settings.film.clock import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcvc_cli.records import FilmInfo, Shot


ListFormat = Annotated[
    FormatName | None,
    Option(
        "--format",
        metavar="NAME",
        help="A list instead of a table: csv, edl (CMX 3600), otio or scenedetect.",
        show_default=False,
        rich_help_panel=an.REPORT,
    ),
]


@an.taking(one_film=True, of_options=("start_s", "end_s"))
def shots(
    film: an.Film,
    *,
    as_json: an.Json = False,
    as_csv: an.Csv = False,
    list_format: ListFormat = None,
    verbose: an.Verbose = False,
    **given: Any,
) -> None:
    """Print the shots of a film: half-open frame ranges between cuts."""
    if verbose:
        set_verbose()
    if as_json + as_csv + (list_format is not None) > 1:
        raise UsageError("--json, --csv and --format exclude each other")
    from tcvc_cli.media.read.probe import probe

    info = probe(film)
    part = placed(an.record_of(Options, given, input=film), info).part
    found = find(info, part)
    if as_json:
        print_json(info, found)
    elif as_csv or list_format is not None:
        print_list(info, found, list_format or "csv")
    else:
        print_table(info, found)


def find(film: FilmInfo, part: Part) -> tuple[Shot, ...]:
    """Walks the part of the film with a bar on stderr, where that is a terminal."""
    from tcvc_cli.cli.progress import bar_on
    from tcvc_cli.run.film.scan import shots_of

    console = console_for_people()
    look = partial(shots_of, film, start_s=part.start_s, end_s=part.end_s)
    if not console.is_terminal:
        return look()
    with bar_on(console) as bar:
        task = bar.add_task("looking for shots", total=film.frame_count or None)
        return look(progress=lambda frames: bar.update(task, completed=frames))


def print_json(film: FilmInfo, found: Sequence[Shot]) -> None:
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.cli.printed import ShotsPrinted

    write_record(ShotsPrinted(film.path, film.frame_rate, tuple(found), film.timecode), sys.stdout)


def print_list(film: FilmInfo, found: Sequence[Shot], name: FormatName) -> None:
    from tcvc_cli.run.shot_list.formats import format_called
    from tcvc_cli.run.shot_list.listing import listed

    sys.stdout.write(format_called(name).write(found, listed(film)))


def print_table(film: FilmInfo, found: Sequence[Shot]) -> None:
    clock = None if film.timecode is None else clock_of(film.frame_rate, film.timecode)
    heads: tuple[str, ...] = ("shot", "start", "stop", "frames", "from")
    rows = []
    for number, shot in enumerate(found, 1):
        at = clock_time(shot.start / film.frame_rate)
        code = () if clock is None else (str(clock.code(shot.start)),)
        rows.append((str(number), str(shot.start), str(shot.stop), str(len(shot)), at, *code))
    heads += () if clock is None else ("timecode",)
    print_rows(heads, rows, right=heads)
