"""What of a film is there already, in its work folder or in a finished result, and what is to be made."""

from __future__ import annotations

from dataclasses import dataclass

from tcvc_cli.run.computed.first_pass import FirstPass
from tcvc_cli.run.film.segments import Segment, plan_shots, segments_of
from tcvc_cli.run.looks.locked import refuse_lost, unlocked, with_locked
from tcvc_cli.run.resume.finished_result import FinishedResult, finished_result, recover
from tcvc_cli.run.resume.journal import Begun
from tcvc_cli.run.resume.unfinished import Unfinished
from tcvc_cli.run.shares.finished import adopt


@dataclass(frozen=True, slots=True)
class Division:
    """All segments of the film. `finished` is a result that is there under the name; `warnings` are about
    shots that somebody has locked."""

    segments: tuple[Segment, ...]
    finished: FinishedResult
    warnings: tuple[str, ...]


def divide(ready: FirstPass, about: Begun) -> Division:
    finished = finished_result(ready.plan, about.source.sha256)
    shots = plan_shots(ready.plan, ready.found.shots, ready.looks.shots, about.made_of, ready.memory)
    shots, dissolves = with_locked(shots, finished)
    return Division(segments_of(shots, dissolves), finished, tuple(unlocked(shots, finished)))


@dataclass(frozen=True, slots=True)
class Standing:
    """How the film is divided, and which segments the journal `kept`."""

    division: Division
    kept: tuple[Segment, ...]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All of the film."""
        return self.division.segments

    @property
    def missing(self) -> tuple[Segment, ...]:
        there = {one.id for one in self.kept}
        return tuple(one for one in self.segments if one.id not in there)


def standing(ready: FirstPass, left: Unfinished) -> Standing:
    """By the journal; what other processes have finished is entered in it."""
    division = divide(ready, left.about)
    adopt(division.segments, left.journal)
    return Standing(division, left.journal.kept(division.segments))


def with_recovered(there: Standing, ready: FirstPass, left: Unfinished) -> tuple[Segment, ...]:
    """Those that are kept, and those that could be cut out of the finished result. Raises OutputError where
    that fails for what is locked."""
    finished = there.division.finished
    recovered = recover(ready.plan, finished, there.segments, there.kept, left.journal)
    kept = (*there.kept, *recovered)
    refuse_lost(there.segments, kept)
    return kept
