"""Ways to damage a file, or an entry of a journal."""

from __future__ import annotations

import os
import random
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from tcvc_cli.run.resume.work_folder import JOURNAL

Change = Callable[[bytes, random.Random], bytes]
Damage = Callable[[Path, random.Random], None]  # of a stand's folder


def flipped(content: bytes, chance: random.Random) -> bytes:
    """One bit, wherever it is."""
    at, bit = divmod(chance.randrange(8 * len(content)), 8)
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


def cut_off(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def zeros(content: bytes, chance: random.Random) -> bytes:
    return bytes(len(content))


def noise(content: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(len(content))


CHANGES: Final[Mapping[str, Change]] = {
    "a bit flipped": flipped,
    "cut off": cut_off,
    "zeros": zeros,
    "noise": noise,
}


def in_place(file: Path, change: Change, chance: random.Random) -> None:
    """As a failing disk does it: nobody sees it by size or time of what is as long as before."""
    seen = file.stat()
    file.write_bytes(change(file.read_bytes() or b"empty", chance))
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def anothers(file: Path) -> Path | None:
    """A file of the same kind beside it, with other content."""
    others = sorted(file.parent.glob(f"{file.name.partition('-')[0]}-*{file.suffix}"))
    return next((one for one in others if one.read_bytes() != file.read_bytes()), None)


def file_damages(file: Path, chance: random.Random) -> Iterator[tuple[str, Damage]]:
    """Three ways for a file at this place: a bit, a cut, and something else instead of it."""

    def changed(change: Change) -> Damage:
        return lambda folder, chance: in_place(folder / file, change, chance)

    def swapped(folder: Path, chance: random.Random) -> None:
        other = anothers(folder / file)
        content = chance.randbytes(100) if other is None else other.read_bytes()
        in_place(folder / file, lambda _, __: content, chance)

    for name in ("a bit flipped", "cut off"):
        yield f"{file.name}: {name}", changed(CHANGES[name])
    instead = chance.choice(("zeros", "noise", "another's"))
    yield f"{file.name}: {instead}", swapped if instead == "another's" else changed(CHANGES[instead])


def _asked(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / JOURNAL, isolation_level=None)) as journal:
        for statement in statements:
            journal.execute(statement)


def _rewritten(table: str, column: str, change: Callable[[Any, random.Random], Any]) -> Damage:
    def damage(folder: Path, chance: random.Random) -> None:
        with closing(sqlite3.connect(folder / JOURNAL, isolation_level=None)) as journal:
            asked = f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL"
            for row, content in journal.execute(asked).fetchall():
                journal.execute(
                    f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (change(content, chance), row)
                )

    return damage


def _another_digit(text: str, chance: random.Random) -> str:
    """In JSON it stays JSON."""
    places = [one.start() for one in re.finditer(r"[1-8]", text)]
    at = chance.choice(places)
    return text[:at] + str(int(text[at]) + 1) + text[at + 1 :]


def _shorter(text: str, _: random.Random) -> str:
    """The last four frames of 52 are forgotten."""
    return text.replace('"stop":52', '"stop":48')


def _statements(*statements: str) -> Damage:
    return lambda folder, _: _asked(folder, *statements)


def journal_damages() -> Iterator[tuple[str, Damage]]:
    """Of what it holds, and of how it is laid out."""
    for table, column in (
        ("film", "begun"),
        ("film", "scan"),
        ("film", "frame_index"),
        ("film", "refs"),
        ("segment", "row"),
    ):
        yield f"{table}.{column}: a digit is another", _rewritten(table, column, _another_digit)
        yield f"{table}.{column}: cut off", _rewritten(table, column, lambda text, _: text[: len(text) // 2])
        yield f"{table}.{column}: {{}}", _rewritten(table, column, lambda _, __: "{}")
    yield "film.scan: fewer frames", _rewritten("film", "scan", _shorter)
    yield "film.scan: gone", _statements("UPDATE film SET scan = NULL")
    for name, change in CHANGES.items():
        yield f"segment.state: {name}", _rewritten("segment", "state", change)
    yield "segment.state: empty", _statements("UPDATE segment SET state = x''")
    yield "segment.state: gone", _statements("UPDATE segment SET state = NULL")
    yield "rows of others' keys", _statements("UPDATE segment SET number = number + 100")
    yield "no rows", _statements("DELETE FROM segment")
    yield "no film", _statements("DELETE FROM film")
    yield "a newer version", _statements("PRAGMA user_version = 99")
    yield "no version", _statements("PRAGMA user_version = 0")
    yield "a table missing", _statements("DROP TABLE segment")
    yield "a column missing", _statements("ALTER TABLE segment DROP COLUMN state")
    yield "a trigger", _statements("CREATE TRIGGER t AFTER INSERT ON segment BEGIN DELETE FROM segment; END")
    yield "a view", _statements("DROP TABLE named", "CREATE VIEW named AS SELECT 1 AS mark")
