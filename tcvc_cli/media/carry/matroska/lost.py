"""What a film in Matroska says that its result does not."""

from __future__ import annotations

from pathlib import Path

from tcvc_cli.media.structure.matroska_parts import Parts, chapter_facts, link_facts, parts_of, tag_facts
from tcvc_cli.records import FilmInfo


def lost_of_matroska(film: FilmInfo, part: Path) -> list[str]:
    """Of chapters and of tags, as far as FFmpeg does not carry it and nobody else has."""
    if "matroska" not in film.container:
        return []
    source = parts_of(film.path)
    lost = [_lost_chapters(source, part), tag_facts(source), link_facts(source)]
    return [name for names in lost for name in sorted(names)]


def _lost_chapters(source: Parts, part: Path) -> frozenset[str]:
    before, after = source.chapters, parts_of(part).chapters
    is_kept = before is not None and after is not None and before.whole == after.whole
    return frozenset() if is_kept else chapter_facts(source)
