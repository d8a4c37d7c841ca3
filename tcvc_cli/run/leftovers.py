"""What stopped runs left behind: finding it and removing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tcvc_cli.errors import OutputBusy, OutputError, UnreadableInput
from tcvc_cli.media.whole import part_path
from tcvc_cli.run import work
from tcvc_cli.run.journal import Journal
from tcvc_cli.run.sidecar import sidecar_path


@dataclass(frozen=True, slots=True)
class Leftover:
    """A work folder, and the half-written files that belong to it. `input` and `output` are None when
    its journal is gone: nothing can go on from it."""

    folder: Path
    input: Path | None
    output: Path | None
    segments: int
    size_bytes: int
    is_in_use: bool
    parts: tuple[Path, ...]


def leftovers(place: Path, *, is_recursive: bool = False) -> Iterator[Leftover]:
    """Of all work folders in the folder `place`, in order of their names. Raises UnreadableInput."""
    if not place.is_dir():
        raise UnreadableInput(f"there is no folder {place}")
    for folder in sorted(place.rglob(f".*{work.SUFFIX}") if is_recursive else place.glob(f".*{work.SUFFIX}")):
        if work.is_work_folder(folder):
            yield _looked_into(folder)


def remove_leftover(leftover: Leftover) -> None:
    """Raises OutputBusy when a run is at work there by now."""
    with work.locked(leftover.folder):
        for part in leftover.parts:
            part.unlink(missing_ok=True)
        work.remove(leftover.folder)


def _looked_into(folder: Path) -> Leftover:
    try:
        with work.locked(folder):
            return _described(folder)
    except OutputBusy:
        return Leftover(folder, None, None, 0, _size_bytes(folder), is_in_use=True, parts=())


def _described(folder: Path) -> Leftover:
    size_bytes = _size_bytes(folder)
    unknown = Leftover(folder, None, None, 0, size_bytes, is_in_use=False, parts=())
    if not (folder / work.JOURNAL).is_file():
        return unknown
    try:
        with Journal(folder) as journal:
            begun = journal.begun()
            if begun is None:
                return unknown
            parts = _parts(begun.output)
            size_bytes += sum(part.stat().st_size for part in parts)
            segments = journal.segment_count()
            return Leftover(
                folder, begun.input, begun.output, segments, size_bytes, is_in_use=False, parts=parts
            )
    except OutputError:
        return unknown


def _parts(output: Path) -> tuple[Path, ...]:
    parts = map(part_path, (output, sidecar_path(output)))
    return tuple(part for part in parts if part.is_file())


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
