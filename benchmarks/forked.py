"""A command of tcvc in a process of its own, for runs that are killed or disturbed in the middle."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tcvc_cli.cli.main import main as tcvc

PATIENCE_S: Final = 300


def start(arguments: list[str], log: Path, arm: Callable[[], None] = lambda: None) -> int:
    """The number of the process. All that it says is in `log`; `arm` is called there before the command."""
    log.write_text("")
    process = os.fork()
    if process == 0:
        try:
            handle = os.open(log, os.O_WRONLY | os.O_APPEND)
            os.dup2(handle, 1)
            os.dup2(handle, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            arm()
            code = tcvc(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        finally:  # whatever happens, this process tidies nothing up that belongs to the other
            os._exit(70)
    return process


def end(process: int) -> int | None:
    """Its exit code, None when it was killed. Raises TimeoutError for one that hangs, and kills it."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    raise TimeoutError
