"""What a film calls itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tcvc_cli.media.read.probe import open_film

_MOST_SIGNS: Final = 300


def title_of(path: Path) -> str:
    """The title tag of the file, cut where it is very long; empty where it has none. Whoever shows it treats
    it as a stranger's. Raises as `open_film` does."""
    with open_film(path) as container:
        return container.metadata.get("title", "").strip()[:_MOST_SIGNS]
