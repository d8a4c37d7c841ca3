"""Shots that are never changed again: what a finished result shows of them stays, whatever else changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from tcvc_cli.run.film.segments import Part, ShotPlan
from tcvc_cli.run.resume.finished_result import FinishedResult


def with_locked(
    shots: Sequence[ShotPlan], finished: FinishedResult
) -> tuple[tuple[ShotPlan, ...], dict[int, str]]:
    """The shots, those that are locked as the result shows them; and the keys of the dissolves that they are
    seen in, by their first frames, which stay with them."""
    locked = tuple(_locked(shot, finished) for shot in shots)
    dissolves: dict[int, str] = {}
    for before, shot in pairwise(locked):
        arriving = shot.take.shot.dissolve
        if arriving is None or not (_is_there(before, finished) or _is_there(shot, finished)):
            continue
        key = finished.key_of(arriving.start, arriving.stop)
        if key is not None:
            dissolves[arriving.start] = key
    return locked, dissolves


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
        return shot
    start, stop = _extent(shot)
    key = finished.key_of(start, stop)
    assert key is not None
    rows = (one for one in finished.parts_of(key) if start <= one.start and one.stop <= stop)
    parts = tuple(Part(row.number, row.start, row.stop, ()) for row in rows)
    return replace(shot, fingerprint=key, parts=parts)
