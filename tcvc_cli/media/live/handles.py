"""The two ends of a pipe, as files for libav. Whoever waits at one can be told to stop.

A read gives what is there, not what was asked for: a buffer that is to be full first is a film that is late.
"""

from __future__ import annotations

import os
import select
import stat
import threading
from types import TracebackType
from typing import Final, Self

_LOOK_S: Final = 0.1  # how often a waiting thread looks whether it is still wanted
_MOST_BYTES: Final = 2**16
_PIPE_BYTES: Final = getattr(select, "PIPE_BUF", 512)  # which a pipe that can be written to takes at once


class _Handle:
    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._is_stopped = threading.Event()
        self.bytes = 0  # that went through

    def stop(self) -> None:
        """From another thread: nobody waits here any longer."""
        self._is_stopped.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Inlet(_Handle):
    """An open file to read from. When it is stopped it is at its end."""

    def __init__(self, handle: int) -> None:
        super().__init__(handle)
        self._head = b""

    def peek(self, size: int) -> bytes:
        """The next bytes, `size` of them unless the end comes first; they will be read once more."""
        while len(self._head) < size and (more := self._next(size - len(self._head))):
            self._head += more
        return self._head[:size]

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end. Raises OSError."""
        if self._head:
            part, self._head = self._head[:size], self._head[size:]
            return part
        return self._next(min(size, _MOST_BYTES))

    def _next(self, size: int) -> bytes:
        while not self._is_stopped.is_set():
            if os.name == "nt" or select.select([self._handle], [], [], _LOOK_S)[0]:
                part = os.read(self._handle, size)
                self.bytes += len(part)
                return part
        return b""


class Outlet(_Handle):
    """An open file to write to, which is not sought in."""

    def __init__(self, handle: int) -> None:
        super().__init__(handle)
        is_file = stat.S_ISREG(os.fstat(handle).st_mode)
        self._most_bytes = _MOST_BYTES if is_file or os.name == "nt" else _PIPE_BYTES

    def write(self, data: bytes) -> int:
        """All of it; how much that was. Raises BrokenPipeError when the reader has gone away, or when the
        outlet was stopped, OSError."""
        rest = memoryview(data)
        size = len(rest)
        while len(rest):
            if self._is_stopped.is_set():
                raise BrokenPipeError
            if os.name == "nt" or select.select([], [self._handle], [], _LOOK_S)[1]:
                rest = rest[os.write(self._handle, rest[: self._most_bytes]) :]
        self.bytes += size
        return size
