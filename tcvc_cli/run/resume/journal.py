"""What is finished of a film, on disk, so that a killed run can go on: a row for every segment.

    film     one row: the fingerprint, what it is made of, and when they were found the shots, with what the
             reading that found them has seen of the film's frames
    segment  one row each, by the fingerprint of its shot and its number in it: what its files hold, and what
             it leaves to the next one of the shot
    named    one row for each file that is about to get its name, so that a later run knows it again

A row is written when its files have reached the disk under their names, so a row without complete files, or
a file without a row, is never taken for a segment. No row depends on where in the film its shot stands.
"""

from __future__ import annotations

import io
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Self
from urllib.parse import quote

import numpy as np

from tcvc_cli.errors import DiskFull, OutputError
from tcvc_cli.files import is_plain
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.media.read.seen.frame_index import FrameIndex
from tcvc_cli.model.shot import ShotState
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.resume.fingerprint import Ingredients
from tcvc_cli.run.resume.source_file import Source
from tcvc_cli.run.resume.work_folder import JOURNAL, mixed_path, segment_path
from tcvc_cli.settings.reference import Reference

_LAYOUT = 4  # one more whenever a journal of before cannot be read as it is
_SCHEMA = """
CREATE TABLE film (
    id INTEGER PRIMARY KEY CHECK (id = 1), begun TEXT NOT NULL, scan TEXT, frame_index TEXT,
    refs TEXT
) STRICT;
CREATE TABLE segment (
    key TEXT NOT NULL, number INTEGER NOT NULL, row TEXT NOT NULL, state BLOB, PRIMARY KEY (key, number)
) STRICT;
CREATE TABLE named (mark TEXT PRIMARY KEY) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """Which film the journal is about, and how it is made."""

    fingerprint: str
    made_of: Ingredients
    source: Source


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A finished segment: the frames `[start, stop)` of its file, its size, and that of the file with the
    colours of a dissolve; None where there is no such file. `appraisal` is of these frames."""

    start: int
    stop: int
    size_bytes: int | None
    mixed_bytes: int | None
    appraisal: Appraisal | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    references: tuple[Reference, ...]


class Journal:
    """The journal in `folder`; a context manager. Raises DiskFull or OutputError when it cannot be kept.

    `refuse_lost` is called before anything is written, and may raise OutputBusy: whoever has lost the folder
    to somebody else enters nothing any more.
    """

    def __init__(self, folder: Path, refuse_lost: Callable[[], None] = lambda: None) -> None:
        self.folder, self.refuse_lost = folder, refuse_lost
        with self._asking():
            # Nobody else may read it, so that it needs no shared memory and works on a network disk.
            # The thread that puts the result together marks it, while the one that opened this waits.
            self._db = sqlite3.connect(
                _address(folder / JOURNAL), isolation_level=None, check_same_thread=False, uri=True
            )
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
                self._db.execute(f"PRAGMA {pragma}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._db.close()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise DiskFull(f"no room left for the journal in {self.folder}") from error
            raise OutputError(
                f"the journal in {self.folder} cannot be used: {error}", "Start afresh with {is_fresh}."
            ) from error

    @contextmanager
    def _entering(self) -> Iterator[None]:
        self.refuse_lost()
        with self._asking():
            yield

    def begun(self) -> Begun | None:
        """None in a new journal."""
        with self._asking():
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'film'").fetchone():
                return None
            if self._db.execute("PRAGMA user_version").fetchone()[0] != _LAYOUT:
                raise OutputError(f"the journal in {self.folder} is of another version of tcvc")
            found = self._db.execute("SELECT begun FROM film").fetchone()
            return None if found is None else from_json(Begun, found[0])

    def begin(self, about: Begun) -> None:
        """A new journal about one film."""
        with self._entering():
            self._db.execute("BEGIN")
            for statement in _SCHEMA.split(";")[:-1]:
                self._db.execute(statement)
            self._db.execute("INSERT INTO film (id, begun) VALUES (1, ?)", (to_json(about),))
            self._db.execute(f"PRAGMA user_version = {_LAYOUT}")
            self._db.execute("COMMIT")

    def begin_again(self, about: Begun, *, has_same_shots: bool) -> None:
        """The film is made in another way from here on. Segments stay, for there may be shots that it does
        not touch; files that have got their names are none of this run's."""
        with self._entering():
            self._db.execute("BEGIN")
            self._db.execute("UPDATE film SET begun = ?, refs = NULL", (to_json(about),))
            if not has_same_shots:
                self._db.execute("UPDATE film SET scan = NULL, frame_index = NULL")
            self._db.execute("DELETE FROM named")
            self._db.execute("COMMIT")

    def scan(self, film: FilmInfo) -> Scan | None:
        """The shots of `film`, when they were found before; it may be called otherwise by now."""
        with self._asking():
            text = self._db.execute("SELECT scan FROM film").fetchone()[0]
            if text is None:
                return None
            found = from_json(Scan, text)
        return replace(found, film=replace(found.film, path=film.path))

    def frame_index(self) -> FrameIndex | None:
        """What the reading that found the shots saw; None where it saw nothing that leads anywhere."""
        with self._asking():
            text = self._db.execute("SELECT frame_index FROM film").fetchone()[0]
            return None if text is None else from_json(FrameIndex, text)

    def keep_scan(self, found: Scan, index: FrameIndex | None) -> None:
        row = (to_json(found), None if index is None else to_json(index))
        with self._entering():
            self._db.execute("UPDATE film SET scan = ?, frame_index = ?", row)

    def references(self) -> tuple[Reference, ...] | None:
        """What the pictures that were given were found to be; None where nobody has looked."""
        with self._asking():
            text = self._db.execute("SELECT refs FROM film").fetchone()[0]
            return None if text is None else from_json(_Found, text).references

    def keep_references(self, references: tuple[Reference, ...]) -> None:
        with self._entering():
            self._db.execute("UPDATE film SET refs = ?", (to_json(_Found(references)),))

    def keep_recovered(self, segment: Segment, appraisal: Appraisal | None) -> None:
        """The segment's file was cut out of a finished result, which states its `appraisal`: what it left to
        the next one of its shot, and the colours of a dissolve, are gone."""
        file = segment_path(self.folder, *segment.id)
        size = file.stat().st_size if segment.frame_count else None
        row = (*segment.id, to_json(SegmentRow(segment.start, segment.stop, size, None, appraisal)))
        with self._entering():
            self._db.execute("INSERT OR REPLACE INTO segment VALUES (?, ?, ?, NULL)", row)

    def kept(self, segments: Iterable[Segment]) -> tuple[Segment, ...]:
        """Those that are complete. Of a shot that is not: the first ones, if the next can go on from them."""
        finished = self._finished()
        by_key = groupby(sorted(segments, key=lambda one: one.id), key=lambda one: one.key)
        return tuple(one for _, ones in by_key for one in self._kept_of_one(list(ones), finished))

    def rows(self) -> Mapping[tuple[str, int], SegmentRow]:
        """Of every segment, by its key and number."""
        return {one: row for one, (row, _) in self._finished().items()}

    def _finished(self) -> Mapping[tuple[str, int], tuple[SegmentRow, bool]]:
        """Every row, and whether it has what it leaves to the next one."""
        with self._asking():
            rows = self._db.execute("SELECT key, number, row, state IS NOT NULL FROM segment").fetchall()
            return {
                (key, number): (from_json(SegmentRow, row), bool(has_state))
                for key, number, row, has_state in rows
            }

    def _kept_of_one(
        self, segments: Sequence[Segment], finished: Mapping[tuple[str, int], tuple[SegmentRow, bool]]
    ) -> Sequence[Segment]:
        """Of one key, in order."""
        count = 0
        while count < len(segments):
            segment = segments[count]
            row, _ = finished.get(segment.id, (None, False))
            if row is None or row != self._row_on_disk(segment, row.appraisal):
                break
            count += 1
        while 0 < count < len(segments) and not finished[segments[count - 1].id][1]:
            count -= 1
        return segments[:count]

    def _row_on_disk(self, segment: Segment, appraisal: Appraisal | None) -> SegmentRow | None:
        """As its row must be, by its files; None where one is missing."""
        files = segment_path(self.folder, *segment.id), mixed_path(self.folder, *segment.id)
        wanted = segment.frame_count > 0, segment.has_mixed_frames
        if any(is_wanted and not file.is_file() for file, is_wanted in zip(files, wanted, strict=True)):
            return None
        size, mixed_size = (
            file.stat().st_size if is_wanted else None for file, is_wanted in zip(files, wanted, strict=True)
        )
        return SegmentRow(segment.start, segment.stop, size, mixed_size, appraisal)

    def keep(self, segment: Segment, state: ShotState | None, appraisal: Appraisal | None = None) -> None:
        """The segment's files are complete; it leaves `state` to the next one of its shot. What earlier ones
        left is not needed any more."""
        key, number = segment.id
        row = (key, number, to_json(self._row_on_disk(segment, appraisal)), _packed(state))
        with self._entering():
            self._db.execute("BEGIN")
            self._db.execute("DELETE FROM segment WHERE key = ? AND number >= ?", (key, number))
            self._db.execute("UPDATE segment SET state = NULL WHERE key = ?", (key,))
            self._db.execute("INSERT INTO segment VALUES (?, ?, ?, ?)", row)
            self._db.execute("COMMIT")

    def forget_all_but(self, kept: Iterable[Segment]) -> None:
        """Rows of other segments."""
        there = {one.id for one in kept}
        with self._entering():
            rows = self._db.execute("SELECT key, number FROM segment").fetchall()
            stale = [row for row in rows if row not in there]
            self._db.execute("BEGIN")
            self._db.executemany("DELETE FROM segment WHERE key = ? AND number = ?", stale)
            self._db.execute("COMMIT")

    def state_before(self, segment: Segment) -> ShotState | None:
        """What the one before it in its shot left to this one; None where nothing was."""
        if segment.number == 0:
            return None
        with self._asking():
            row = self._db.execute(
                "SELECT state FROM segment WHERE key = ? AND number = ?", (segment.key, segment.number - 1)
            )
            return _unpacked(row.fetchone()[0])

    def segment_count(self) -> int:
        with self._asking():
            return int(self._db.execute("SELECT count(*) FROM segment").fetchone()[0])

    def is_worth_keeping(self) -> bool:
        """Whether a later run would be glad of it."""
        with self._asking():
            has_mark = self._db.execute("SELECT 1 FROM named").fetchone() is not None
        return has_mark or self.segment_count() > 0

    def mark(self, draft: Path) -> None:
        """`draft` is complete and about to get its name; from here on it can be told from others."""
        with self._entering():
            self._db.execute("INSERT OR IGNORE INTO named VALUES (?)", (_mark(draft),))

    def is_marked(self, path: Path) -> bool:
        """Whether `path` is a file that a run with this journal put there."""
        if not is_plain(path):
            return False
        with self._asking():
            row = self._db.execute("SELECT 1 FROM named WHERE mark = ?", (_mark(path),))
            return row.fetchone() is not None


def _mark(path: Path) -> str:
    """A file keeps these when it is renamed, and another one has others."""
    stat = path.lstat()
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns}"


def _address(path: Path) -> str:
    """Without the locks of SQLite: whoever opens a journal has its folder, and a disk may know none, or keep
    those of a host that is dead."""
    vfs = "" if sys.platform == "win32" else "?vfs=unix-none"
    return f"file://{quote(os.fsencode(path.absolute().as_posix()))}{vfs}"


def _packed(state: ShotState | None) -> bytes:
    """Empty when nothing is left to others, so that it can be told from what is gone."""
    if state is None:
        return b""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **asdict(state))
    return file.getvalue()


def _unpacked(packed: bytes) -> ShotState | None:
    if not packed:
        return None
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        return ShotState(int(arrays["start"]), arrays["shares"], arrays["before"], arrays["given"])
