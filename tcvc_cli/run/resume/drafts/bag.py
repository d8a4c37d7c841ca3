"""What lies in a bag that is being packed, and nothing else."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from tcvc_cli.files import DRAFT_SUFFIX, is_plain, is_plain_folder

BAG_DRAFT: Final = "bag-draft"
_PART: Final = re.compile(r"original|result")
_MOVED_TO: Final = re.compile(r"data|tmp[a-z0-9_]{8}", re.ASCII)  # the latter while bagit moves them
_ABOUT: Final = re.compile(r"bagit\.txt|bag-info\.txt|(tag)?manifest-sha(256|512)\.txt", re.ASCII)
_BESIDE: Final = (".json", ".proof.json", ".premis.xml", ".c2pa")


def is_bag_alone(folder: Path) -> bool:
    """Whether all that is in it is of a bag."""
    return all(map(_is_of_bag, folder.iterdir()))


def _is_of_bag(path: Path) -> bool:
    if _MOVED_TO.fullmatch(path.name):
        return is_plain_folder(path) and all(map(_is_part, path.iterdir()))
    return _is_part(path) or (_ABOUT.fullmatch(path.name) is not None and is_plain(path))


def _is_part(path: Path) -> bool:
    """Copies of a film, or of a result and what stands beside it."""
    if not _PART.fullmatch(path.name) or not is_plain_folder(path):
        return False
    copies = sorted(path.iterdir(), key=lambda one: len(os.fsencode(one.name)))
    named = [one for one in copies if not _is_hidden_draft(one)]
    most = 1 if path.name == "original" else 1 + len(_BESIDE)
    beside = {f"{named[0].name}{suffix}" for suffix in _BESIDE} if named else set()
    return all(map(is_plain, copies)) and len(named) <= most and all(one.name in beside for one in named[1:])


def _is_hidden_draft(path: Path) -> bool:
    return path.name.startswith(".") and path.name.endswith(DRAFT_SUFFIX)
