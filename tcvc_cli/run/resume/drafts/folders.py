"""Folders that are being made: in a work folder, so that what a kill leaves of them is seen and removed.

Whatever is in one and no such folder of ours has makes it somebody else's, and then it stays.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tcvc_cli.files import is_plain, is_plain_folder
from tcvc_cli.readers import confine
from tcvc_cli.run.resume.drafts.bag import BAG_DRAFT, is_bag_alone
from tcvc_cli.run.resume.drafts.page import PAGE_BEFORE, PAGE_DRAFT, is_page_alone

_KINDS: Final[Mapping[str, Callable[[Path], bool]]] = MappingProxyType(
    {BAG_DRAFT: is_bag_alone, PAGE_DRAFT: is_page_alone, PAGE_BEFORE: is_page_alone}
)


def new_folder_draft(work_folder: Path, name: str) -> Path:
    """Empty; its name is that of a kind. Raises OSError."""
    draft = work_folder / name
    draft.mkdir()
    confine(draft)
    return draft


def folder_drafts_in(work_folder: Path) -> list[Path]:
    """Those that are there and nothing but that."""
    return [draft for name in _KINDS if is_folder_draft(draft := work_folder / name)]


def is_folder_draft(path: Path) -> bool:
    """By its name and by all that is in it."""
    return path.name in _KINDS and is_plain_folder(path) and _KINDS[path.name](path)


def size_bytes(draft: Path) -> int:
    return sum(path.lstat().st_size for path in draft.rglob("*") if is_plain(path))


def remove_folder_draft(draft: Path) -> None:
    """Follows no links. Raises OSError."""
    shutil.rmtree(draft)
