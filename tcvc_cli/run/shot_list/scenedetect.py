"""The scene list of PySceneDetect (`list-scenes`), versions 0.5 and later.

Its first line may be a list of the cuts, "Timecode List:", unless it was told to skip them; then comes the
header. "Start Frame" counts from 1 and "End Frame" is the last one that belongs to the scene (before 0.6 the
first frame was 0). It knows no dissolves: a shot begins in the middle of one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain

from tcvc_cli.errors import BadShotList
from tcvc_cli.records import Shot
from tcvc_cli.run.shot_list.listing import Entry, ListedFilm, Reading, ShotList, Text
from tcvc_cli.run.shot_list.table import table_of

_CUTS = "Timecode List:"
_START, _END = "start frame", "end frame"
_OF_EACH_END = ("Frame", "Timecode", "Time (seconds)")
_HEADER = (
    "Scene Number",
    *(f"{end} {what}" for end in ("Start", "End") for what in _OF_EACH_END),
    *(f"Length ({unit})" for unit in ("frames", "timecode", "seconds")),
)


class SceneDetectList:
    """PySceneDetect's table of scenes."""

    name = "scenedetect"
    suffixes: tuple[str, ...] = ()  # .csv, as other tables

    def is_in(self, text: Text) -> bool:
        return any(_START in line.lower() and _END in line.lower() for line in text.lines[:2])

    def check(self, film: ListedFilm) -> None:
        """Any film has one."""

    def read(self, text: Text, film: ListedFilm) -> ShotList:
        has_cuts = bool(text.lines) and text.lines[0].lower().startswith(_CUTS.lower())
        table = table_of(text, 2 if has_cuts else 1)
        table.refuse_without((_START, _END))
        rows = [(row.where, row.number(_START), row.number(_END)) for row in table.rows()]
        first = 0 if rows and rows[0][1] == 0 else 1
        if any(start < first for _, start, _ in rows):
            raise BadShotList(f"{text.name}: a scene starts at frame 0, and the first one at frame 1")
        entries = (Entry(where, Shot(start - first, end)) for where, start, end in rows)
        return ShotList((Reading(tuple(entries)),))

    def write(self, shots: Sequence[Shot], film: ListedFilm) -> str:
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow((_CUTS, *(_clock(shot.start / film.frame_rate) for shot in shots[1:])))
        writer.writerow(_HEADER)
        for number, shot in enumerate(shots, 1):
            writer.writerow(chain((number,), _cells(shot, film.frame_rate)))
        return stream.getvalue()


def _cells(shot: Shot, frame_rate: Fraction) -> Iterator[str | int]:
    for number, frames in ((shot.start + 1, shot.start), (shot.stop, shot.stop), (len(shot), len(shot))):
        time_s = frames / frame_rate
        yield from (number, _clock(time_s), f"{float(time_s):.3f}")


def _clock(time_s: Fraction) -> str:
    minutes, milliseconds = divmod(round(time_s * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
