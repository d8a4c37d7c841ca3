"""Cuts, and the shots between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from tcvc_cli.records import Shot


@dataclass(frozen=True, slots=True)
class Cut:
    """`frame` is the first frame of the new shot; `strength` in [0, 1] says how sure that is."""

    frame: int
    strength: float


def shots_between(cuts: Iterable[Cut], frame_count: int, min_shot_frames: int) -> tuple[Shot, ...]:
    """The shots that cover `[0, frame_count)`; none when there are no frames.

    Where cuts stand closer than `min_shot_frames`, or as close to an end of the film, the strongest
    stays (the earliest, of equals). So a shot is shorter only if the film is.
    """
    kept = [0, frame_count]
    for cut in sorted(cuts, key=lambda cut: (-cut.strength, cut.frame)):
        if all(abs(cut.frame - other) >= min_shot_frames for other in kept):
            kept.append(cut.frame)
    return tuple(Shot(start, stop) for start, stop in pairwise(sorted(kept)) if stop > start)
