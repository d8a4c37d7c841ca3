"""Cuts, and the shots between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from tcvc_cli.records import Dissolve, Shot


@dataclass(frozen=True, slots=True)
class Cut:
    """`frame` is the first frame of the new shot; `strength` in [0, 1] says how sure that is. A dissolve is
    cut in its middle."""

    frame: int
    strength: float
    dissolve: Dissolve | None = None


def shots_between(cuts: Iterable[Cut], frame_count: int, min_shot_frames: int) -> tuple[Shot, ...]:
    """The shots that cover `[0, frame_count)`; none when there are no frames.

    Where cuts stand closer than `min_shot_frames`, or as close to an end of the film, the strongest
    stays (the earliest, of equals). So a shot is shorter only if the film is.
    """
    kept: dict[int, Dissolve | None] = {0: None, frame_count: None}
    for cut in sorted(cuts, key=lambda cut: (-cut.strength, cut.frame)):
        if all(abs(cut.frame - other) >= min_shot_frames for other in kept):
            kept[cut.frame] = cut.dissolve
    return tuple(Shot(start, stop, dissolve=kept[start]) for start, stop in pairwise(sorted(kept)))
