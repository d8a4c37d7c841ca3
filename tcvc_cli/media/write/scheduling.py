"""Threads that an encoder raised above all others, brought back."""

from __future__ import annotations

import os
from pathlib import Path

_THREADS = Path("/proc/self/task")


def end_realtime() -> None:
    """Every thread of this process is scheduled as any other program's again.

    Run by root, SVT-AV1 asks for realtime priority (SCHED_FIFO) for its threads and for the one that opens
    it, whose children inherit it: nothing else on the machine would get a core before they rest.
    """
    if not hasattr(os, "sched_setscheduler") or not _THREADS.is_dir():
        return
    for thread in _THREADS.iterdir():
        try:
            if os.sched_getscheduler(int(thread.name)) in (os.SCHED_FIFO, os.SCHED_RR):
                os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
        except ProcessLookupError:
            continue  # it ended meanwhile
