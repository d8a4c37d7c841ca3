"""A result that is there already: its segments serve a run that changes some of its shots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tcvc_cli.errors import MediaError
from tcvc_cli.media.carry.joining import first_pts
from tcvc_cli.media.carry.splitting import Cutting, split
from tcvc_cli.run.film.segments import Segment
from tcvc_cli.run.plan import FilmPlan
from tcvc_cli.run.provenance.sidecar import FinishedSegment, stated_sidecar
from tcvc_cli.run.resume.journal import Journal
from tcvc_cli.run.resume.vouching.stamps import sha256_as_it_is
from tcvc_cli.run.resume.work_folder import segment_path
from tcvc_cli.run.shares.machine import Machine


@dataclass(frozen=True, slots=True)
class FinishedResult:
    """The segments that the sidecar states of the result, in the order of their frames; none where there is
    no result of the same film, or another file has its name."""

    segments: tuple[FinishedSegment, ...] = ()
    machines: tuple[Machine, ...] = ()
    sha256: str = ""

    def is_as_stated(self, result: Path) -> bool:
        """Whether the file is, byte by byte, the one that its sidecar is about."""
        try:
            return sha256_as_it_is(result) == self.sha256
        except OSError:
            return False

    def machine_of(self, row: FinishedSegment) -> Machine | None:
        """Which of the `machines` made it; None where nobody says."""
        is_named = row.machine is not None and 0 <= row.machine < len(self.machines)
        return self.machines[row.machine] if is_named and row.machine is not None else None

    def key_of(self, start: int, stop: int) -> str | None:
        """The key under which just the frames `[start, stop)` stand, in one segment or several."""
        inside = [one for one in self.segments if start <= one.start and one.stop <= stop]
        keys = {one.key for one in inside}
        frames = sum(one.stop - one.start for one in inside)
        return keys.pop() if len(keys) == 1 and frames == stop - start else None

    def shows(self, start: int, stop: int) -> bool:
        """Whether any of the frames `[start, stop)` is in it."""
        return any(one.start < stop and start < one.stop for one in self.segments)

    def parts_of(self, key: str) -> tuple[FinishedSegment, ...]:
        return tuple(one for one in self.segments if one.key == key)


def finished_result(plan: FilmPlan, source_sha256: str) -> FinishedResult:
    """What is there under the name of the result. `source_sha256` is of the film that is planned."""
    sidecar = stated_sidecar(plan.output)
    if sidecar is None or sidecar.source.sha256 != source_sha256:
        return FinishedResult()
    rows = sidecar.segments
    starts = [one.stop for one in rows[:-1]]
    is_whole = all(one.start < one.stop for one in rows) and [one.start for one in rows[1:]] == starts
    return FinishedResult(rows, sidecar.machines, sidecar.result.sha256) if is_whole else FinishedResult()


def recover(
    plan: FilmPlan,
    finished: FinishedResult,
    segments: Sequence[Segment],
    kept: Sequence[Segment],
    journal: Journal,
) -> tuple[Segment, ...]:
    """Those of the film's `segments` that are not `kept`, but stand in the finished result, are cut out of it
    and entered in the journal; of a run that begins afresh, locked shots alone. A result that is other than
    it says gives none."""
    wanted = _recoverable(finished, segments, kept)
    if plan.options.is_fresh:
        wanted = (one for one in wanted if one.stays)
    found = {one.id: one for one in wanted}
    if not found or not finished.is_as_stated(plan.output):
        return ()
    files = [
        segment_path(journal.folder, row.key, row.number) if (row.key, row.number) in found else None
        for row in finished.segments
    ]
    cuttings = [
        Cutting(row.stop - row.start, row.first_pts, file)
        for row, file in zip(finished.segments, files, strict=True)
    ]
    is_moved = plan.options.start_s is not None  # then the first frame is at 0
    moved_s = finished.segments[0].first_pts * plan.film.time_base if is_moved else Fraction(0)
    try:
        split(plan.output, cuttings, plan.film.time_base, moved_s)
    except MediaError:
        return ()
    rows = {(row.key, row.number): row for row in finished.segments}
    for segment in found.values():
        row = rows.get(segment.id)
        if row is None:  # an empty one, of which the result says nothing
            journal.keep_recovered(segment, None)
        else:
            journal.keep_recovered(segment, row.appraisal, finished.machine_of(row))
    return tuple(found.values())


def _recoverable(
    finished: FinishedResult, segments: Sequence[Segment], kept: Sequence[Segment]
) -> Iterator[Segment]:
    """Dissolves, and shots of which the result holds all. A shot that is seen in a dissolve that has changed
    is coloured again, for the result does not tell its own colours there."""
    there = {one.id for one in kept}
    stated = {(one.key, one.number, one.start, one.stop) for one in finished.segments}
    held = {one.id for one in segments if (*one.id, one.start, one.stop) in stated or not one.frame_count}
    lost = {one.shot.number for one in segments if one.part and one.id not in there | held}
    for one in segments:
        if one.part is None and one.before and one.id not in there | held:
            lost |= {one.before.number, one.shot.number}
    for one in segments:
        if one.id not in there and one.id in held and (one.part is None or one.shot.number not in lost):
            yield one


def machines_of(shown: Sequence[Segment], journal: Journal) -> tuple[Machine, ...]:
    """Which have made the segments, in the order of the film."""
    rows = journal.rows()
    made_by = (rows[one.id].machine for one in shown)
    return tuple(dict.fromkeys(one for one in made_by if one is not None))


def stated_segments(
    shown: Sequence[Segment], journal: Journal, machines: Sequence[Machine]
) -> tuple[FinishedSegment, ...]:
    """For the sidecar: the segments that a result is joined from, in the order of their frames."""
    rows = journal.rows()
    numbers = {one: number for number, one in enumerate(machines)}
    return tuple(
        FinishedSegment(
            one.key,
            one.number,
            one.start,
            one.stop,
            first_pts(segment_path(journal.folder, *one.id)),
            rows[one.id].appraisal,
            None if (machine := rows[one.id].machine) is None else numbers[machine],
        )
        for one in shown
    )
