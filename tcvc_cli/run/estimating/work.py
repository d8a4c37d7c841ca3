"""How much there is to do in each stage of a film's run."""

from __future__ import annotations

from dataclasses import dataclass

from tcvc_cli.plan.takes import takes
from tcvc_cli.run.film.scan import Scan
from tcvc_cli.run.film_memory.key_frames import can_be_settled, is_memory_of_use, key_frames
from tcvc_cli.run.plan import FilmPlan


@dataclass(frozen=True, slots=True)
class Work:
    """`settled`: how many key frames are coloured beforehand of each shot that is; none where nothing is
    remembered. `is_grey`: no shot keeps the colours it has."""

    frames: int
    settled: tuple[int, ...]
    is_proved: bool
    is_grey: bool

    @property
    def units(self) -> dict[str, int]:
        """By stage: frames, of "memory" the key frames."""
        units = {"memory": sum(self.settled), "colorize": self.frames, "remux": self.frames}
        if not self.settled:
            del units["memory"]
        return units | ({"proof": self.frames} if self.is_proved else {})


def work_of(plan: FilmPlan, found: Scan) -> Work:
    """Of all that is to be coloured."""
    shots, options = found.shots, plan.options
    settled = [len(key_frames(one)) for one in takes(shots) if can_be_settled(one)]
    is_given = bool(options.references or options.points)
    is_remembered = is_memory_of_use(options, len(settled), is_given=is_given)
    return Work(
        frames=found.stop - found.start,
        settled=tuple(settled) if is_remembered else (),
        is_proved=options.is_proved,
        is_grey=not any(shot.is_in_color for shot in shots),
    )
