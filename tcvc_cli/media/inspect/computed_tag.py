"""The tag of a film that says that its colours were computed."""

from __future__ import annotations

from pathlib import Path

from tcvc_cli.errors import InputError
from tcvc_cli.media.read.probe import open_film
from tcvc_cli.records import COMPUTED

_COMMENT = "comment"


def computed_tag(path: Path) -> str | None:
    """What a film says of its computed colours; MP4 and QuickTime have it as a line of the comment. None of
    a film that says nothing. Raises as `open_film` does."""
    with open_film(path) as container:
        tags = {name.upper(): text for name, text in container.metadata.items()}
    lines = tags.get(_COMMENT.upper(), "").splitlines()
    start = f"{COMPUTED}: "
    found = [tags.get(COMPUTED), *(line.removeprefix(start) for line in lines if line.startswith(start))]
    return next((text for text in found if text is not None), None)


def has_computed_tag(path: Path) -> bool:
    """Reads the head of the file; False for one that cannot be read."""
    try:
        return computed_tag(path) is not None
    except InputError:
        return False
