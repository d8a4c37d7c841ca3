"""A folder where one unfinished film is worked on, who may work in it, and how it is told from others.

It holds the lock, a lease for where locks do not reach, a marker that names the film, the journal, the
segments, and drafts of files that have no name yet. Whatever else lies in it is not ours: then nobody works
there, and nothing in it is removed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import lock_descriptor

from tcvc_cli.errors import OutputBusy, OutputError, OutputFolderMissing, TcvcError
from tcvc_cli.files import DRAFT_SUFFIX, NO_LINK, is_plain, is_plain_folder, is_there, writing
from tcvc_cli.names import work_folder_of
from tcvc_cli.plain import from_json, to_json
from tcvc_cli.readers import confine
from tcvc_cli.reading import read_plain
from tcvc_cli.run.resume.drafts.folders import folder_drafts_in, is_folder_draft, remove_folder_draft
from tcvc_cli.run.resume.lease import (
    LEASE_NAME,
    Holder,
    Lease,
    OnWait,
    busy,
    holder_of,
    silently,
    take,
)

JOURNAL = "journal.sqlite"
MARKER = "tcvc-work.json"
_MOST_MARKER_BYTES = 1 << 20
_LOCK = "lock"
SHARED_PLAN = "shared-plan.json"
_NO_LOCKS = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.ENOSYS, errno.EINVAL)
_OF_THE_SYSTEM = re.compile(r"\.(nfs|fuse_hidden)[0-9a-f]+", re.ASCII)  # removed, and still open somewhere
_KEY_DIGITS = 16  # of a fingerprint, in a file's name
_SETTLED = re.compile(rf"settled-[0-9a-f]{{{_KEY_DIGITS}}}\.npz")
_SHARE = re.compile(r"share-[0-9a-z-]{1,64}")
_OURS = re.compile(
    rf"{re.escape(_LOCK)}|{LEASE_NAME.pattern}|{re.escape(MARKER)}|{re.escape(JOURNAL)}(-wal|-shm|-journal)?"
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


def is_shared(folder: Path) -> bool:
    """Whether several processes have worked on the film, each on its share."""
    return bool(shares_in(folder)) or finished_count(folder) > 0


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
def reserved(folder: Path, film: Path, output: Path) -> Iterator[Lease]:
    """As `locked`, for work on `film`: the marker says so, and drafts of a killed run are gone."""
    with locked(folder) as lease:
        try:
            with writing(folder):
                _remove(_drafts(folder))
                _mark(folder, About(film.absolute(), output.absolute()))
        except TcvcError:
            if not is_there(folder / JOURNAL):
                remove(lease)  # without a marker nobody would know whose it is
            raise
        yield lease


@contextmanager
def locked(folder: Path, on_wait: OnWait = silently) -> Iterator[Lease]:
    """Makes the folder where there is none, and keeps it from everyone else; a killed process lets go. The
    lease says whether it is kept still: who slept while another host took it over has lost it, and whatever
    error the block ends with is an OutputBusy then.

    Raises OutputBusy when another process works there, OutputError when it is a link or holds anything
    that is not ours, OutputFolderMissing or DiskFull. Only where a process of another system may be at work,
    `on_wait` is called, and it is watched for a minute.
    """
    if not folder.parent.is_dir():
        raise OutputFolderMissing(f"there is no folder {folder.parent}", "Make it first.")
    with writing(folder):
        handle, lease = _held(folder, on_wait)
    try:
        yield lease
    except Exception as error:
        try:
            lease.refuse_lost()
        except OutputBusy as lost:
            raise lost from error
        raise
    finally:
        lease.release()
        os.close(handle)
        if not is_there(folder / _LOCK):
            with suppress(OSError):  # NFS keeps a file that is open, and with it the folder that was removed
                folder.rmdir()


def awaited(folders: Iterable[Path]) -> Iterator[str]:
    """Where a process of another system may be at work in one of them: says so, and returns when it has not
    given a sign of life for a minute. Raises OutputBusy as soon as it does, and what `locked` does."""
    for folder in folders:
        holder = holder_of(folder)
        if holder is not None and holder.is_alive is None:
            yield from _awaited(folder)


def _awaited(folder: Path) -> Iterator[str]:
    asked: list[str] = []

    def ask(holder: Holder, seconds: float) -> None:
        asked.append(f"waiting {seconds:.0f} s to see whether {holder} still works in {folder}")
        at_once(holder, seconds)

    try:
        with locked(folder, ask):
            return
    except OutputBusy:
        if not asked:
            raise
    yield asked[-1]
    with locked(folder):
        pass


def at_once(holder: Holder, seconds: float) -> None:
    """For `locked`: who would have to be watched counts as being at work."""
    raise OutputBusy(f"another tcvc may be at work: {holder}")


def _leave_nothing(folder: Path) -> None:
    """A folder that holds the lock alone goes, while it is held: nobody would know whose it is."""
    with suppress(OSError):  # Windows does not remove a file that is open
        if [path.name for path in folder.iterdir()] == [_LOCK]:
            (folder / _LOCK).unlink()
            folder.rmdir()


def _held(folder: Path, on_wait: OnWait) -> tuple[int, Lease]:
    """The lock file's handle, and the lease. Whoever had them may have removed the folder meanwhile: then
    once more."""
    while True:
        if is_plain_folder(folder):
            with suppress(FileNotFoundError):  # whoever had it has removed it
                _refuse_foreign(folder)  # before anything is made there
        handle = _lock(folder)
        try:
            _refuse_foreign(folder)
            return handle, take(folder, on_wait)
        except FileNotFoundError:
            os.close(handle)
        except BaseException:
            _leave_nothing(folder)
            os.close(handle)
            raise


def _lock(folder: Path) -> int:
    while True:
        if folder.is_symlink():
            raise OutputError(f"{folder} is a link, and tcvc works in no folder but its own", "Remove it.")
        try:
            folder.mkdir(exist_ok=True)
            confine(folder)
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | NO_LINK, 0o644)
        except FileNotFoundError:
            continue
        except FileExistsError:
            if is_there(folder) and not folder.is_dir():
                raise
            continue
        try:
            if not _is_free(handle, folder):
                raise busy(folder)
            if os.path.samestat(os.lstat(folder / _LOCK), os.fstat(handle)):
                return handle
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _is_free(handle: int, folder: Path) -> bool:
    """By the system's lock. Where the disk has none the lease decides alone; so it does where a host has the
    lock of which nobody knows whether it lives, for a server may keep the locks of one that is dead."""
    try:
        if lock_descriptor(handle, blocking=False):
            return True
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return True
        raise
    holder = holder_of(folder)
    return holder is not None and holder.is_alive is None


def _refuse_foreign(folder: Path) -> None:
    foreign = next((path for path in folder.iterdir() if _is_foreign(path)), None)
    if foreign is None and _is_share(folder):
        foreign = next(iter(shares_in(folder)), None)  # a share is never divided again
    if foreign is not None:
        raise OutputError(
            f"{folder} holds {foreign.name}, which tcvc did not put there", "Look at it, then remove it."
        )


def _is_share(path: Path) -> bool:
    return _SHARE.fullmatch(path.name) is not None and is_plain_folder(path)


def _is_foreign(path: Path) -> bool:
    """A file that others remove just now (a lease, a draft) is gone, not foreign."""
    return not _OF_THE_SYSTEM.fullmatch(path.name) and is_there(path) and not _is_ours(path, if_gone=True)


def _is_ours(path: Path, *, if_gone: bool = False) -> bool:
    """By its name, and no link. The journal is written in place, so it is no second name of another file
    either."""
    if _OURS.fullmatch(path.name) is None:
        return _is_share(path) or is_folder_draft(path)
    try:
        found = path.lstat()
    except FileNotFoundError:
        return if_gone
    return stat.S_ISREG(found.st_mode) and (found.st_nlink == 1 or not path.name.startswith(JOURNAL))


def about(folder: Path) -> About | None:
    """Which film it is about, by a marker of ours that belongs to this very folder; None for any other."""
    marker = folder / MARKER
    if folder.is_symlink() or not is_plain(marker):
        return None
    try:
        found = from_json(About, read_plain(marker, _MOST_MARKER_BYTES, follows_links=False).decode())
        own = {work_folder_of(found.output).name, work_folder_of(found.output, folder.parent).name}
    except (OSError, ValueError):  # one of another program, or with a name that no file can have
        return None
    return found if folder.name in own and found.output.is_absolute() else None


def _mark(folder: Path, film: About) -> None:
    if about(folder) == film:
        return
    marker = folder / MARKER
    marker.unlink(missing_ok=True)
    try:
        with open(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, 0o666), "w") as file:
            file.write(to_json(film))  # in ASCII, whatever the paths are made of
    except OSError:
        marker.unlink(missing_ok=True)
        raise


def remove(lease: Lease) -> None:
    """Whatever is ours in its folder, unless that was lost: the journal first, so that what a kill leaves is
    nothing to go on from, then what the marker is about, the lease, and the lock last. Whoever took them
    meanwhile keeps the folder."""
    folder = lease.folder
    remove_shares(folder)
    last = (MARKER, _LOCK, *(one.name for one in shares_in(folder)))
    there = [path for path in folder.iterdir() if path.name not in last and _is_ours(path)]
    rest = [path for path in there if not LEASE_NAME.fullmatch(path.name)]  # they are their holders'
    for path in (*_journal_files(folder), *rest, folder / MARKER):
        if not lease.is_ours():
            return
        _remove((path,))
    lease.release()
    with suppress(OSError):  # Windows does not remove a file that is open
        (folder / _LOCK).unlink()
        folder.rmdir()


def remove_shares(folder: Path) -> None:
    """What several processes were to do together, but for the shares that one is at work in."""
    (folder / SHARED_PLAN).unlink(missing_ok=True)
    for share in shares_in(folder):
        with suppress(OutputBusy), locked(share) as lease:
            remove(lease)


def refuse_busy_shares(folder: Path, on_wait: OnWait = silently) -> None:
    """Raises OutputBusy where another process is at work in a share; `on_wait` is as in `locked`."""
    for share in shares_in(folder):
        with locked(share, on_wait):
            pass


def remove_journal(folder: Path) -> None:
    _remove(_journal_files(folder))


def _journal_files(folder: Path) -> list[Path]:
    return [folder / f"{JOURNAL}{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]


def remove_all_but(folder: Path, kept: set[Path]) -> None:
    """Segments that are not in `kept`, with what is said of them, and drafts."""
    segments = (path for path in folder.glob("segment-*") if path not in kept and _is_ours(path))
    _remove([*segments, *_drafts(folder)])


def _drafts(folder: Path) -> list[Path]:
    files = [path for path in folder.glob(f"*{DRAFT_SUFFIX}") if _is_ours(path)]
    return files + folder_drafts_in(folder)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if is_folder_draft(path):
            remove_folder_draft(path)
        else:
            path.unlink(missing_ok=True)
