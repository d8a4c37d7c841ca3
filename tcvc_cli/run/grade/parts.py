"""Which grade which frames get: a film is graded part by part, and a part is a shot or the whole film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tcvc_cli.color.grade import UNCHANGED, Grade
from tcvc_cli.run.grade.request import GradeRequest


@dataclass(frozen=True, slots=True)
class Part:
    """Frames `[start, stop)` of the film that is graded, counted from its first."""

    start: int
    stop: int
    grade: Grade
    vivid: float = 0.0

    @property
    def changes_nothing(self) -> bool:
        return self.grade == UNCHANGED and not self.vivid


def parts_of(request: GradeRequest, shots: Sequence[tuple[int, int]], frame_count: int) -> tuple[Part, ...]:
    """One for each of the `shots`, `[start, stop)` in frames of the film in colour; one for the whole film
    where there are none, or none that cover it."""
    is_covered = bool(shots) and shots[0][0] == 0 and shots[-1][1] == frame_count
    ranges = shots if is_covered else ((0, frame_count),)
    return tuple(Part(start, stop, request.grade, request.vivid) for start, stop in ranges)


def part_of_each_frame(parts: Sequence[Part]) -> Iterator[Part]:
    """From the first frame on; the last part goes on without end."""
    for part in parts:
        for _ in range(part.start, part.stop):
            yield part
    while True:
        yield parts[-1]
