"""Shots that are never changed again: what a finished result shows of them stays, whatever else changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from tcvc_cli.errors import OutputError
from tcvc_cli.run.film.segments import Part, Segment, ShotPlan
from tcvc_cli.run.resume.finished_result import FinishedResult

_ADVICE: Final = "Unlock it with tcvc settings, or give the shot list of before with {shots_file}."


def with_locked(
    shots: Sequence[ShotPlan], finished: FinishedResult
) -> tuple[tuple[ShotPlan, ...], dict[int, str]]:
    """The shots, those that are locked as the result shows them; and the keys of the dissolves that they are
    seen in, by their first frames, which stay with them. Raises OutputError where the shot or such a dissolve
    has become another, for the result does not tell the shot's own colours then."""
    locked = tuple(_locked(shot, finished) for shot in shots)
    dissolves: dict[int, str] = {}
    for before, shot in pairwise(locked):
        arriving = shot.take.shot.dissolve
        if arriving is None or not (_is_there(before, finished) or _is_there(shot, finished)):
            continue
        key = finished.key_of(arriving.start, arriving.stop)
        if key is None:
            numbers = f"{before.number} and {shot.number}"
            raise OutputError(
                f"one of shots {numbers} is locked, and their dissolve is not that of the finished result",
                _ADVICE,
            )
        dissolves[arriving.start] = key
    return locked, dissolves


def refuse_lost(segments: Sequence[Segment], kept: Sequence[Segment]) -> None:
    """Raises OutputError where what somebody has locked could not be taken out of the result."""
    there = {one.id for one in kept}
    for one in segments:
        if one.part is not None and one.id not in there and one.shot.look.is_locked and not one.is_made:
            raise OutputError(
                f"shot {one.shot.number} is locked, and cannot be cut out of the finished result",
                "Unlock it with tcvc settings, and it is coloured again.",
            )


def unlocked(shots: Sequence[ShotPlan], finished: FinishedResult) -> Iterator[str]:
    """A line for each shot that is locked and that nothing shows yet."""
    for shot in shots:
        if shot.look.is_locked and not _is_there(shot, finished):
            yield f"shot {shot.number} is locked, but no finished result shows it yet: it is coloured now"


def _is_there(shot: ShotPlan, finished: FinishedResult) -> bool:
    return shot.look.is_locked and finished.key_of(*_extent(shot)) is not None


def _extent(shot: ShotPlan) -> tuple[int, int]:
    return shot.take.pure.start, shot.take.pure.stop


def _locked(shot: ShotPlan, finished: FinishedResult) -> ShotPlan:
    if not _is_there(shot, finished):
        if shot.look.is_locked and finished.shows(*_extent(shot)):
            raise OutputError(
                f"shot {shot.number} is locked, and the finished result has other shots there", _ADVICE
            )
        return shot
    start, stop = _extent(shot)
    key = finished.key_of(start, stop)
    assert key is not None
    rows = (one for one in finished.parts_of(key) if start <= one.start and one.stop <= stop)
    parts = tuple(Part(row.number, row.start, row.stop, ()) for row in rows)
    return replace(shot, fingerprint=key, parts=parts)
