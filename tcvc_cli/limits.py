"""What the machine, or a limit that somebody set (`ulimit`), does not give: memory, threads, files, names.

Python, PyTorch, OpenCV and FFmpeg each say it in their own way. Here all of it becomes one of two errors.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import Final

from tcvc_cli.errors import InternalError, LimitReached, OutOfMemory, OutputError, TcvcError, UnreadableInput

_MEMORY: Final = (
    "can't allocate memory",  # PyTorch on a CPU
    "not enough memory",
    "out of memory",  # PyTorch on other devices
    "bad allocation",
    "bad_alloc",
    "insufficient memory",  # OpenCV
    "unable to allocate",  # NumPy
    "cannot allocate memory",
    "failed to map segment",  # the loader of libraries
    "mmap can fail",
)
_THREADS: Final = ("can't start new thread", "thread constructor failed", "resource temporarily unavailable")
_LEAST_BYTES: Final = 512 << 20
_LEAST_FILES: Final = 64
_SHOWN: Final = 40  # letters of a name
_NO_MEMORY: Final = "this machine gives no more memory"
_MORE_MEMORY: Final = "Give it more (see ulimit -v), or use less: smaller {model_size_px}, smaller {workers}."
_MORE_THREADS: Final = "Allow more (see ulimit -u), or let fewer programs run."
_MORE_FILES: Final = "Allow more (see ulimit -n), or close other programs."


def unforeseen(error: BaseException) -> TcvcError:
    """What an error that nothing has caught is for a person: OutOfMemory, LimitReached, OutputError for a
    name that no file can have, UnreadableInput for what may not be read, and for anything else
    InternalError."""
    if isinstance(error, TcvcError):
        return error
    known = limit_reached(error) or _long_name(error) or _forbidden(error)
    return known or InternalError(f"{type(error).__name__}: {error}")


def refuse_low_limits() -> None:
    """Raises OutOfMemory or LimitReached where so little is allowed (`ulimit`) that libraries would end the
    process, or wait for ever, without a word."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    if 0 <= resource.getrlimit(resource.RLIMIT_AS)[0] < _LEAST_BYTES:
        raise OutOfMemory(f"of memory, ulimit -v allows less than {_LEAST_BYTES >> 20} MiB", _MORE_MEMORY)
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < _LEAST_FILES:
        if 0 <= most < _LEAST_FILES:
            raise LimitReached(f"fewer than {_LEAST_FILES} files may be open at once", _MORE_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (_LEAST_FILES, most))


def limit_reached(error: BaseException) -> TcvcError | None:
    """The limit that `error`, or one that it came of, tells of; None where there is none."""
    return next((found for one in _chain(error) if (found := _reached(one)) is not None), None)


def lost_library(error: Exception) -> TcvcError:
    """What it means that a part of the program, or what it stands on, does not load."""
    return limit_reached(error) or TcvcError(
        f"a library does not load: {error}", "Install tcvc again; see tcvc doctor."
    )


def _long_name(error: BaseException) -> TcvcError | None:
    if not isinstance(error, OSError) or error.errno != errno.ENAMETOOLONG:
        return None
    name = max(os.fsdecode(error.filename or "").split(os.sep), key=len)
    return OutputError(f"the name {name[:_SHOWN]}… is too long, no file can have it", "Give a shorter one.")


def _forbidden(error: BaseException) -> TcvcError | None:
    if not isinstance(error, PermissionError) or error.filename is None:
        return None
    return UnreadableInput(f"no permission for {os.fsdecode(error.filename)}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        yield one
        seen.add(id(one))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _reached(error: BaseException) -> TcvcError | None:
    number, words = getattr(error, "errno", None), str(error).lower()
    if isinstance(error, OSError) and number in (errno.EMFILE, errno.ENFILE):
        return LimitReached("no more files may be open at once", _MORE_FILES)
    if _says(error, words, _THREADS) or (isinstance(error, BlockingIOError) and number == errno.EAGAIN):
        return LimitReached("no more threads or processes may be started", _MORE_THREADS)
    if isinstance(error, MemoryError) or number == errno.ENOMEM or _says(error, words, _MEMORY):
        return OutOfMemory(_NO_MEMORY, _MORE_MEMORY)
    return None


def _says(error: BaseException, words: str, wanted: tuple[str, ...]) -> bool:
    """PyTorch's errors are RuntimeErrors, the loader's ImportErrors, OpenCV's have a class of their own."""
    is_of_library = isinstance(error, RuntimeError | ImportError | OSError) or type(error).__name__ == "error"
    return is_of_library and any(one in words for one in wanted)
