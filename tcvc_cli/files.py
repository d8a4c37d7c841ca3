"""How a file gets its name: it is written as a draft, and takes the name when it is complete.

Nothing is written through a link. What stands under the name already is replaced only where the caller says
so at that very moment; otherwise the naming itself refuses, so that a file that appears meanwhile is safe.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from tcvc_cli.errors import (
    DiskFull,
    MediaError,
    OutputError,
    OutputExists,
    OutputFolderMissing,
    TcvcError,
)
from tcvc_cli.readers import confine
from tcvc_cli.reading import open_plain

MayReplace = Callable[[Path], bool]  # whether what has this name may go

DRAFT_SUFFIX: Final = ".part"
NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_LINK
_GROWING: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | NO_LINK
_NAME_BYTES: Final = 120  # of the 255 that a draft's name may have
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_NO_HARD_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)
_NO_EXCLUSIVE_RENAME: Final = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


def never(path: Path) -> bool:
    """A `MayReplace`: what is there stays."""
    return False


def always(path: Path) -> bool:
    """A `MayReplace`: the user asked for it."""
    return True


@contextmanager
def draft_of(
    target: Path,
    *,
    may_replace: MayReplace = never,
    folder: Path | None = None,
    on_complete: Callable[[Path], None] | None = None,
) -> Iterator[Path]:
    """A new, empty file, which becomes `target` when the block ends well and is removed when it does not.

    It lies in `folder`, or hidden beside `target`. When it takes the name it has reached the disk;
    `on_complete` is called with it just before. Raises OutputExists, DiskFull, OutputFolderMissing,
    OutputError or MediaError.
    """
    with writing(target), plain_draft_of(target, folder=folder) as draft:
        mode = draft.stat().st_mode & 0o777
        yield draft
        _refuse_empty(draft, target)
        draft.chmod(mode)  # some libraries put a file of their own, which nobody else may read, in its place
        confine(draft)  # the film may have been opened meanwhile
        synchronize(draft)
        if on_complete is not None:
            on_complete(draft)
        publish(draft, target, may_replace=may_replace)


@contextmanager
def plain_draft_of(target: Path, *, folder: Path | None = None) -> Iterator[Path]:
    """The draft alone: whoever asks for it publishes it. Raises OSError."""
    draft = _new_draft(target, folder)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def publish(draft: Path, target: Path, *, may_replace: MayReplace = never) -> None:
    """Give a complete file its name, in one step. Raises OutputExists, OutputError or OSError."""
    if may_replace(target):
        refuse_special(target)
        _keep_readers(draft, target)
        os.replace(draft, target)
    else:
        _name_new(draft, target)
    synchronize(target.parent)


def refuse_special(path: Path) -> None:
    """Only a plain file is ever replaced. Raises OutputError for a link, a folder or a device."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        raise OutputError(f"{path} is a link", f"Give the place that it points to: {os.readlink(path)}")
    if not stat.S_ISREG(mode):
        raise OutputError(f"{path} is {'a folder' if stat.S_ISDIR(mode) else 'not a plain file'}")


def is_there(path: Path) -> bool:
    """Whether anything has the name, a link to nowhere too."""
    return os.path.lexists(path)


def is_plain(path: Path) -> bool:
    """Whether it is a file: no link, no folder, no device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def is_plain_folder(path: Path) -> bool:
    """Whether it is a folder, and no link to one."""
    return not path.is_symlink() and path.is_dir()


def is_only_name(path: Path) -> bool:
    """Whether it is a file that has no other name, so that whoever writes to it writes nowhere else."""
    return is_plain(path) and path.lstat().st_nlink == 1


def sha256_of(path: Path) -> str:
    """SHA-256 of the complete file, in hex; about a second for each GiB on a recent CPU. Raises OSError."""
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def synchronize(path: Path) -> None:
    """Returns when a file, or the names in a folder, have reached the disk."""
    if sys.platform == "win32" and path.is_dir():
        return  # folders cannot be opened there
    handle = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rename_new(old: Path, new: Path) -> None:
    """Rename a file or a folder to a name that nothing has. Raises OutputExists or OSError.

    Atomic wherever the system or the file system knows how; where neither does, the name is looked at just
    before.
    """
    code = _rename_exclusively(old, new)
    if code in _NO_EXCLUSIVE_RENAME:
        code = errno.EEXIST if is_there(new) else 0
        if not code:
            os.rename(old, new)
    if code in (errno.EEXIST, errno.ENOTEMPTY):
        raise OutputExists(f"{new} is there already")
    if code:
        raise OSError(code, os.strerror(code), str(new))


def make_folder(path: Path) -> None:
    """With those above it, where they are not there yet. Raises as `writing` does."""
    with writing(path):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise OutputError(
                f"{path} cannot be a folder: a file has its name, or one above it", "Choose another name."
            ) from error


@contextmanager
def appending(path: Path) -> Iterator[TextIO]:
    """A list of lines that grows: each is in the file as soon as it is written. Not through a link, nor into
    anything but a plain file. Raises, when it is opened, as `writing` does."""
    with writing(path):
        refuse_special(path)
        handle = os.open(path, _GROWING, 0o666)
    with open(handle, "a", buffering=1, encoding="utf-8") as lines:
        confine(handle)
        yield lines


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what the system says while `path` is written into an error of tcvc."""
    try:
        yield
    except OSError as error:
        raise while_writing(path, error) from error


def while_writing(path: Path, error: Exception) -> TcvcError:
    """What `error` (of the system or of libav) means: DiskFull, OutputExists, OutputError or MediaError."""
    number = getattr(error, "errno", None)
    if number in _FULL:
        return DiskFull(f"no room left while writing {path.name}")
    if number == errno.ENOENT and not path.parent.is_dir():
        return OutputFolderMissing(f"the folder {path.parent} does not exist")
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"no permission to write in {path.parent}")
    if number == errno.EFBIG:
        return OutputError(f"{path.name} is larger than files may be here", "Allow more; see ulimit -f.")
    if number == errno.EBADF:
        return OutputError(f"{path.name} is closed, or not open for writing")
    if number == errno.ENAMETOOLONG:
        return OutputError(f"the name {path.name} is too long", "Give a shorter one with {output}.")
    if number == errno.ELOOP:
        return OutputError(f"{path} is a link, and nothing is written through links")
    if number == errno.EEXIST:
        return OutputExists(f"{path} is there already")
    return MediaError(f"could not write {path.name}: {getattr(error, 'strerror', None) or error}")


def _keep_readers(draft: Path, target: Path) -> None:
    """Whoever may not read what is replaced may not read what takes its place."""
    if sys.platform == "win32" or not is_there(target):
        return
    mode = stat.S_IMODE(draft.stat().st_mode)
    kept = mode & (target.stat().st_mode | 0o700)
    if kept != mode:
        draft.chmod(kept)


def _new_draft(target: Path, folder: Path | None) -> Path:
    """Made here and now, so that it is nobody else's file and no link."""
    while True:
        draft = _hidden_draft(target) if folder is None else folder / f"{_token()}{DRAFT_SUFFIX}"
        try:
            handle = os.open(draft, _NEW, 0o666)
        except FileExistsError:
            continue
        try:
            confine(handle)
        finally:
            os.close(handle)
        return draft


def _hidden_draft(target: Path) -> Path:
    """A name beside it that nothing has, as far as chance goes."""
    hidden = os.fsencode(f".{target.name}")[:_NAME_BYTES].decode(errors="ignore")
    return target.parent / f"{hidden}.{_token()}{DRAFT_SUFFIX}"


def _token() -> str:
    return secrets.token_hex(4)


def _refuse_empty(draft: Path, target: Path) -> None:
    if draft.stat().st_size == 0:
        raise MediaError(f"nothing was written of {target.name}")


def _name_new(draft: Path, target: Path) -> None:
    """A hard link is the one way to a new name that refuses everywhere; not every file system has them."""
    if sys.platform != "win32":
        try:
            os.link(draft, target, follow_symlinks=False)
        except FileExistsError:
            raise OutputExists(f"{target} is there already") from None
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
        else:
            os.unlink(draft)
            return
    rename_new(draft, target)


def _rename_exclusively(old: Path, new: Path) -> int:
    """0 when it is done, otherwise the system's error number; ENOSYS where it has no such call."""
    if sys.platform == "win32":
        try:
            os.rename(old, new)  # refuses by itself
        except OSError as error:
            return error.errno or errno.EIO
        return 0
    library = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(old), os.fsencode(new)
    if hasattr(library, "renameat2"):
        here, no_replace = -100, 1  # AT_FDCWD, RENAME_NOREPLACE
        done = library.renameat2(here, paths[0], here, paths[1], no_replace)
    elif hasattr(library, "renamex_np"):
        done = library.renamex_np(*paths, 4)  # RENAME_EXCL
    else:
        return errno.ENOSYS
    return ctypes.get_errno() if done else 0
