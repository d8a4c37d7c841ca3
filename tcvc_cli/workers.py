"""Threads for pieces of work that do not depend on each other."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread, current_thread
from typing import Any, Final, TypeVar

T = TypeVar("T")
_Work = Callable[[], None]


class Workers:
    """`count` threads that take work in the order in which it comes; each calls `begin` once.

    They end with this object, or with the program: work that is not begun by then is dropped.
    """

    def __init__(self, count: int, name: str, begin: Callable[[], object] = lambda: None) -> None:
        self.count: Final = count
        self._waiting: SimpleQueue[_Work | None] = SimpleQueue()
        threads = [
            Thread(target=_work, args=(self._waiting, begin), name=f"{name} {number}", daemon=True)
            for number in range(1, count + 1)
        ]
        for thread in threads:
            thread.start()
        weakref.finalize(self, _stop, self._waiting, threads)

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Its result, or the error that it ended with, by and by."""
        future: Future[T] = Future()
        self._waiting.put(lambda: _run(future, work))
        return future


def _run(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)


def _work(waiting: SimpleQueue[_Work | None], begin: Callable[[], object]) -> None:
    begin()
    while (work := waiting.get()) is not None:
        work()
        del work  # and with it the result, which is large


def _stop(waiting: SimpleQueue[_Work | None], threads: Sequence[Thread]) -> None:
    """A thread that was cut off inside a library at the end of the program would take it down."""
    while True:
        try:
            waiting.get_nowait()
        except Empty:
            break
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        if thread is not current_thread():
            thread.join()
