"""What of the page is the same for all films: it lies in the package, and is copied."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from jinja2 import Environment

from tcvc_cli.review.legible import legible, spelled_out
from tcvc_cli.run.resume.drafts.page import ASSETS, PAGE

_ROOM: Final = "tcvc_cli.review"


def write_assets(folder: Path, title: str) -> None:
    """The page itself, under its `title`, which may be anything, and what it loads. Raises OSError."""
    source = files(_ROOM) / ASSETS
    template = Environment(autoescape=True).from_string((source / PAGE).read_text("utf-8"))
    (folder / PAGE).write_bytes(
        template.render(title=spelled_out(title), name=legible(title)).encode("utf-8", "replace")
    )
    _copy(source, folder / ASSETS)


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir()
    for one in source.iterdir():
        if one.is_dir() and not one.name.startswith(("_", ".")):
            _copy(one, target / one.name)
        elif one.is_file() and one.name != PAGE and not one.name.endswith((".py", ".pyc")):
            (target / one.name).write_bytes(one.read_bytes())
