"""What lies in the page of `tcvc review`, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tcvc_cli.files import is_plain
from tcvc_cli.names import REVIEW_MARK

PAGE_DRAFT, PAGE_BEFORE = "page-draft", "page-before"
ASSETS, DATA, SHOTS, THUMBS = "assets", "data", "shots", "thumbs"
PAGE: Final = "index.html"
_FOLDERS: Final = re.compile(f"{ASSETS}(/.*)?|{DATA}(/{SHOTS})?|{THUMBS}", re.DOTALL)
_FILES: Final = re.compile(
    rf"{PAGE}|{re.escape(REVIEW_MARK)}|{ASSETS}/.*|{DATA}/(film|served)\.js"
    rf"|{DATA}/{SHOTS}/[0-9]+\.js|{THUMBS}/[0-9]+\.(before|after)\.jpg",
    re.ASCII | re.DOTALL,
)


def strangers(folder: Path) -> Iterator[str]:
    """What lies in it and no page has, by its path below the folder."""
    for one in sorted(folder.rglob("*")):
        name = one.relative_to(folder).as_posix()
        if not (_FILES if is_plain(one) else _FOLDERS).fullmatch(name) or one.is_symlink():
            yield name


def is_page_alone(folder: Path) -> bool:
    """Whether all that is in it is of a page."""
    return next(strangers(folder), None) is None
