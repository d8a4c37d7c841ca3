"""Which grade which frames get: a film is graded part by part, and a part is a shot or the whole film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from tcvc_cli.color.grade import UNCHANGED, Grade
from tcvc_cli.measure.appraisal import Appraisal
from tcvc_cli.records import Dissolve, Shot
from tcvc_cli.settings.film.decisions import Look


@dataclass(frozen=True, slots=True)
class Part:
    """Frames `[start, stop)` of the film that is graded, counted from its first. A part that comes in by a
    `dissolve` starts in its middle. `appraisal` is what was said of the colours of the shot when they were
    made, before any grade."""

    start: int
    stop: int
    grade: Grade
    vivid: float = 0.0
    dissolve: Dissolve | None = None
    appraisal: Appraisal | None = None

    @property
    def changes_nothing(self) -> bool:
        return self.grade == UNCHANGED and not self.vivid

    def is_like(self, other: Part) -> bool:
        """Whether both do the same to a colour."""
        return (self.grade, self.vivid) == (other.grade, other.vivid)


@dataclass(frozen=True, slots=True)
class Mix:
    """How one frame is graded: as its `part`, or as far as `share` in [0, 1] as `other` in a dissolve."""

    part: Part
    other: Part | None = None
    share: float = 0.0

    @property
    def changes_nothing(self) -> bool:
        return self.part.changes_nothing and (self.other is None or self.other.changes_nothing)


def parts_of(
    shots: Sequence[Shot], looks: Sequence[Look], appraisals: Sequence[Appraisal | None] = ()
) -> tuple[Part, ...]:
    """One for each of the `shots`, which cover the film; `appraisals` are theirs, where somebody has measured
    them. What is kept or locked stays as it is."""
    return tuple(map(_part, shots, looks, appraisals or (None,) * len(shots)))


def _part(shot: Shot, look: Look, appraisal: Appraisal | None) -> Part:
    stays = look.is_kept or look.is_locked
    grade, vivid = (UNCHANGED, 0.0) if stays else (look.grade, look.vivid or 0.0)
    return Part(shot.start, shot.stop, grade, vivid, shot.dissolve, appraisal)


def mix_of_each_frame(parts: Sequence[Part]) -> Iterator[Mix]:
    """From the first frame on; the last part goes on without end."""
    at = 0
    for number in count():
        while number >= parts[at].stop and at + 1 < len(parts):
            at += 1
        yield _mix(parts, at, number)


def _mix(parts: Sequence[Part], at: int, number: int) -> Mix:
    for old, new in ((at - 1, at), (at, at + 1)):
        if old < 0 or new >= len(parts):
            continue
        dissolve = parts[new].dissolve
        is_mixed = dissolve is not None and dissolve.start <= number < dissolve.stop
        if dissolve is not None and is_mixed and not parts[old].is_like(parts[new]):
            return Mix(parts[old], parts[new], float(dissolve.share(number)))
    return Mix(parts[at])
