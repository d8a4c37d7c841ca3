"""stdin, stdout and stderr, as whoever started the program left them: closed, on a full disk, to nobody.

An answer on stdout that cannot be written is an error of the output; words on stderr that cannot be are lost,
and nothing else is. No file that the program opens ever gets the number of one of the three.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO

from tcvc_cli.errors import OutputError
from tcvc_cli.files import while_writing

_STDIN, _STDOUT, _STDERR = 0, 1, 2
# What is written to a closed stdout fails, as it should: a film that went nowhere is no success.
_IN_PLACE: Final = ((_STDIN, os.O_RDONLY), (_STDOUT, os.O_RDONLY), (_STDERR, os.O_RDWR))
_ADVICE: Final = "See where stdout goes."
_REPLACED: Final[list[TextIO]] = []  # whose last reference would close the file that another writes to now


def prepare() -> None:
    """Before anything is opened. What a stream cannot spell is escaped."""
    for number, flags in _IN_PLACE:
        if not _is_open(number):
            _open_nothing(number, flags)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(_STDIN, closefd=False)), encoding="utf-8")
    sys.stdout = _guarded(sys.stdout, _STDOUT, _Answers)
    sys.stderr = _guarded(sys.stderr, _STDERR, _Words)


def refuse_closed_stdout() -> None:
    """Raises OutputError where what goes to stdout would go nowhere."""
    try:
        os.write(_STDOUT, b"")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritten(error) from error


def forget_stdout() -> None:
    """Python is kept from flushing at exit what cannot be written."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)


def unwritten(error: OSError) -> OutputError:
    """What an error of the system means that came while stdout was written."""
    told = while_writing(Path("stdout"), error)
    if type(told) is not OutputError and isinstance(told, OutputError):
        return told  # a full disk
    return OutputError(f"stdout cannot be written: {error.strerror or error}", _ADVICE)


class _Answers(io.FileIO):
    """stdout. Raises BrokenPipeError, or OutputError."""

    def write(self, data: Any, /) -> int:
        rest = memoryview(data).cast("B")
        size = len(rest)
        try:
            while len(rest):
                written = super().write(rest)
                if written is None:  # another program has made it one that does not wait
                    select.select([], [self], [])
                rest = rest[written or 0 :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritten(error) from error
        return size


class _Words(io.FileIO):
    """stderr. Where nobody can hear, nobody is told."""

    def write(self, data: Any, /) -> int:
        size = memoryview(data).nbytes
        try:
            return super().write(data) or size
        except OSError:
            return size


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError as error:
        return error.errno != errno.EBADF
    return True


def _open_nothing(number: int, flags: int) -> None:
    """At this number; whatever is started from here has it too."""
    handle = os.open(os.devnull, flags)
    if handle != number:
        os.dup2(handle, number)
        os.close(handle)
    os.set_inheritable(number, True)  # noqa: FBT003


def _guarded(stream: TextIO | None, number: int, kind: Callable[..., io.FileIO]) -> TextIO:
    """The stream as before, on a file of `kind`; others than Python's own, such as a console of Windows, or
    what a caller put there, stay."""
    if stream is None:
        return _text(kind(number, "w", closefd=False), "utf-8", is_buffered=True)
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if type(stream) is not io.TextIOWrapper or type(raw) is not io.FileIO:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        return stream
    stream.flush()
    _REPLACED.append(stream)
    return _text(kind(number, "w", closefd=False), stream.encoding, is_buffered=raw is not buffer)


def _text(raw: io.FileIO, encoding: str, *, is_buffered: bool) -> TextIO:
    """As Python makes its own: unbuffered where PYTHONUNBUFFERED asks for it."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw) if is_buffered else raw,
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=raw.fileno() == _STDERR or raw.isatty(),
        write_through=not is_buffered,
    )
