"""From anchors to clips."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tcvc_cli.records import Clip


def clips(anchors: Sequence[int]) -> tuple[Clip, ...]:
    """One clip from each anchor to the next, both included; neighbours share an anchor.

    One anchor alone (a shot of one frame) gives the clip that begins and ends there.
    Raises ValueError when there is no anchor, or when they do not rise.
    """
    if not anchors:
        raise ValueError("no anchors, no clips")
    if any(first >= last for first, last in pairwise(anchors)):
        raise ValueError(f"anchors must rise: {tuple(anchors)}")
    if len(anchors) == 1:
        return (Clip(anchors[0], anchors[0]),)
    return tuple(Clip(first, last) for first, last in pairwise(anchors))
