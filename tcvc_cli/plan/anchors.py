"""Which frames of a shot are coloured on their own."""

from __future__ import annotations

from tcvc_cli.records import Shot

DEFAULT_INTERVAL_FRAMES = 16


def anchors(shot: Shot, interval_frames: int = DEFAULT_INTERVAL_FRAMES) -> tuple[int, ...]:
    """The shot's first frame, every `interval_frames` after it, and its last frame; rising, each once.

    Where the last step would be shorter than the others, it and the step before it share their length
    in halves (the longer half first). So no step is longer than `interval_frames`, and none is shorter
    than half of it unless the whole shot is. A shot of one frame has one anchor.

    Raises ValueError for an empty shot or an interval below 1.
    """
    if len(shot) < 1:
        raise ValueError(f"an empty shot has no anchor: {shot}")
    if interval_frames < 1:
        raise ValueError(f"the interval must be at least 1 frame, not {interval_frames}")
    last = shot.stop - 1
    regular = list(range(shot.start, last, interval_frames))
    if len(regular) > 1:
        regular[-1] = regular[-2] + (last - regular[-2] + 1) // 2
    return (*regular, last)
