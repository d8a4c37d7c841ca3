"""The table in docs/containers.md is what the code does."""

from __future__ import annotations

from pathlib import Path

from tcvc_cli.media.carry.containers import MATROSKA, MOV, MP4, Container, how_carried
from tcvc_cli.records import StreamInfo, StreamKind

MARK = "<!-- from the code -->"


def names(codecs: frozenset[str]) -> str:
    return ", ".join(sorted(codecs)) or "none"


def fate(container: Container, kind: StreamKind, codec: str, *, is_picture: bool = False) -> str:
    return how_carried(StreamInfo(1, kind, codec, None, None, is_picture), container) or "dropped"


def rows(container: Container) -> list[tuple[str, str]]:
    """What becomes of each kind of stream in `container`, in the words of the events."""
    converted = [f"{one} to {other}" for one, other in container.conversions.items()]
    return [
        ("coloured picture", names(container.video)),
        ("sound, copied", names(container.audio)),
        ("other sound, e.g. wmav2", fate(container, "audio", "wmav2")),
        ("subtitles, copied", names(container.subtitles)),
        ("subtitles, converted", "; ".join(converted)),
        ("other subtitles", fate(container, "subtitle", "another")),
        ("cover art", names(container.cover_art)),
        ("further pictures, copied", names(container.other_video)),
        ("attachments", fate(container, "attachment", "font/ttf")),
        ("chapter track", fate(container, "data", "chapter_text")),
        ("timecode track", fate(container, "data", "tmcd")),
        ("other data", fate(container, "data", "klv")),
        ("tags of the file", "all" if container.tags is None else names(container.tags)),
    ]


def table() -> str:
    containers = (MATROSKA, MP4, MOV)
    head = ["| | " + " | ".join(one.name for one in containers) + " |", "| --- " * 4 + "|"]
    columns = [rows(one) for one in containers]
    lines = [
        f"| {cells[0][0]} | " + " | ".join(cell[1] for cell in cells) + " |"
        for cells in zip(*columns, strict=True)
    ]
    return "\n".join([*head, *lines])


def test_the_table_is_what_the_code_does(root: Path) -> None:
    written = (root / "docs" / "containers.md").read_text(encoding="utf-8").split(MARK)[1].strip()
    assert written == table()
