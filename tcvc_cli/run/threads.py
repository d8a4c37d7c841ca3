"""Decode, model and encode side by side: each in its own thread, with short queues between them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from types import TracebackType
from typing import Generic, Self, TypeVar

from tcvc_cli.trace import waiting

T = TypeVar("T")

_LOOK_S = 0.1  # how often a waiting thread looks whether it is still wanted


class _End:
    """Marks the end of a queue; holds the error that ended it, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(
    items: Iterable[T], depth: int, on_over: Callable[[], None] = lambda: None, *, name: str = "ahead"
) -> Generator[T, None, None]:
    """The same items, produced up to `depth` ahead in another thread. Errors come out where they happened.

    `on_over` is called when no more of them are wanted: it wakes whoever waits for one that may never come.
    `name` is that of the thread, and in a trace of what is waited for.
    """
    queued: queue.Queue[T | _End] = queue.Queue(depth)
    is_over = threading.Event()

    def offer(item: T | _End) -> bool:
        with waiting(f"what follows {name} is busy"):
            while not is_over.is_set():
                try:
                    queued.put(item, timeout=_LOOK_S)
                    return True
                except queue.Full:
                    continue
        return False

    def produce() -> None:
        end = _End()
        try:
            for item in items:
                if not offer(item):
                    break
        except BaseException as error:
            end = _End(error)
        if isinstance(items, Generator):
            items.close()
        offer(end)

    def wanted() -> T | _End:
        with waiting(f"waiting for {name}"):
            return queued.get()

    thread = threading.Thread(target=produce, name=name, daemon=True)
    thread.start()
    try:
        while not isinstance(item := wanted(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        is_over.set()
        on_over()
        thread.join()


class Behind(Generic[T]):
    """Hands items to `consume` in another thread, at most `depth` waiting; a context manager.

    Leaving it waits for the last item. An error in `consume` is raised by the next `put`, or on leaving.
    """

    def __init__(self, consume: Callable[[T], None], depth: int) -> None:
        self._consume = consume
        self._waiting: queue.Queue[T | _End] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._is_dropped = False
        self._thread = threading.Thread(target=self._work, name="behind", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def put(self, item: T) -> None:
        """Waits while the queue is full."""
        if self._error is not None:
            raise self._error
        self._waiting.put(item)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_dropped = kind is not None
        self._waiting.put(_End())
        self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def _work(self) -> None:
        while not isinstance(item := self._waiting.get(), _End):
            if self._error is not None or self._is_dropped:
                continue  # keep emptying, so that nobody waits forever
            try:
                self._consume(item)
            except BaseException as error:
                self._error = error
