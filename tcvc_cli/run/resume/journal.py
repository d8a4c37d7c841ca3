"""What is finished of a film, on disk, so that a killed run can go on: a row for every segment.

    film     one row: the fingerprint, what it is made of, and when they were found the shots, with what the
             reading that found them has seen of the film's frames
    segment  one row each, by the fingerprint of its shot and its number in it: what its files hold, and what
             it leaves to the next one of the shot
    named    one row for each file that is about to get its name, so that a later run knows it again

A row is written when its files have reached the disk under their names, so a row without complete files, or
a file without a row, is never taken for a segment. No row depends on where in the film its shot stands.

Each entry is sealed, and each row has the SHA-256 of its files. Whatever is damaged counts as not there, so
that it is made again; a journal that is damaged as such, or not laid out as ours, is refused as it is opened.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

from tcvc_cli.errors import DiskFull, MediaError, OutputError
from tcvc_cli.files import is_plain
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.media.read.seen.frame_index import FrameIndex
from tcvc_cli.model.shot import ShotState
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.resume.fingerprint import Ingredients
from tcvc_cli.run.resume.source_file import Source
from tcvc_cli.run.resume.vouching.rows import (
    SegmentRow,
    is_as_stated,
    is_encoded_as_stated,
    is_there_yet,
    packed,
    row_name,
    row_on_disk,
    unpacked,
)
from tcvc_cli.run.resume.vouching.sealed import sealed, unsealed
from tcvc_cli.run.resume.work_folder import JOURNAL, segment_path
from tcvc_cli.run.shares.machine import Machine
from tcvc_cli.settings.reference import Reference

_LAYOUT = 5  # one more whenever a journal of before cannot be read as it is
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
_NOT_WRITTEN = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_TRUNCATE)
_TABLES = {name: sql.strip() for sql in _SCHEMA.split(";")[:-1] for name in (sql.split()[2],)}
T = TypeVar("T")
Finished = Mapping[tuple[str, int], SegmentRow]


@dataclass(frozen=True, slots=True)
class Begun:
    """Which film the journal is about, and how it is made."""

    fingerprint: str
    made_of: Ingredients
    source: Source


@dataclass(frozen=True, slots=True)
class _Found:
    references: tuple[Reference, ...]


class Journal:
    """The journal in `folder`; a context manager. Raises DiskFull or OutputError when it cannot be kept.

    `refuse_lost` is called before anything is written, and may raise OutputBusy: whoever has lost the folder
    to somebody else enters nothing any more. `refuse_changed` is called before a segment is entered: of a
    film that is not what it was nothing is.
    """

    def __init__(
        self,
        folder: Path,
        refuse_lost: Callable[[], None] = lambda: None,
        refuse_changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder, self.refuse_lost, self._refuse_changed_film = folder, refuse_lost, refuse_changed
        self._damaged = Counter[str]()
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
            raise self._meaning(error) from error

    def _meaning(self, error: Exception) -> OutputError:
        """What the data base says of a full disk, of one that fails, and of what is damaged."""
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_FULL:
            return DiskFull(f"no room left for the journal in {self.folder}")
        if code in _NOT_WRITTEN:
            advice = "See whether the disk is well, and files may be as large (ulimit); then go on."
            return OutputError(f"the journal in {self.folder} cannot be written: {error}", advice)
        words = f"the journal in {self.folder} cannot be used: {error}"
        return OutputError(words, "Start afresh with {is_fresh}.")

    @contextmanager
    def _entering(self) -> Iterator[None]:
        self.refuse_lost()
        with self._asking():
            yield

    def begun(self) -> Begun | None:
        """None in a new journal. Raises OutputError for one that is damaged, or of another layout."""
        with self._asking():
            tables = dict(self._db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
            if "film" not in tables:
                return None
            if self._db.execute("PRAGMA user_version").fetchone()[0] != _LAYOUT or tables != _TABLES:
                raise OutputError(f"the journal in {self.folder} is of another version of tcvc")
            if self._db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise OutputError(f"the journal in {self.folder} is damaged")
            found = self._db.execute("SELECT begun FROM film").fetchone()
            return None if found is None else unsealed(Begun, found[0], "begun")

    def begin(self, about: Begun) -> None:
        """A new journal about one film."""
        with self._entering():
            self._db.execute("BEGIN")
            for statement in _TABLES.values():
                self._db.execute(statement)
            self._db.execute("INSERT INTO film (id, begun) VALUES (1, ?)", (sealed(about, "begun"),))
            self._db.execute(f"PRAGMA user_version = {_LAYOUT}")
            self._db.execute("COMMIT")

    def go_on(self, about: Begun) -> None:
        """The film is made as before; it may have been touched or moved, and its file looks so. A journal
        that cannot be written is found before the work."""
        with self._entering():
            self._db.execute("UPDATE film SET begun = ?", (sealed(about, "begun"),))

    def begin_again(self, about: Begun, *, has_same_shots: bool) -> None:
        """The film is made in another way from here on. Segments stay, for there may be shots that it does
        not touch; files that have got their names are none of this run's."""
        with self._entering():
            self._db.execute("BEGIN")
            self._db.execute("UPDATE film SET begun = ?, refs = NULL", (sealed(about, "begun"),))
            if not has_same_shots:
                self._db.execute("UPDATE film SET scan = NULL, frame_index = NULL")
            self._db.execute("DELETE FROM named")
            self._db.execute("COMMIT")

    def scan(self, film: FilmInfo) -> Scan | None:
        """The shots of `film`, when they were found before; it may be called otherwise by now."""
        found = self._entry("scan", Scan, "list of shots")
        return None if found is None else replace(found, film=replace(found.film, path=film.path))

    def frame_index(self) -> FrameIndex | None:
        """What the reading that found the shots saw; None where it saw nothing that leads anywhere."""
        return self._entry("frame_index", FrameIndex, "index of the film's frames")

    def keep_scan(self, found: Scan, index: FrameIndex | None) -> None:
        row = (sealed(found, "scan"), None if index is None else sealed(index, "frame_index"))
        with self._entering():
            self._db.execute("UPDATE film SET scan = ?, frame_index = ?", row)

    def references(self) -> tuple[Reference, ...] | None:
        """What the pictures that were given were found to be; None where nobody has looked."""
        found = self._entry("refs", _Found, "list of references")
        return None if found is None else found.references

    def keep_references(self, references: tuple[Reference, ...]) -> None:
        with self._entering():
            self._db.execute("UPDATE film SET refs = ?", (sealed(_Found(references), "refs"),))

    def _entry(self, column: str, kind: type[T], what: str) -> T | None:
        with self._asking():
            text = self._db.execute(f"SELECT {column} FROM film").fetchone()[0]
        try:
            return None if text is None else unsealed(kind, text, column)
        except ValueError:
            self.set_aside(what)
            return None

    def set_aside(self, what: str, count: int = 1) -> None:
        """Something that was kept is damaged, and is to be made again."""
        self._damaged[what] += count

    def take_damage(self) -> str | None:
        """One line about all that was set aside since somebody asked; None where nothing was."""
        damaged, self._damaged = self._damaged, Counter[str]()
        if not damaged:
            return None
        every = ", ".join(what if count == 1 else f"{count} times {what}" for what, count in damaged.items())
        return f"of what an earlier run kept in {self.folder}, this is damaged and is made again: {every}"

    def keep_recovered(
        self, segment: Segment, appraisal: Appraisal | None, machine: Machine | None = None
    ) -> None:
        """The segment's file was cut out of a finished result, which states its `appraisal` and the `machine`
        that made it: what it left to the next one of its shot, and the colours of a dissolve, are gone."""
        row = row_on_disk(self.folder, segment, appraisal, machine, has_mixed=False)
        if row is None:
            raise OutputError(f"a segment of {self.folder} is gone", "Run the same command again.")
        self.keep_row(segment, row)

    def keep_row(self, segment: Segment, row: SegmentRow) -> None:
        """Files that others have made are in the folder; what they left to the next one of their shot is not
        known."""
        with self._entering():
            self._db.execute(
                "INSERT OR REPLACE INTO segment VALUES (?, ?, ?, NULL)",
                (*segment.id, sealed(row, row_name(segment.id))),
            )

    def kept(self, segments: Iterable[Segment]) -> tuple[Segment, ...]:
        """Those that are complete, and hold what they held when they were entered. Of a shot that is not
        complete: the first ones, if the next can go on from them."""
        rows = self.rows()
        by_key = groupby(sorted(segments, key=lambda one: one.id), key=lambda one: one.key)
        return tuple(one for _, ones in by_key for one in self._kept_of_one(list(ones), rows))

    def refuse_changed(self, segments: Iterable[Segment]) -> None:
        """Raises MediaError where the frames of a segment are not those that were entered."""
        rows = self.rows()
        for one in segments:
            row = rows.get(one.id)
            if row is None or not is_encoded_as_stated(self.folder, one, row):
                name = segment_path(self.folder, *one.id).name
                raise MediaError(
                    f"{name} in {self.folder} was damaged while the film was coloured",
                    "Run the same command again, which makes it anew; look after the disk.",
                )

    def rows(self) -> Finished:
        """Of every segment, by its key and number."""
        with self._asking():
            found = self._db.execute("SELECT key, number, row FROM segment").fetchall()
        rows = dict[tuple[str, int], SegmentRow]()
        for key, number, text in found:
            with suppress(ValueError):
                rows[key, number] = unsealed(SegmentRow, text, row_name((key, number)))
        return rows

    def _kept_of_one(self, segments: Sequence[Segment], rows: Finished) -> Sequence[Segment]:
        """Of one key, in order."""
        count = 0
        while count < len(segments) and self._is_kept(segments[count], rows):
            count += 1
        while 0 < count < len(segments) and not self._leads_on(segments[count - 1]):
            count -= 1
        return segments[:count]

    def _is_kept(self, segment: Segment, rows: Finished) -> bool:
        row = rows.get(segment.id)
        if row is not None and is_as_stated(self.folder, segment, row):
            return True
        if is_there_yet(self.folder, segment) and self._has_row(segment):
            self.set_aside("a segment")
        return False

    def _has_row(self, segment: Segment) -> bool:
        return self._stored("key", segment.id) is not None

    def _leads_on(self, segment: Segment) -> bool:
        """Whether the next one of its shot can go on from it."""
        state = self._stored("state", segment.id)
        if state is None:
            return False
        try:
            unpacked(state, row_name(segment.id))
        except ValueError:
            self.set_aside("what one segment left to the next")
            return False
        return True

    def _stored(self, column: str, segment: tuple[str, int]) -> Any:
        with self._asking():
            asked = self._db.execute(
                f"SELECT {column} FROM segment WHERE key = ? AND number = ?", segment
            ).fetchone()
        return None if asked is None else asked[0]

    def keep(
        self,
        segment: Segment,
        state: ShotState | None,
        appraisal: Appraisal | None = None,
        machine: Machine | None = None,
    ) -> None:
        """The segment's files are complete, `machine` has made them; it leaves `state` to the next one of its
        shot. What earlier ones left is not needed any more."""
        key, number = segment.id
        found, name = row_on_disk(self.folder, segment, appraisal, machine), row_name(segment.id)
        if found is None:
            raise OutputError(f"a segment of {self.folder} is gone", "Run the same command again.")
        self._refuse_changed_film()
        row = (key, number, sealed(found, name), packed(state, name))
        with self._entering():
            self._db.execute("BEGIN")
            self._db.execute("DELETE FROM segment WHERE key = ? AND number >= ?", (key, number))
            self._db.execute("UPDATE segment SET state = NULL WHERE key = ?", (key,))
            self._db.execute("INSERT INTO segment VALUES (?, ?, ?, ?)", row)
            self._db.execute("COMMIT")

    def forget(self, segments: Iterable[Segment]) -> None:
        """Their files are not in the folder any more."""
        with self._entering():
            self._db.execute("BEGIN")
            self._db.executemany(
                "DELETE FROM segment WHERE key = ? AND number = ?", [one.id for one in segments]
            )
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
        before = segment.key, segment.number - 1
        with self._asking():
            return unpacked(self._stored("state", before), row_name(before))

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
