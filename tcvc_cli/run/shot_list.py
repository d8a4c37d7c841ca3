"""The list of shots as a table that a person may edit: written by `tcvc shots`, read by `tcvc colorize`.

    shot,start_frame,stop_frame,start_time,end_time,dissolve_start,dissolve_stop
    1,0,48,0:00:00.000,0:00:02.000,,
    2,48,130,0:00:02.000,0:00:05.417,,
    3,130,192,0:00:05.417,0:00:08.000,122,138

`stop_frame` is the first frame of the next shot. Frames `dissolve_start` up to `dissolve_stop`, which is
the first one after it, are mixed of the shot before and this one; empty, or without these two columns, a
shot begins with a cut. The columns of frames count on reading; the others are for people. Spreadsheets
may save the list with semicolons or tabs, and with a byte order mark.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TextIO

from tcvc_cli.errors import BadShotList, UnreadableInput
from tcvc_cli.plan.takes import with_room
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.settings.film.clock import clock_time as clock_time

_NEEDED = ("start_frame", "stop_frame")
_DISSOLVE = ("dissolve_start", "dissolve_stop")
COLUMNS = ("shot", *_NEEDED, "start_time", "end_time", *_DISSOLVE)


def write_csv(shots: Sequence[Shot], frame_rate: Fraction, stream: TextIO) -> None:
    """Write the shots, one a line. Times are frame number / `frame_rate` (frames a second)."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, shot in enumerate(shots, start=1):
        times = (clock_time(frame / frame_rate) for frame in (shot.start, shot.stop))
        dissolve = shot.dissolve
        mixed = ("", "") if dissolve is None else (dissolve.start, dissolve.stop)
        writer.writerow((number, shot.start, shot.stop, *times, *mixed))


def read_csv(path: Path, frame_count: int) -> tuple[Shot, ...]:
    """The shots of an edited list; they cover `[0, frame_count)` without gap or overlap.

    Raises UnreadableInput when the file cannot be opened, and BadShotList, with the line number, when
    it is not such a list.
    """
    shots: list[Shot] = []
    for line, shot in _rows(path):
        where = f"{path.name}, line {line}"
        _check_next(shot, shots[-1].stop if shots else 0, where)
        shots.append(shot)
        _check_dissolve(shots, where)
    _check_end(shots, frame_count, path.name)
    return tuple(shots)


def _check_next(shot: Shot, expected_start: int, where: str) -> None:
    if shot.stop <= shot.start:
        raise BadShotList(f"{where}: the shot ends at frame {shot.stop}, not after its start {shot.start}")
    if shot.start != expected_start:
        fault = "leaves a gap" if shot.start > expected_start else "overlaps the shot before it"
        raise BadShotList(
            f"{where}: the shot starts at frame {shot.start} and {fault}; expected {expected_start}"
        )


def _check_dissolve(shots: Sequence[Shot], where: str) -> None:
    """Of the last of the shots; it must be one that can be kept as it is."""
    mixed = shots[-1].dissolve
    if mixed is None:
        return
    words = f"{where}: the dissolve of frames {mixed.start} to {mixed.stop}"
    if len(shots) == 1:
        raise BadShotList(f"{words} has no shot before it")
    if not mixed.start <= shots[-1].start <= mixed.stop or mixed.start == mixed.stop:
        raise BadShotList(f"{words} is not where the shot starts, at frame {shots[-1].start}")
    if with_room(shots)[-1] != shots[-1]:
        raise BadShotList(f"{words} reaches too far into the shot before it or this one")


def _check_end(shots: Sequence[Shot], frame_count: int, name: str) -> None:
    if not shots:
        raise BadShotList(f"{name}: holds no shot")
    if shots[-1].stop != frame_count:
        raise BadShotList(f"{name}: the last shot ends at frame {shots[-1].stop}, the film at {frame_count}")


def _rows(path: Path) -> Iterator[tuple[int, Shot]]:
    """Line number (from 1) and shot of each row that holds something."""
    lines = _lines(path)
    if not lines:
        raise BadShotList(f"{path.name}: is empty")
    reader = csv.reader(lines, delimiter=_delimiter(lines[0]))
    header = [name.strip().lower() for name in next(reader)]
    if missing := [name for name in _NEEDED if name not in header]:
        raise BadShotList(f"{path.name}, line 1: no column {' and no column '.join(missing)}")
    for row in _parsed(reader, path.name):
        if any(cell.strip() for cell in row):
            cells = dict(zip(header, map(str.strip, row), strict=False))
            where = f"{path.name}, line {reader.line_num}"
            start, stop = (_number(cells.get(name, ""), where) for name in _NEEDED)
            yield reader.line_num, Shot(start, stop, dissolve=_dissolve(cells, where))


def _dissolve(cells: Mapping[str, str], where: str) -> Dissolve | None:
    texts = [cells.get(name, "") for name in _DISSOLVE]
    return Dissolve(*(_number(text, where) for text in texts)) if any(texts) else None


def _parsed(reader: Iterator[list[str]], name: str) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise BadShotList(f"{name}: is not a table ({error})") from error


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UnreadableInput(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadShotList(f"{path.name}: is not text in UTF-8") from error


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _number(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        shown = f"'{text[:20]}'" if text else "nothing"
        raise BadShotList(f"{where}: a frame number was expected, not {shown}")
    return int(text)
