"""A connection whose other end may send nothing, or a byte now and then."""

from __future__ import annotations

import io
import socket
import time
from contextlib import suppress
from typing import Any

_SENT_AT_ONCE = 1 << 20
_SWALLOWED_AT_ONCE = 1 << 16


class TimedReader(io.RawIOBase):
    """What comes in until a deadline. A read after it raises TimeoutError."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self._ends = time.monotonic()

    def allow(self, seconds: float) -> None:
        """The deadline is that far from now."""
        self._ends = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


def send(connection: socket.socket, data: bytes, seconds: float) -> None:
    """`seconds` for each MiB. Raises OSError, TimeoutError among it."""
    view = memoryview(data)
    for start in range(0, len(view), _SENT_AT_ONCE):
        connection.settimeout(seconds)  # of one call, as a whole
        connection.sendall(view[start : start + _SENT_AT_ONCE])


def swallow(connection: socket.socket, seconds: float) -> None:
    """What is still coming in, after the last answer: a connection that is closed over unread bytes is reset,
    and the answer lost."""
    reader = TimedReader(connection)
    reader.allow(seconds)
    buffer = bytearray(_SWALLOWED_AT_ONCE)
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        while reader.readinto(buffer):
            pass
