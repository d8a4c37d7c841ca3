"""A worker that is left alone ends. Its parent may be killed, and then tells nobody."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any, Final

_LEFT_ALONE: Final = 1
# What reaches every process of a terminal; some of it, and the mask, POSIX alone has.
_OF_TERMINAL: Final = tuple(
    number for number in (getattr(signal, name, None) for name in ("SIGINT", "SIGHUP")) if number is not None
)
_MASK: Final[Any] = getattr(signal, "pthread_sigmask", None)


def begin_worker() -> None:
    """The terminal's signals are for the parent, which ends its workers by SIGTERM; one that is ended loses
    its segment in hand, as one does whose parent is gone."""
    for number in _OF_TERMINAL:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with_parent()


def end_with_parent() -> None:
    """From here on this process ends as soon as its parent has, however that ended: the system closes the
    parent's end of a pipe between them."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), name="parent", daemon=True).start()


@contextmanager
def signals_held() -> Iterator[None]:
    """Signals of the terminal wait until the block ends, and never reach a process that is started in it:
    while it loads it would answer them with a traceback."""
    if _MASK is None:
        yield
        return
    before = _MASK(signal.SIG_BLOCK, _OF_TERMINAL)  # type: ignore[attr-defined,unused-ignore]
    try:
        yield
    finally:
        _MASK(signal.SIG_SETMASK, before)  # type: ignore[attr-defined,unused-ignore]


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(_LEFT_ALONE)
