"""What a journal knows of a finished segment, and whether the files on disk are still that."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from tcvc_cli.files import is_plain
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.model.shot import ShotState
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.resume.vouching.sealed import sealed_bytes
from tcvc_cli.run.resume.vouching.sealed_arrays import sealed_arrays, unsealed_arrays
from tcvc_cli.run.resume.vouching.stamps import sha256_as_it_is
from tcvc_cli.run.resume.work_folder import mixed_path, segment_path
from tcvc_cli.run.shares.machine import Machine


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A finished segment: the frames `[start, stop)` of its file, its size, and that of the file with the
    colours of a dissolve; None where there is no such file. `appraisal` is of these frames, `machine` made
    them. Both files have these SHA-256."""

    start: int
    stop: int
    size_bytes: int | None
    mixed_bytes: int | None
    appraisal: Appraisal | None = None
    machine: Machine | None = None
    sha256: str | None = None
    mixed_sha256: str | None = None


def row_name(segment: tuple[str, int]) -> str:
    """Under which the row of a segment is sealed."""
    return f"segment {segment[0]} {segment[1]}"


def row_on_disk(
    folder: Path,
    segment: Segment,
    appraisal: Appraisal | None = None,
    machine: Machine | None = None,
    *,
    has_mixed: bool = True,
) -> SegmentRow | None:
    """As the row of a segment must be, by its files in `folder`; None where one is missing, or cannot be
    read. Without `has_mixed` nobody has the colours of its dissolve."""
    files = _files(folder, segment, has_mixed=has_mixed)
    try:
        if not all(file is None or is_plain(file) for file in files):
            return None
        sizes = [None if file is None else file.stat().st_size for file in files]
        hashes = [None if file is None else sha256_as_it_is(file) for file in files]
    except OSError:
        return None
    (size, mixed_size), (sha256, mixed_sha256) = sizes, hashes
    return SegmentRow(segment.start, segment.stop, size, mixed_size, appraisal, machine, sha256, mixed_sha256)


def is_as_stated(folder: Path, segment: Segment, row: SegmentRow) -> bool:
    """Whether all files of the segment are in `folder`, byte by byte what the row is about."""
    return has_sizes(folder, segment, row) and row == row_on_disk(folder, segment, row.appraisal, row.machine)


def is_encoded_as_stated(folder: Path, segment: Segment, row: SegmentRow) -> bool:
    """The same of the frames alone that were encoded."""
    found = row_on_disk(folder, segment, has_mixed=False)
    return found is not None and (found.start, found.stop, found.sha256) == (row.start, row.stop, row.sha256)


def has_sizes(folder: Path, segment: Segment, row: SegmentRow) -> bool:
    """Whether files of those sizes are there, unread."""
    files = _files(folder, segment, has_mixed=True)
    try:
        sizes = [
            None if file is None else file.stat().st_size for file in files if file is None or is_plain(file)
        ]
    except OSError:
        return False
    is_same = (row.start, row.stop) == (segment.start, segment.stop)
    return is_same and sizes == [row.size_bytes, row.mixed_bytes]


def is_there_yet(folder: Path, segment: Segment) -> bool:
    """Whether its files have their names there, whatever they hold."""
    return all(file is None or is_plain(file) for file in _files(folder, segment, has_mixed=True))


def _files(folder: Path, segment: Segment, *, has_mixed: bool) -> tuple[Path | None, Path | None]:
    return (
        segment_path(folder, *segment.id) if segment.frame_count > 0 else None,
        mixed_path(folder, *segment.id) if has_mixed and segment.has_mixed_frames else None,
    )


def packed(state: ShotState | None, name: str) -> bytes:
    """Nothing but a seal where nothing is left to others, so that it can be told from what is gone."""
    seal = f"{name} state"
    return sealed_bytes(b"", seal) if state is None else sealed_arrays(asdict(state), seal)


def unpacked(content: bytes, name: str) -> ShotState | None:
    """What `packed` was given. Raises ValueError for anything else."""
    seal = f"{name} state"
    if content == sealed_bytes(b"", seal):
        return None
    arrays = unsealed_arrays(content, seal)
    try:
        return ShotState(int(arrays["start"]), arrays["shares"], arrays["before"], arrays["given"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"it holds no colours: {error}") from error
