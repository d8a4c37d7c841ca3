"""A folder where one unfinished film is worked on, who may work in it, and how it is told from others.

It holds the lock, a marker that names the film, the journal, the segments, and drafts of files that have no
name yet. Whatever else lies in it is not ours: then nobody works there, and nothing in it is removed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import lock_descriptor

from tcvc_cli.errors import OutputBusy, OutputError, OutputFolderMissing
from tcvc_cli.files import DRAFT_SUFFIX, NO_LINK, is_only_name, is_plain, writing
from tcvc_cli.names import work_folder_of
from tcvc_cli.plain import from_json, to_json

JOURNAL = "journal.sqlite"
MARKER = "tcvc-work.json"
_LOCK = "lock"
SHARED_PLAN = "shared-plan.json"
_KEY_DIGITS = 16  # of a fingerprint, in a file's name
_SETTLED = re.compile(rf"settled-[0-9a-f]{{{_KEY_DIGITS}}}\.npz")
_SHARE = re.compile(r"share-[0-9a-z-]{1,64}")
_OURS = re.compile(
    rf"{re.escape(_LOCK)}|{re.escape(MARKER)}|{re.escape(JOURNAL)}(-wal|-shm|-journal)?"
    rf"|segment-[0-9a-f]{{{_KEY_DIGITS}}}-\d{{4,}}\.(mkv|npz|json)|segment-\d{{6,}}\.mkv"  # the latter of 0.1
    rf"|{_SETTLED.pattern}|{re.escape(SHARED_PLAN)}"
    rf"|[0-9a-f]{{8}}{re.escape(DRAFT_SUFFIX)}"
)


@dataclass(frozen=True, slots=True)
class About:
    """Which film is worked on in a folder; both paths are absolute. It is what the marker holds."""

    input: Path
    output: Path
    tool: Literal["tcvc"] = "tcvc"
    schema: Literal[1] = 1


def segment_path(folder: Path, key: str, number: int) -> Path:
    """The encoded frames of a segment, by the fingerprint of its shot and its number in it."""
    return folder / f"{_stem(key, number)}.mkv"


def mixed_path(folder: Path, key: str, number: int) -> Path:
    """The colours that it gives to frames of a dissolve."""
    return folder / f"{_stem(key, number)}.npz"


def files_of(folder: Path, segments: Iterable[tuple[str, int]]) -> set[Path]:
    """Those that segments with these ids may have there."""
    return {path_of(folder, *one) for one in segments for path_of in (segment_path, mixed_path)}


def finished_path(folder: Path, key: str, number: int) -> Path:
    """What is said of a segment that another process has finished."""
    return folder / f"{_stem(key, number)}.json"


def finished_count(folder: Path) -> int:
    """How many segments others have finished."""
    return sum(1 for path in folder.glob("segment-*.json") if _is_ours(path))


def share_path(folder: Path, name: str) -> Path:
    """The folder in which one of several processes keeps what it has not finished."""
    return folder / f"share-{name}"


def shares_in(folder: Path) -> list[Path]:
    """Those that are there, in order of names."""
    return sorted(path for path in folder.glob("share-*") if _is_share(path))


def is_settled_name(name: str) -> bool:
    """Whether `settled_path` might have made it."""
    return _SETTLED.fullmatch(name) is not None


def settled_path(folder: Path, key: str) -> Path:
    """The frames of a shot that were settled before any was coloured."""
    return folder / f"settled-{key[:_KEY_DIGITS]}.npz"


def has_settled(folder: Path) -> bool:
    """Whether there are such frames of any shot."""
    return any(folder.glob("settled-*.npz"))


def _stem(key: str, number: int) -> str:
    return f"segment-{key[:_KEY_DIGITS]}-{number:04d}"


@contextmanager
def reserved(folder: Path, film: Path, output: Path) -> Iterator[None]:
    """As `locked`, for work on `film`: the marker says so, and drafts of a killed run are gone."""
    with locked(folder):
        with writing(folder):
            _remove(_drafts(folder))
            _mark(folder, About(film.absolute(), output.absolute()))
        yield


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Makes the folder where there is none, and keeps it from everyone else; a killed process lets go.

    Raises OutputBusy when another process works there, OutputError when it is a link or holds anything
    that is not ours, OutputFolderMissing or DiskFull.
    """
    if not folder.parent.is_dir():
        raise OutputFolderMissing(f"there is no folder {folder.parent}", "Make it first.")
    with writing(folder):
        handle = _lock(folder)
    try:
        _refuse_foreign(folder)
        yield
    finally:
        os.close(handle)


def _lock(folder: Path) -> int:
    """The lock file's handle. Whoever had it may have removed the folder meanwhile: then once more."""
    while True:
        if folder.is_symlink():
            raise OutputError(f"{folder} is a link, and tcvc works in no folder but its own", "Remove it.")
        folder.mkdir(exist_ok=True)
        try:
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | NO_LINK, 0o644)
        except FileNotFoundError:
            continue
        try:
            if not lock_descriptor(handle, blocking=False):
                raise OutputBusy(f"another tcvc is at work in {folder}")
            if os.path.samestat(os.lstat(folder / _LOCK), os.fstat(handle)):
                return handle
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _refuse_foreign(folder: Path) -> None:
    foreign = next((path for path in folder.iterdir() if not _is_ours(path)), None)
    if foreign is not None:
        raise OutputError(
            f"{folder} holds {foreign.name}, which tcvc did not put there", "Look at it, then remove it."
        )


def _is_share(path: Path) -> bool:
    return _SHARE.fullmatch(path.name) is not None and not path.is_symlink() and path.is_dir()


def _is_ours(path: Path) -> bool:
    """By its name, and no link. The journal is written in place, so it is no second name of another file
    either."""
    if _OURS.fullmatch(path.name) is None:
        return _is_share(path)
    return is_only_name(path) if path.name.startswith(JOURNAL) else is_plain(path)


def about(folder: Path) -> About | None:
    """Which film it is about, by a marker of ours that belongs to this very folder; None for any other."""
    marker = folder / MARKER
    if folder.is_symlink() or not is_plain(marker):
        return None
    try:
        found = from_json(About, marker.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    own = {work_folder_of(found.output).name, work_folder_of(found.output, folder.parent).name}
    return found if folder.name in own else None


def _mark(folder: Path, film: About) -> None:
    if about(folder) == film:
        return
    marker = folder / MARKER
    marker.unlink(missing_ok=True)
    with open(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, 0o666), "w") as file:
        file.write(to_json(film))  # in ASCII, whatever the paths are made of


def remove(folder: Path) -> None:
    """Whatever is ours in it: the journal first, so that what a kill leaves is nothing to go on from, then
    what the marker is about, and the lock last. Whoever took the lock meanwhile keeps the folder."""
    remove_journal(folder)
    remove_shares(folder)
    kept = (MARKER, _LOCK, *(one.name for one in shares_in(folder)))
    _remove(path for path in list(folder.iterdir()) if path.name not in kept and _is_ours(path))
    (folder / MARKER).unlink(missing_ok=True)
    with suppress(OSError):  # Windows does not remove a file that is open
        (folder / _LOCK).unlink()
        folder.rmdir()


def remove_shares(folder: Path) -> None:
    """What several processes were to do together, but for the shares that one is at work in."""
    (folder / SHARED_PLAN).unlink(missing_ok=True)
    for share in shares_in(folder):
        with suppress(OutputBusy), locked(share):
            remove(share)


def refuse_busy_shares(folder: Path) -> None:
    """Raises OutputBusy where another process is at work in a share."""
    for share in shares_in(folder):
        with locked(share):
            pass


def remove_journal(folder: Path) -> None:
    _remove(folder / f"{JOURNAL}{suffix}" for suffix in ("", "-wal", "-shm", "-journal"))


def remove_all_but(folder: Path, kept: set[Path]) -> None:
    """Segments that are not in `kept`, with what is said of them, and drafts."""
    segments = (path for path in folder.glob("segment-*") if path not in kept and _is_ours(path))
    _remove([*segments, *_drafts(folder)])


def _drafts(folder: Path) -> list[Path]:
    return [path for path in folder.glob(f"*{DRAFT_SUFFIX}") if _is_ours(path)]


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
