"""Who worked and who waited, thread by thread: spans in Chrome's trace format, for chrome://tracing or
https://ui.perfetto.dev.

The format is that of the Trace Event Format (Google, "JSON Array Format"): complete events ("ph": "X"), times
in microseconds.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Final

WAITING: Final = "waiting"  # the category of spans in which a thread has nothing to do
_SHORTEST_WAIT_US: Final = 1000.0


class _Trace:
    """Written as it comes, so that a long film needs no memory for it."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._lock, self._begun = file, threading.Lock(), time.perf_counter()
        self._named: set[int] = set()
        self._is_first = True

    def now_us(self) -> float:
        return (time.perf_counter() - self._begun) * 1e6

    def add(self, name: str, category: str, start_us: float, detail: str) -> None:
        thread, end_us = threading.current_thread(), self.now_us()
        if category == WAITING and end_us - start_us < _SHORTEST_WAIT_US:
            return
        event = {
            "name": name,
            "cat": category,
            "ph": "X",
            "ts": round(start_us, 1),
            "dur": round(end_us - start_us, 1),
            "args": {"detail": detail} if detail else {},
        }
        with self._lock:
            if thread.native_id not in self._named:
                self._named.add(thread.native_id or 0)
                self._write({"name": "thread_name", "ph": "M", "args": {"name": thread.name}})
            self._write(event)

    def _write(self, event: dict[str, object]) -> None:
        place = {"pid": os.getpid(), "tid": threading.get_native_id()}
        self._file.write("[\n" if self._is_first else ",\n")
        self._file.write(json.dumps({**event, **place}))
        self._is_first = False

    def close(self) -> None:
        with self._lock:
            self._file.write("[]\n" if self._is_first else "\n]\n")


_active: _Trace | None = None


@contextmanager
def tracing(path: Path) -> Iterator[None]:
    """While it lasts, every span of this process is written to `path`. Raises OSError."""
    global _active
    with path.open("w", encoding="utf-8") as file:
        trace = _active = _Trace(file)
        try:
            yield
        finally:
            _active = None
            trace.close()


@contextmanager
def span(name: str, detail: str = "", category: str = "work") -> Iterator[None]:
    """What the calling thread does while it lasts. Costs next to nothing where nobody traces."""
    trace = _active
    if trace is None:
        yield
        return
    start_us = trace.now_us()
    try:
        yield
    finally:
        trace.add(name, category, start_us, detail)


def waiting(name: str) -> AbstractContextManager[None]:
    """A span in which the calling thread waits for another; of less than a millisecond nothing is noted."""
    return span(name, category=WAITING)
