"""What is finished of a film, on disk, so that a killed run can go on: a row for every segment.

    film     one row: fingerprint, what it is made of, input and output, the shots
    segment  one row each: frames, bytes of its file, what it hands over to the next one
    named    one row for each file that is about to get its name, so that a later run knows it again

A row is written when its file has reached the disk under its name, so a row without a whole file, or a
file without a row, is never taken for a segment.
"""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from tcvc_cli.errors import DiskFull, OutputError
from tcvc_cli.files import is_plain
from tcvc_cli.model.shot import ShotState
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.records import FilmInfo
from tcvc_cli.run.film.coloring import Handover
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.resume.fingerprint import Ingredients
from tcvc_cli.run.resume.source_file import Source
from tcvc_cli.run.resume.work_folder import JOURNAL, segment_path

_SCHEMA = """
CREATE TABLE film (
    id INTEGER PRIMARY KEY CHECK (id = 1), fingerprint TEXT NOT NULL, ingredients TEXT NOT NULL,
    source TEXT NOT NULL, input BLOB NOT NULL, output BLOB NOT NULL, scan TEXT
) STRICT;
CREATE TABLE segment (
    number INTEGER PRIMARY KEY, start INTEGER NOT NULL, stop INTEGER NOT NULL, bytes INTEGER NOT NULL,
    handover BLOB
) STRICT;
CREATE TABLE named (mark TEXT PRIMARY KEY) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """Which film the journal is about; `ingredients` is the canonical JSON of the fingerprint."""

    fingerprint: str
    ingredients: str
    source: Source
    input: Path
    output: Path


class Journal:
    """The journal in `folder`; a context manager. Raises DiskFull or OutputError when it cannot be kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with self._asking():
            # Nobody else may read it, so that it needs no shared memory and works on a network disk.
            self._db = sqlite3.connect(folder / JOURNAL, isolation_level=None)
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

    def begun(self) -> Begun | None:
        """None in a new journal."""
        with self._asking():
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'film'").fetchone():
                return None
            self._db.execute("SELECT 1 FROM named")  # journals of before had none
            row = self._db.execute("SELECT fingerprint, ingredients, source, input, output FROM film")
            found = row.fetchone()
            if found is None:
                return None
            fingerprint, ingredients, source, *paths = found
            input_path, output = (Path(os.fsdecode(path)) for path in paths)
            return Begun(fingerprint, ingredients, from_json(Source, source), input_path, output)

    def begin(self, made_of: Ingredients, source: Source, paths: tuple[Path, Path]) -> None:
        """A new journal about one film; `paths` are input and output."""
        row = (made_of.fingerprint, made_of.as_json, to_json(source), *map(_bytes, paths))
        with self._asking():
            self._db.execute("BEGIN")
            for statement in _SCHEMA.split(";")[:-1]:
                self._db.execute(statement)
            self._db.execute(
                "INSERT INTO film (id, fingerprint, ingredients, source, input, output)"
                " VALUES (1, ?, ?, ?, ?, ?)",
                row,
            )
            self._db.execute("COMMIT")

    def scan(self, film: FilmInfo) -> Scan | None:
        """The shots of `film`, when they were found before; it may be called otherwise by now."""
        with self._asking():
            text = self._db.execute("SELECT scan FROM film").fetchone()[0]
            if text is None:
                return None
            found = from_json(Scan, text)
        return replace(found, film=replace(found.film, path=film.path))

    def keep_scan(self, found: Scan) -> None:
        with self._asking():
            self._db.execute("UPDATE film SET scan = ?", (to_json(found),))

    def kept(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """The first of the segments, as far as all are whole and the next one can go on from them."""
        with self._asking():
            rows = self._db.execute("SELECT start, stop, bytes FROM segment ORDER BY number").fetchall()
        count = 0
        for segment, row in zip(segments, rows, strict=False):
            file = segment_path(self.folder, segment.number)
            if not file.is_file() or row != (segment.start, segment.stop, file.stat().st_size):
                break
            count += 1
        while 0 < count < len(segments) and not self._can_go_on(segments[count]):
            count -= 1
        return tuple(segments[:count])

    def _can_go_on(self, segment: Segment) -> bool:
        """Whether what the segment needs of the one before it is here, if it needs anything."""
        if segment.stands_alone:
            return True
        with self._asking():
            row = self._db.execute(
                "SELECT handover IS NOT NULL FROM segment WHERE number = ?", (segment.number - 1,)
            ).fetchone()
        return bool(row and row[0])

    def keep(self, segment: Segment, size_bytes: int, handover: Handover | None) -> None:
        """The segment's file is whole. What earlier ones handed over is not needed any more."""
        row = (segment.number, segment.start, segment.stop, size_bytes, _packed(handover))
        with self._asking():
            self._db.execute("BEGIN")
            self._db.execute("DELETE FROM segment WHERE number >= ?", (segment.number,))
            self._db.execute("UPDATE segment SET handover = NULL")
            self._db.execute("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", row)
            self._db.execute("COMMIT")

    def handover(self, segment: Segment) -> Handover | None:
        """What the segment with the number before left to this one; None where nothing was."""
        if segment.stands_alone:
            return None
        with self._asking():
            row = self._db.execute("SELECT handover FROM segment WHERE number = ?", (segment.number - 1,))
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
        """`draft` is whole and about to get its name; from here on it can be told from others."""
        with self._asking():
            self._db.execute("INSERT OR IGNORE INTO named VALUES (?)", (_mark(draft),))

    def is_marked(self, path: Path) -> bool:
        """Whether `path` is a file that a run with this journal put there."""
        if not is_plain(path):
            return False
        with self._asking():
            row = self._db.execute("SELECT 1 FROM named WHERE mark = ?", (_mark(path),))
            return row.fetchone() is not None


def _bytes(path: Path) -> bytes:
    return os.fsencode(path.absolute())


def _mark(path: Path) -> str:
    """A file keeps these when it is renamed, and another one has others."""
    stat = path.lstat()
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns}"


def _packed(handover: Handover | None) -> bytes:
    """Empty when nothing is handed over, so that it can be told from what is gone."""
    if handover is None:
        return b""
    file = io.BytesIO()
    state = {} if handover.state is None else asdict(handover.state)
    crossing = {} if handover.crossing is None else {"crossing": handover.crossing}
    np.savez(file, allow_pickle=False, **{"start": handover.start} | state | crossing)
    return file.getvalue()


def _unpacked(packed: bytes) -> Handover | None:
    if not packed:
        return None
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        start = int(arrays["start"])
        state = ShotState(start, arrays["shares"], arrays["given"]) if "given" in arrays else None
        return Handover(start, state, arrays.get("crossing"))
