"""Signals that end a run: Ctrl-C, SIGTERM, and SIGHUP when the terminal goes away."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Final

from tcvc_cli.errors import HungUp, Interrupted

_HANG_UP: Final = getattr(signal, "SIGHUP", None)  # Windows has none
_ENDING: Final = tuple(number for number in (signal.SIGINT, signal.SIGTERM, _HANG_UP) if number is not None)
_STOPPED_NOW: Final = b"tcvc: error: Stopped at once. The same command goes on where this one stopped.\n"
_received: list[int] = []  # by this run


def prepare() -> None:
    """SIGTERM and SIGHUP end a run as Ctrl-C does. A SIGHUP that is ignored, as under nohup, stays so. In any
    thread but the main one there is nothing to do: no signal comes there."""
    _received.clear()
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _ENDING:
        if number != _HANG_UP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def stop(number: int, frame: FrameType | None) -> None:
    """The segment in hand is dropped, the rest tidied up. A second time: at once, as a kill would."""
    if _received:
        os.write(2, _STOPPED_NOW)
        os._exit(stopped().exit_code)
    _received.append(number)
    raise KeyboardInterrupt


def is_stopped() -> bool:
    """Whether a signal has come that ends this run. Libraries lose the exception now and then, or make
    another of it."""
    return bool(_received)


def raise_if_stopped() -> None:
    if _received:
        raise KeyboardInterrupt


def stopped() -> Interrupted:
    """The error that the run ends with."""
    return HungUp("The terminal is gone") if _received[:1] == [_HANG_UP] else Interrupted("Stopped")


def leave_at_once(code: int) -> None:
    """From here on nothing is left to tidy up, and a signal ends the program with `code` and no word."""
    exec("")  # CPython takes a Ctrl-C within code that was a text for one that nobody caught, until the next
    if threading.current_thread() is threading.main_thread():
        for number in _ENDING:
            if signal.getsignal(number) is stop:
                signal.signal(number, lambda *_: os._exit(code))
