"""The films of one command, one after another, the rest in spite of one that fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from tcvc_cli.errors import OutputBusy
from tcvc_cli.run.batch.films import failure
from tcvc_cli.run.events import BatchFinished, Event, FileEnded, FileStarted, Finished, Planned, Skipped
from tcvc_cli.run.options.film import Options

Run = Callable[[Options], Generator[Event, None, None]]


@dataclass(frozen=True, slots=True)
class Input:
    """One film, and every colouring of it that is wanted."""

    path: Path
    colorings: tuple[Options, ...]


def run_inputs(inputs: Sequence[Input], run: Run) -> Generator[Event, None, None]:
    """The events of every film between FileStarted and FileEnded; ends with BatchFinished. What is wrong with
    a film is in its FileEnded; of its colourings those after one that fails are left."""
    ended = []
    for one in inputs:
        yield FileStarted(one.path)
        outcome = yield from _outcome(one, run)
        ended.append(outcome)
        yield outcome
    yield BatchFinished(tuple(ended))


def _outcome(one: Input, run: Run) -> Generator[Event, None, FileEnded]:
    started = time.monotonic()
    found = FileEnded(one.path, PurePath(), None, "done", 0, None, 0, 0.0)
    try:
        for options in one.colorings:
            with closing(run(options)) as events:
                for event in events:
                    found = _after(event, found)
                    yield event
    except OutputBusy as error:  # nobody comes back to it
        found = replace(found, state="failed", exit_code=error.exit_code, message=str(error))
    except Exception as error:
        found = failure(replace(found, state="failed"), error)
    return replace(found, seconds=time.monotonic() - started)


def _after(event: Event, found: FileEnded) -> FileEnded:
    match event:
        case Finished():
            return replace(found, state="done", output=event.output, frames=found.frames + event.frames)
        case Skipped():
            return replace(found, state="done before", output=event.output)
        case Planned():
            return replace(found, state="planned")
    return found
