"""`tcvc shots`: where a film is cut."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tcvc_cli.cli import arguments as an
from tcvc_cli.cli.console import console_for_people, set_verbose
from tcvc_cli.cli.layout.tables import print_rows
from tcvc_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcvc_cli.records import FilmInfo, Shot


def shots(
    film: an.Film, *, as_json: an.Json = False, as_csv: an.Csv = False, verbose: an.Verbose = False
) -> None:
    """Print the shots of a film: half-open frame ranges between cuts."""
    if verbose:
        set_verbose()
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other")
    from tcvc_cli.media.read.probe import probe

    info = probe(film)
    found = find(info)
    if as_json:
        print_json(info, found)
    elif as_csv:
        print_csv(info, found)
    else:
        print_table(info, found)


def find(film: FilmInfo) -> tuple[Shot, ...]:
    """Walks the film with a bar on stderr, where that is a terminal."""
    from tcvc_cli.cli.progress import bar_on
    from tcvc_cli.run.film.scan import shots_of

    console = console_for_people()
    if not console.is_terminal:
        return shots_of(film)
    with bar_on(console) as bar:
        task = bar.add_task("looking for shots", total=film.frame_count or None)
        return shots_of(film, progress=lambda frames: bar.update(task, completed=frames))


def print_json(film: FilmInfo, found: Sequence[Shot]) -> None:
    from tcvc_cli.cli.ndjson import write_record
    from tcvc_cli.cli.printed import ShotsPrinted

    write_record(ShotsPrinted(film.path, film.frame_rate, tuple(found)), sys.stdout)


def print_csv(film: FilmInfo, found: Sequence[Shot]) -> None:
    from tcvc_cli.run.shot_list import write_csv

    write_csv(found, film.frame_rate, sys.stdout)


def print_table(film: FilmInfo, found: Sequence[Shot]) -> None:
    from tcvc_cli.run.shot_list import clock_time

    heads, rows = ("shot", "start", "stop", "frames", "from"), []
    for number, shot in enumerate(found, 1):
        at = clock_time(shot.start / film.frame_rate)
        rows.append((str(number), str(shot.start), str(shot.stop), str(len(shot)), at))
    print_rows(heads, rows, right=heads)
