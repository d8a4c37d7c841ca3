"""Segments that one process has finished for the others: their files, and a line about each, in the folder
of the film. The line comes last, so what has one is complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcvc_cli.files import always, draft_of, is_plain, publish
from tcvc_cli.reading import read_plain
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.vouching.rows import SegmentRow, has_sizes, is_as_stated, is_there_yet
from tcvc_cli.run.resume.vouching.sealed import sealed, unsealed
from tcvc_cli.run.resume.work_folder import finished_path, mixed_path, segment_path

_MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Finished:
    key: str
    number: int
    row: SegmentRow


def hand_over(segments: Sequence[Segment], share: Journal, folder: Path) -> None:
    """From the folder of a share, whose journal has them, to that of the film. Raises as `draft_of` does, and
    MediaError for what is damaged by now."""
    share.refuse_changed(segments)
    rows = share.rows()
    share.refuse_lost()
    for one in segments:
        for path_of in (segment_path, mixed_path):
            file = path_of(share.folder, *one.id)
            if is_plain(file):
                publish(file, path_of(folder, *one.id), may_replace=always)
        line = finished_path(folder, *one.id)
        with draft_of(line, may_replace=always, folder=share.folder) as draft:
            draft.write_text(sealed(_Finished(*one.id, rows[one.id]), line.name), "ascii")
    share.forget(segments)


def handed_over(segments: Iterable[Segment], folder: Path) -> Iterator[tuple[Segment, SegmentRow]]:
    """Those of the segments that others have finished, byte by byte."""
    for one in segments:
        row = _row_of(one, folder)
        if row is not None and is_as_stated(folder, one, row):
            yield one, row


def seem_handed_over(segments: Iterable[Segment], folder: Path) -> Iterator[Segment]:
    """The same, by their sizes: what others are at is not read for a count."""
    for one in segments:
        row = _row_of(one, folder)
        if row is not None and has_sizes(folder, one, row):
            yield one


def _row_of(segment: Segment, folder: Path) -> SegmentRow | None:
    path = finished_path(folder, *segment.id)
    try:
        found = unsealed(_Finished, read_plain(path, _MOST_BYTES, follows_links=False), path.name)
    except (OSError, ValueError):
        return None
    return found.row if (found.key, found.number) == segment.id else None


def adopt(segments: Iterable[Segment], journal: Journal) -> None:
    """Into the journal of the film, what others have finished of it."""
    known = journal.rows()
    for one in segments:
        row, is_told = _row_of(one, journal.folder), is_plain(finished_path(journal.folder, *one.id))
        if not is_told or (row is not None and known.get(one.id) == row):
            continue  # whether its own rows are right the journal sees for itself
        if row is not None and is_as_stated(journal.folder, one, row):
            journal.keep_row(one, row)
        elif is_there_yet(journal.folder, one):
            journal.set_aside("a segment")
