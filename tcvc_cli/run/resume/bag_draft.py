"""A bag that is being packed: it lies in a work folder, so that what a kill leaves of it is seen and removed.

Whatever is in it and no bag of ours has makes it somebody else's, and then it stays.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final

from tcvc_cli.files import DRAFT_SUFFIX, is_plain
from tcvc_cli.readers import confine

_NAME: Final = "bag-draft"
_PART: Final = re.compile(r"original|result")
_MOVED_TO: Final = re.compile(r"data|tmp[a-z0-9_]{8}", re.ASCII)  # the latter while bagit moves them
_ABOUT: Final = re.compile(r"bagit\.txt|bag-info\.txt|(tag)?manifest-sha(256|512)\.txt", re.ASCII)
_BESIDE: Final = (".json", ".proof.json", ".premis.xml", ".c2pa")


def new_bag_draft(work_folder: Path) -> Path:
    """Empty. Raises OSError."""
    draft = work_folder / _NAME
    draft.mkdir()
    confine(draft)
    return draft


def bag_draft_in(work_folder: Path) -> Path | None:
    """The one that is there, where it is nothing but that."""
    draft = work_folder / _NAME
    return draft if is_bag_draft(draft) else None


def is_bag_draft(path: Path) -> bool:
    """By its name and by all that is in it."""
    return path.name == _NAME and _is_folder(path) and all(map(_is_of_bag, path.iterdir()))


def size_bytes(draft: Path) -> int:
    return sum(path.lstat().st_size for path in draft.rglob("*") if is_plain(path))


def remove_bag_draft(draft: Path) -> None:
    """Follows no links. Raises OSError."""
    shutil.rmtree(draft)


def _is_of_bag(path: Path) -> bool:
    if _MOVED_TO.fullmatch(path.name):
        return _is_folder(path) and all(map(_is_part, path.iterdir()))
    return _is_part(path) or (_ABOUT.fullmatch(path.name) is not None and is_plain(path))


def _is_part(path: Path) -> bool:
    """Copies of a film, or of a result and what stands beside it."""
    if not _PART.fullmatch(path.name) or not _is_folder(path):
        return False
    copies = sorted(path.iterdir(), key=lambda one: len(os.fsencode(one.name)))
    named = [one for one in copies if not _is_hidden_draft(one)]
    most = 1 if path.name == "original" else 1 + len(_BESIDE)
    beside = {f"{named[0].name}{suffix}" for suffix in _BESIDE} if named else set()
    return all(map(is_plain, copies)) and len(named) <= most and all(one.name in beside for one in named[1:])


def _is_hidden_draft(path: Path) -> bool:
    return path.name.startswith(".") and path.name.endswith(DRAFT_SUFFIX)


def _is_folder(path: Path) -> bool:
    return not path.is_symlink() and path.is_dir()
