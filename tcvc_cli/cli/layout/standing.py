"""How the films of a folder stand, for a person and for programs."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import TYPE_CHECKING

from tcvc_cli.cli.console import console_for_people, name, one_line
from tcvc_cli.cli.layout.tables import print_rows
from tcvc_cli.cli.ndjson import write_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcvc_cli.run.machines.folder.status import FilmStatus, FolderStatus, StatusTotal


def print_standing(folder: FolderStatus, *, is_json: bool) -> None:
    """A line for each film, and what they are together."""
    from tcvc_cli.run.machines.folder.status import total_of

    for path in folder.unreadable:
        console_for_people().print(f"warning: {name(path)} is no report, and is passed over")
    films = list(_said(folder.films()) if is_json else folder.films())
    total = total_of(films)
    if is_json:
        write_record(total, sys.stdout)
    else:
        _print_films(films)
        _print_total(total)


def length(seconds: Fraction) -> str:
    """In hours, minutes and seconds of film; nothing of what has none."""
    from tcvc_cli.cli.progress import clock_words

    return clock_words(float(seconds)) if seconds else ""


def _said(films: Iterable[FilmStatus]) -> Iterable[FilmStatus]:
    """Each on a line as soon as it is known."""
    for one in films:
        write_record(one, sys.stdout)
        yield one


def _print_films(films: Iterable[FilmStatus]) -> None:
    rows = []
    for one in films:
        where = "" if one.host is None else one_line(f"{one.host} {one.pid or ''}".strip())
        what = one.message if one.message is not None else one.output if one.state == "done" else ""
        shard = one.shard or ""
        rows.append((name(one.film), one.state, shard, where, length(one.length_s), one_line(what or "")))
    if rows:
        print_rows(("film", "state", "shard", "where", "length", "what"), rows, right=("length",))
        print()


def _print_total(total: StatusTotal) -> None:
    rows = [(state, str(count), length(total.length_s[state])) for state, count in total.films.items()]
    rows.append(("all", str(sum(total.films.values())), length(sum(total.length_s.values(), Fraction(0)))))
    print_rows(("state", "films", "length"), rows, right=("films", "length"))
