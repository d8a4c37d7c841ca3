"""The list of shots as a table that a person may edit: written by `tcvc shots`, read by `tcvc colorize`.

    shot,start_frame,stop_frame,start_time,end_time,dissolve_start,dissolve_stop
    1,0,48,0:00:00.000,0:00:02.000,,
    2,48,130,0:00:02.000,0:00:05.417,,
    3,130,192,0:00:05.417,0:00:08.000,122,138

`stop_frame` is the first frame of the next shot. Frames `dissolve_start` up to `dissolve_stop`, which is
the first one after it, are mixed of the shot before and this one; empty, or without these two columns, a
shot begins with a cut. The columns of frames count on reading; the others are for people. Where the film has
timecode, the columns `start_timecode` and `end_timecode` follow. Spreadsheets may save the list with
semicolons or tabs, and with a byte order mark.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TextIO

from tcvc_cli.plan.timecode import FilmClock, clock_of
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.run.shot_list.fitting import Span, fitted
from tcvc_cli.run.shot_list.listing import Entry, ListedFilm, Reading, ShotList, Text, text_of
from tcvc_cli.run.shot_list.table import Row, table_of
from tcvc_cli.settings.film.clock import clock_time

_NEEDED = ("start_frame", "stop_frame")
_DISSOLVE = ("dissolve_start", "dissolve_stop")
COLUMNS = ("shot", *_NEEDED, "start_time", "end_time", *_DISSOLVE)
TIMECODES = ("start_timecode", "end_timecode")


class CsvList:
    """The table of this module."""

    name = "csv"
    suffixes: tuple[str, ...] = (".csv", ".tsv", ".txt")

    def is_in(self, text: Text) -> bool:
        return bool(text.lines) and _NEEDED[0] in text.lines[0].lower()

    def check(self, film: ListedFilm) -> None:
        """Any film has one."""

    def read(self, text: Text, film: ListedFilm) -> ShotList:
        return _read(text)

    def write(self, shots: Sequence[Shot], film: ListedFilm) -> str:
        stream = io.StringIO()
        write_csv(shots, film.frame_rate, stream, film.timecode)
        return stream.getvalue()


def write_csv(
    shots: Sequence[Shot], frame_rate: Fraction, stream: TextIO, timecode: str | None = None
) -> None:
    """Write the shots, one a line. Times are frame number / `frame_rate` (frames a second); `timecode` is
    that of the film's first frame."""
    writer = csv.writer(stream, lineterminator="\n")
    clock = None if timecode is None else clock_of(frame_rate, timecode)
    writer.writerow(COLUMNS if clock is None else (*COLUMNS, *TIMECODES))
    for number, shot in enumerate(shots, start=1):
        times = (clock_time(frame / frame_rate) for frame in (shot.start, shot.stop))
        dissolve = shot.dissolve
        mixed = ("", "") if dissolve is None else (dissolve.start, dissolve.stop)
        writer.writerow((number, shot.start, shot.stop, *times, *mixed, *_codes(shot, clock)))


def _codes(shot: Shot, clock: FilmClock | None) -> tuple[str, ...]:
    return () if clock is None else (str(clock.code(shot.start)), str(clock.code(shot.stop)))


def read_csv(path: Path, frame_count: int) -> tuple[Shot, ...]:
    """The shots of an edited list; they cover `[0, frame_count)` without gap or overlap.

    Raises UnreadableInput when the file cannot be opened, and BadShotList, with the line number, when
    it is not such a list.
    """
    return fitted(path.name, _read(text_of(path)).readings, Span(0, frame_count))


def _read(text: Text) -> ShotList:
    table = table_of(text)
    table.refuse_without(_NEEDED)
    entries = tuple(Entry(row.where, _shot(row)) for row in table.rows())
    return ShotList((Reading(entries),), tuple(_unknown(text.name, table.columns)))


def _shot(row: Row) -> Shot:
    start, stop = (row.number(name) for name in _NEEDED)
    is_mixed = any(row.cells.get(name) for name in _DISSOLVE)
    dissolve = Dissolve(*(row.number(name) for name in _DISSOLVE)) if is_mixed else None
    return Shot(start, stop, dissolve=dissolve)


def _unknown(name: str, columns: Sequence[str]) -> Iterator[str]:
    """What a person may have misspelt."""
    known = (*COLUMNS, *TIMECODES)
    for column in (one for one in columns if one and one not in known):
        alike = [one for one in difflib.get_close_matches(column, known, 1, 0.8) if one not in columns]
        advice = f"; did you mean {alike[0]}?" if alike else ""
        yield f"{name}: the column {column[:40]!r} is unknown and counts for nothing{advice}"
