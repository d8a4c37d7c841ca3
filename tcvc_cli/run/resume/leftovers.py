"""What stopped runs left behind: finding it and removing it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tcvc_cli.errors import OutputBusy, OutputError, UnreadableInput
from tcvc_cli.names import WORK_SUFFIX
from tcvc_cli.run.resume import work_folder as work
from tcvc_cli.run.resume.drafts.folders import folder_drafts_in, size_bytes
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.lease import holder_of


@dataclass(frozen=True, slots=True)
class Leftover:
    """A work folder, and the film that it is about. Without `segments` nothing can go on from it. It counts
    as in use for an hour after the last sign of life of another host; `used_by` is who, where it is known."""

    folder: Path
    input: Path
    output: Path
    segments: int
    size_bytes: int
    is_in_use: bool
    used_by: str | None = None


def leftovers(place: Path, *, is_recursive: bool = False) -> Iterator[Leftover]:
    """Of all work folders in the folder `place`, each as it is found, in order of names. Only folders whose
    marker is ours and names their film count; links are not followed. Raises UnreadableInput."""
    if not place.is_dir():
        raise UnreadableInput(f"there is no folder {place}")
    for here, folders, _ in os.walk(place):
        folders.sort()
        for name in folders:
            is_called_so = name.startswith(".") and name.endswith(WORK_SUFFIX)
            if is_called_so and (found := _looked_into(Path(here) / name)):
                yield found
        folders[:] = [name for name in folders if is_recursive and not name.endswith(WORK_SUFFIX)]


def remove_leftover(leftover: Leftover) -> None:
    """Raises OutputBusy when a run is at work there by now, OutputError when it is not ours any more."""
    with work.locked(leftover.folder, work.at_once) as lease:
        work.refuse_busy_shares(leftover.folder, work.at_once)
        if work.about(leftover.folder) != work.About(leftover.input, leftover.output):
            raise OutputError(f"{leftover.folder} has changed meanwhile", "Look at it, then try again.")
        work.remove(lease)


def _looked_into(folder: Path) -> Leftover | None:
    """None for a folder that is not ours, or holds anything that is not."""
    about = work.about(folder)
    if about is None:
        return None
    found = Leftover(folder, about.input, about.output, 0, _size_bytes(folder), is_in_use=False)
    try:
        with work.locked(folder, work.at_once):
            work.refuse_busy_shares(folder, work.at_once)
            return replace(found, segments=_segment_count(folder))
    except OutputBusy:
        holder = holder_of(folder)
        return replace(found, is_in_use=True, used_by=None if holder is None else str(holder))
    except OutputError:
        return None


def _segment_count(folder: Path) -> int:
    """With those that several machines have finished together."""
    return _journaled_count(folder) + work.finished_count(folder)


def _journaled_count(folder: Path) -> int:
    if not (folder / work.JOURNAL).is_file():
        return 0
    try:
        with Journal(folder) as journal:
            return 0 if journal.begun() is None else journal.segment_count()
    except OutputError:
        return 0


def _size_bytes(folder: Path) -> int:
    places = (folder, *work.shares_in(folder))
    files = sum(path.stat().st_size for place in places for path in place.iterdir() if path.is_file())
    return files + sum(map(size_bytes, folder_drafts_in(folder)))
