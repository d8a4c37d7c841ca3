"""The chapters of a Matroska file in a Matroska result: as they stand there, with all their languages, levels
and editions, rather than as FFmpeg writes them.

FFmpeg is given a longer name for the first one, so that its element takes more room than the true one, which
is put in its place when the file is finished; what is left is void.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tcvc_cli.media.structure.ebml import VOID_ID
from tcvc_cli.media.structure.matroska_parts import Found, chapter_facts, parts_of
from tcvc_cli.records import FilmInfo

if TYPE_CHECKING:
    from av.container.core import Chapter

_LEAST_VOID = 9  # its ID, and a size of eight bytes


def true_chapters(film: FilmInfo) -> Found | None:
    """Of a film in Matroska of whose chapters FFmpeg would lose something."""
    if "matroska" not in film.container:
        return None
    parts = parts_of(film.path)
    return parts.chapters if chapter_facts(parts) else None


def with_room(chapters: list[Chapter], true: Found | None) -> list[Chapter]:
    """The chapters to begin with, which take more room than the true ones."""
    if true is None or not chapters:
        return chapters
    first, *others = chapters
    title = first["metadata"].get("title", "") + " " * (len(true.whole) + _LEAST_VOID)
    return [{**first, "metadata": {**first["metadata"], "title": title}}, *others]


def put_chapters(path: Path, true: Found | None) -> None:
    """Into a file whose chapters were made `with_room`; nothing where it has none."""
    made = None if true is None else parts_of(path).chapters
    if true is None or made is None:
        return
    left = len(made.whole) - len(true.whole) - _LEAST_VOID
    if left < 0:
        raise ValueError(f"{path.name} has no room for its chapters")
    void = VOID_ID + (left | 1 << 56).to_bytes(8, "big") + bytes(left)
    with path.open("r+b") as file:
        file.seek(made.start)
        file.write(true.whole + void)
