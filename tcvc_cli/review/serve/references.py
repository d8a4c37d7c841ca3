"""Pictures that are dropped on the page: copied beside the settings file, which can name no others."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from tcvc_cli.errors import BadReference, InputError, OutputError, OutputExists
from tcvc_cli.files import (
    is_plain,
    is_there,
    plain_draft_of,
    publish,
    refuse_special,
    sha256_of,
    synchronize,
    writing,
)
from tcvc_cli.settings.picture_kinds import PICTURE_SUFFIXES

_SUFFIX: Final = ".references"
_MOST_BYTES: Final = 100  # of a name without its suffix
_FORBIDDEN: Final = set('<>:"/\\|?*')  # in names, on one system or another
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_MOST_NAMESAKES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Placed:
    """`file` as the settings name it."""

    file: str


class References:
    """In the folder `film.references` beside the settings file of `film.mkv`."""

    def __init__(self, film: Path, settings_file: Path) -> None:
        self._folder = settings_file.parent / (fit_name(film.stem, "film") + _SUFFIX)
        self._adding = threading.Lock()  # a picture takes a lot of memory while it is looked at

    def add(self, name: str, data: bytes) -> Placed:
        """The picture, under its own name or one like it: whatever is there stays, and the same picture
        again is not written again. Raises BadReference where it is no picture in colour, and OutputError.
        """
        stem, suffix = _name_of_picture(name)
        beside = self._folder.with_name(f"{stem}{suffix}")  # where the draft lies hidden
        with self._adding, writing(self._folder), plain_draft_of(beside) as draft:
            draft.write_bytes(data)
            _refuse_unfit(draft, beside.name)
            synchronize(draft)
            self._make_folder()
            file = self._publish(draft, stem, suffix)
        return Placed(str(PurePosixPath(self._folder.name, file.name)))

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir()
        except FileExistsError:
            if self._folder.is_symlink() or not self._folder.is_dir():
                refuse_special(self._folder)
                raise OutputError(f"{self._folder} is no folder") from None

    def _publish(self, draft: Path, stem: str, suffix: str) -> Path:
        digest = sha256_of(draft)
        for name in _names(stem, suffix):
            file = self._folder / name
            if is_plain(file) and sha256_of(file) == digest:
                return file
            if not is_there(file):
                try:
                    publish(draft, file)
                except OutputExists:
                    continue
                return file
        raise OutputError(f"{self._folder.name} holds too many pictures that are called {stem}")


def fit_name(text: str, otherwise: str) -> str:
    """A name that is good on every system: without signs that no name may have, not hidden, not long."""
    fit = "".join(one if one.isprintable() and one not in _FORBIDDEN else "_" for one in text)
    short = os.fsencode(fit)[:_MOST_BYTES].decode(errors="ignore")
    bare = short.lstrip(". ").rstrip(". ")
    return f"_{bare}" if _DEVICES.fullmatch(bare) else bare or otherwise


def _name_of_picture(name: str) -> tuple[str, str]:
    """Its last part alone, whatever system it comes from. Raises BadReference."""
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, ending = last.rpartition(".")
    suffix = f"{dot}{ending}".lower()
    if not dot or suffix not in PICTURE_SUFFIXES:
        raise BadReference(
            "the name of a picture ends in " + ", ".join(PICTURE_SUFFIXES), "Save it as one of them."
        )
    return fit_name(stem, "picture"), suffix


def _names(stem: str, suffix: str) -> Iterator[str]:
    yield f"{stem}{suffix}"
    yield from (f"{stem}-{number}{suffix}" for number in range(2, _MOST_NAMESAKES))


def _refuse_unfit(draft: Path, name: str) -> None:
    """Judged as when the film is coloured; what is wrong is said of `name`."""
    from tcvc_cli.settings.pictures import read_picture

    try:
        read_picture(draft)
    except InputError as error:
        message = str(error).replace(str(draft), name).replace(draft.name, name)
        raise type(error)(message, error.advice) from None
