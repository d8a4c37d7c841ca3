"""The subject of a review, and how far the walk through the film has come meanwhile."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from tcvc_cli.media.read.probe import probe
from tcvc_cli.review.subject import Subject, walk_to_subject
from tcvc_cli.run.events import Event, FramesDone, StageStarted


def find_subject(
    film: Path, result: Path | None = None, *, shots_file: Path | None = None
) -> Generator[Event, None, Subject]:
    """As `walk_to_subject`, and yields events where the film has to be walked through for its shots."""
    walk, is_started = walk_to_subject(film, result, shots_file=shots_file), False
    while True:
        try:
            seen = next(walk)
        except StopIteration as end:
            subject: Subject = end.value
            return subject
        if not is_started:
            yield StageStarted("shots", probe(film).frame_count)
            is_started = True
        yield FramesDone("shots", seen)
