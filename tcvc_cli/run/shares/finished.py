"""Segments that one process has finished for the others: their files, and a line about each, in the folder
of the film. The line comes last, so what has one is complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tcvc_cli.files import always, draft_of, is_plain, publish
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.resume.journal import Journal, SegmentRow, row_on_disk
from tcvc_cli.run.resume.work_folder import finished_path, mixed_path, segment_path

_MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Finished:
    key: str
    number: int
    row: SegmentRow


def hand_over(segments: Sequence[Segment], share: Journal, folder: Path) -> None:
    """From the folder of a share, whose journal has them, to that of the film. Raises as `draft_of` does."""
    rows = share.rows()
    share.refuse_lost()
    for one in segments:
        for path_of in (segment_path, mixed_path):
            file = path_of(share.folder, *one.id)
            if is_plain(file):
                publish(file, path_of(folder, *one.id), may_replace=always)
        line = finished_path(folder, *one.id)
        with draft_of(line, may_replace=always, folder=share.folder) as draft:
            draft.write_text(to_json(_Finished(*one.id, rows[one.id])), "ascii")
    share.forget(segments)


def handed_over(segments: Iterable[Segment], folder: Path) -> Iterator[tuple[Segment, SegmentRow]]:
    """Those of the segments that others have finished."""
    for one in segments:
        row = _row_of(one, folder)
        if row is not None and row == row_on_disk(folder, one, row.appraisal, row.machine):
            yield one, row


def _row_of(segment: Segment, folder: Path) -> SegmentRow | None:
    path = finished_path(folder, *segment.id)
    try:
        if not is_plain(path) or path.stat().st_size > _MOST_BYTES:
            return None
        found = from_json(_Finished, path.read_bytes())
    except (OSError, ValueError):
        return None
    return found.row if (found.key, found.number) == segment.id else None


def adopt(segments: Iterable[Segment], journal: Journal) -> None:
    """Into the journal of the film, what others have finished of it."""
    known = journal.rows()
    for one, row in handed_over(segments, journal.folder):
        if known.get(one.id) != row:
            journal.keep_row(one, row)
