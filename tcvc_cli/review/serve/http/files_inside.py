"""The files of the page's folder, and nothing that lies elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from tcvc_cli.files import NO_LINK

HTML: Final = "text/html; charset=utf-8"
SCRIPT: Final = "text/javascript; charset=utf-8"
JSON: Final = "application/json"
OTHER: Final = "application/octet-stream"
TEXT: Final = "text/plain; charset=utf-8"
# Not Python's own table, which takes in what the system says.
TYPES: Final[Mapping[str, str]] = {
    ".html": HTML,
    ".js": SCRIPT,
    ".css": "text/css; charset=utf-8",
    ".json": JSON,
    ".txt": TEXT,
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".woff2": "font/woff2",
}
_NOWHERE: Final = "\\:\0"  # parts of no name here; on Windows they lead to other folders, drives and streams
_READ: Final = os.O_RDONLY | NO_LINK | getattr(os, "O_NONBLOCK", 0)  # a pipe is refused, not waited for


def type_of(name: PurePosixPath) -> str:
    """The media type of a file of this name; it never depends on what is in it."""
    return TYPES.get(name.suffix.lower(), OTHER)


def name_inside(written: str) -> PurePosixPath | None:
    """The file that the path of an address names, below the page's folder; `written` without a slash at its
    start, and escaped once. None where it names none, or something that is not below."""
    try:
        path = unquote(written, errors="strict")
    except UnicodeDecodeError:
        return None
    parts = path.split("/")
    return PurePosixPath(*parts) if all(map(_is_name, parts)) else None


def content_of(folder: Path, name: PurePosixPath) -> bytes | None:
    """None where there is no such plain file, or links lead out of `folder`, or `folder` is one itself."""
    try:
        root = os.path.join(os.path.realpath(folder.parent), folder.name)
        place = os.path.realpath(os.path.join(root, *name.parts), strict=True)
        if os.path.commonpath((root, place)) != root:
            return None
        with os.fdopen(os.open(place, _READ), "rb") as file:
            return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
    except (OSError, ValueError):
        return None


def _is_name(part: str) -> bool:
    """Of something that is shown: neither a folder above, nor a hidden draft."""
    return bool(part) and not part.startswith(".") and part.isprintable() and not set(part) & set(_NOWHERE)
