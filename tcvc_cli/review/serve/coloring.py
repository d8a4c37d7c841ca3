"""Colouring again: the tool's own command as a process of its own, one at a time, whose events are kept."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import psutil

import tcvc_cli
from tcvc_cli.errors import Interrupted, OutputError, TcvcError
from tcvc_cli.import_path import isolate_children
from tcvc_cli.review.serve.event_log import EventLog

PROGRAM: Final = (
    sys.executable,
    "-P",
    "-m",
    tcvc_cli.__name__,
)  # no module is taken from the folder it is in
_LOG: Final = logging.getLogger("tcvc.serve")
_MOST_LINE_BYTES: Final = 8 << 20
_MOST_MESSAGE_BYTES: Final = 2_000
_END_S: Final = 60.0  # for what it has begun


@dataclass(frozen=True, slots=True)
class Begun:
    """`run` counts from 1."""

    run: int


@dataclass(frozen=True, slots=True)
class Progress:
    """`run` is the last one that was begun, 0 before the first. It is `running` until the page's data are
    made anew as well, with `rebuilding` in the meantime; then there is an `exit_code`, and where something
    went wrong a `message`: none where it was asked to stop. The next `events` are those from the number
    `next` on."""

    run: int = 0
    running: bool = False
    rebuilding: bool = False
    events: tuple[dict[str, Any], ...] = ()
    next: int = 0
    exit_code: int | None = None
    message: str | None = None


NOT_BEGUN: Final = Progress()


class Coloring:
    """`command` is asked before each run for its words, of which the first stands for this program; they are
    run in `folder`, without a shell, and print their events as JSON on stdout. `rebuild` makes the page's
    data anew. Any number of threads may ask."""

    def __init__(
        self, command: Callable[[], Sequence[str]], folder: Path, rebuild: Callable[[], None]
    ) -> None:
        self._command = command
        self._folder = folder
        self._rebuild = rebuild
        self._lock = threading.Lock()
        self._runs: list[_Run] = []  # the last one alone
        self._count = 0
        self._is_closed = False

    def start(self) -> int | None:
        """The number of the new run; None where one is running. Raises OutputError where it cannot start,
        and what `command` does."""
        with self._lock:
            if self._is_closed or any(run.is_running for run in self._runs):
                return None
            words = (*PROGRAM, *self._command()[1:])
            try:
                run = _Run(words, self._folder, self._rebuild)
            except OSError as error:
                raise OutputError(f"the command cannot be run: {error.strerror or error}") from error
            self._count += 1
            self._runs = [run]
            return self._count

    def stop(self) -> None:
        """Asks the run to end, once; where none is running there is nothing to do."""
        with self._lock:
            runs = tuple(self._runs)
        for run in runs:
            run.stop()

    def progress(self, since: int) -> Progress:
        """With the events from the number `since` on."""
        with self._lock:
            runs, count = tuple(self._runs), self._count
        if not runs:
            return NOT_BEGUN
        return runs[0].progress(count, since)

    def close(self) -> None:
        """Nothing is begun any more; what runs is stopped and waited for, a rebuild till it is done."""
        with self._lock:
            self._is_closed = True
            runs = tuple(self._runs)
        for run in runs:
            run.close()


class _Run:
    """One process from its start. Raises OSError where there is none."""

    def __init__(self, words: Sequence[str], folder: Path, rebuild: Callable[[], None]) -> None:
        self._process = subprocess.Popen(
            words,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C in the terminal reaches the server alone: it ends the run once, not twice.
            **_in_own_group(),
        )
        self._rebuild = rebuild
        self._events = EventLog()
        self._lock = threading.Lock()
        self._is_stopped = False
        self._is_rebuilding = False
        self._exit_code: int | None = None
        self._message: str | None = None
        self._last_words = b""
        self._worker = threading.Thread(target=self._follow, name="tcvc-colour-again")
        self._worker.start()

    @property
    def is_running(self) -> bool:
        with self._lock:
            return self._exit_code is None

    def stop(self) -> None:
        """A second signal would end it without tidying up, so there is only one."""
        with self._lock:
            if not self._is_stopped and self._process.poll() is None:
                self._is_stopped = True
                self._process.send_signal(_interrupt())

    def close(self) -> None:
        self.stop()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            _kill(self._process)
        self._worker.join()

    def progress(self, number: int, since: int) -> Progress:
        with self._lock:  # first how it stands, so that no event is missed of what has ended
            code, message, is_rebuilding = self._exit_code, self._message, self._is_rebuilding
        events, after = self._events.since(since)
        return Progress(
            number,
            running=code is None,
            rebuilding=is_rebuilding,
            events=events,
            next=after,
            exit_code=code,
            message=message,
        )

    def _follow(self) -> None:
        """Until it has ended and the page's data are made anew."""
        with self._process as process:
            assert process.stdout is not None
            assert process.stderr is not None
            errors = threading.Thread(target=self._listen, args=(process.stderr,))
            errors.start()
            for line in _lines(process.stdout, _MOST_LINE_BYTES):
                self._events.add(line)
            errors.join()
            code = process.wait()
        message = self._failure(code)
        if code == 0:
            message = self._rebuilt()
        with self._lock:
            self._exit_code, self._message, self._is_rebuilding = code, message, False

    def _listen(self, stream: IO[bytes]) -> None:
        """The last line counts: it says what was wrong."""
        for line in _lines(stream, _MOST_MESSAGE_BYTES):
            if words := line.strip():
                self._last_words = words
                _LOG.debug("%s", words.decode(errors="replace"))

    def _failure(self, code: int) -> str | None:
        is_as_wanted = self._is_stopped and (code < 0 or code == Interrupted.exit_code)
        if code == 0 or is_as_wanted:
            return None
        words = self._last_words.decode(errors="replace")
        return words or f"The command ended with exit code {code}."

    def _rebuilt(self) -> str | None:
        """What went wrong with it."""
        with self._lock:
            self._is_rebuilding = True
        try:
            self._rebuild()
        except TcvcError as error:
            return f"The film is coloured, but the page is as it was: {error}."
        except Exception as error:  # this thread has nobody who would hear of it
            _LOG.debug("details", exc_info=error)
            return f"The film is coloured, but the page is as it was: {type(error).__name__}: {error}."
        return None


def _lines(stream: IO[bytes], most_bytes: int) -> Iterator[bytes]:
    """Those that are not longer; of a longer one nothing."""
    while line := stream.readline(most_bytes):
        if line.endswith(b"\n") or len(line) < most_bytes:
            yield line
            continue
        while (rest := stream.readline(most_bytes)) and not rest.endswith(b"\n"):
            pass


def _environment() -> dict[str, str]:
    """So that the very program that serves is run, and nothing that lies beside the film."""
    environment = dict(os.environ)
    isolate_children(environment)
    return environment


def _in_own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With whatever it has started, which could hold its output open."""
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
    process.kill()


def _interrupt() -> signal.Signals:
    if sys.platform == "win32":
        return signal.CTRL_BREAK_EVENT
    return signal.SIGINT
