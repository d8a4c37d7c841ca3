"""The subject of a review, and how far the walk through the film has come meanwhile."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Flag

from tcvc_cli.review.subject import Subject, subject_of
from tcvc_cli.run.events import Event, FramesDone, StageStarted


class _NotWantedError(Exception):
    """Nobody waits for the subject any more."""


def find_subject(
    film: Path, result: Path | None = None, *, shots_file: Path | None = None
) -> Generator[Event, None, Subject]:
    """As `subject_of`, and yields events where the film has to be walked through for its shots. Raises as
    it does."""
    frames: SimpleQueue[int | None] = SimpleQueue()
    is_over, is_started = Flag(), False

    def seen(count: int) -> None:
        if is_over.is_set():
            raise _NotWantedError
        frames.put(count)

    with ThreadPoolExecutor(1, thread_name_prefix="subject") as pool:
        found = pool.submit(subject_of, film, result, shots_file=shots_file, progress=seen)
        found.add_done_callback(lambda _: frames.put(None))
        try:
            while (count := frames.get()) is not None:
                if not is_started:
                    yield StageStarted("shots", 0)
                is_started = True
                yield FramesDone("shots", count)
        finally:
            is_over.set()
    return found.result()
