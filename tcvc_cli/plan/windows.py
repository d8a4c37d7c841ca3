"""Overlapping runs of clips, and each one's share of every frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from tcvc_cli.plan.anchors import DEFAULT_INTERVAL_FRAMES, anchors
from tcvc_cli.plan.clips import clips
from tcvc_cli.records import Clip, Shot, Window

DEFAULT_CLIPS_PER_WINDOW = 4
DEFAULT_OVERLAP_FRAMES = DEFAULT_INTERVAL_FRAMES + 1  # so that two windows share their anchors too


def windows(
    shot: Shot,
    *,
    interval_frames: int = DEFAULT_INTERVAL_FRAMES,
    clips_per_window: int = DEFAULT_CLIPS_PER_WINDOW,
    overlap_frames: int = DEFAULT_OVERLAP_FRAMES,
    pure: Shot | None = None,
    given: frozenset[int] = frozenset(),
) -> tuple[Window, ...]:
    """The windows of a shot, in rising order; together they cover it.

    Two neighbours share exactly `overlap_frames` frames; with 0 the next window begins at the frame
    after. Each window counts its anchors from its own first frame, so in an overlap the two differ
    (unless the overlap is 1, or one more than a multiple of the interval). Windows are as long as
    `clips_per_window` full clips allow; the last two of a shot share what is left in halves, so that
    none is tiny. The overlap is held to a third of a full window, so that a frame is in two windows
    at most.

    Inside an overlap of n frames the weights rise by 1 / (n + 1) a frame from 1 / (n + 1) in the
    incoming window, and fall likewise in the outgoing one; everywhere else they are 1.

    Outside `pure` the shot is mixed with another. The first and the last pure frame are anchors, and what
    comes before the first takes its colours from there. Frames of which the colours are `given` are anchors.

    Raises ValueError for an empty shot, an interval or a number of clips below 1, or a negative overlap.
    """
    if min(interval_frames, clips_per_window) < 1 or overlap_frames < 0:
        asked = f"{clips_per_window} clips of {interval_frames} frames, overlapping by {overlap_frames}"
        raise ValueError(f"windows of {asked}, make no sense")
    full = interval_frames * clips_per_window + 1
    overlap = min(overlap_frames, full // 3)
    return tuple(
        Window(
            clips_of(span, interval_frames, pure, given),
            _weights(span, shot, overlap),
            _root(span, pure or shot),
        )
        for span in _spans(shot, full, overlap)
    )


def clips_of(
    span: Shot, interval_frames: int, pure: Shot | None = None, given: frozenset[int] = frozenset()
) -> tuple[Clip, ...]:
    """The clips of a window over `span`: anchors are counted from its first frame, and anew from the first
    and from the last pure frame, and from every given one."""
    inner = given if pure is None else given | {pure.start, pure.stop - 1}
    edges = {span.start, span.stop - 1} | {one for one in inner if span.start <= one < span.stop}
    pieces = [Shot(first, last + 1) for first, last in pairwise(sorted(edges))] or [span]
    return clips(sorted({anchor for piece in pieces for anchor in anchors(piece, interval_frames)}))


def _root(span: Shot, pure: Shot) -> int | None:
    return min(pure.start, span.stop - 1) if span.start < pure.start else None


def _spans(shot: Shot, full: int, overlap: int) -> Iterator[Shot]:
    """The frames of each window."""
    start = shot.start
    while (rest := shot.stop - start) > full:
        is_last_but_one = rest + overlap <= 2 * full
        length = (rest + overlap + 1) // 2 if is_last_but_one else full
        yield Shot(start, start + length)
        start += length - overlap
    yield Shot(start, shot.stop)


def _weights(span: Shot, shot: Shot, overlap: int) -> tuple[Fraction, ...]:
    ramp = [Fraction(step, overlap + 1) for step in range(1, overlap + 1)]
    rise = ramp if span.start > shot.start else []
    fall = ramp[::-1] if span.stop < shot.stop else []
    level = [Fraction(1)] * (len(span) - len(rise) - len(fall))
    return (*rise, *level, *fall)


def halves(window: Window) -> tuple[Window, Window]:
    """Two windows with full weights that share one anchor: in the middle of the clips, or, of a single
    clip, a new one in its middle. Raises ValueError for a window of less than three frames."""
    if len(window) < 3:
        raise ValueError(f"{len(window)} frames have no halves")
    parts = window.clips
    if len(parts) == 1:
        middle = (parts[0].first + parts[0].last) // 2
        parts = Clip(parts[0].first, middle), Clip(middle, parts[0].last)
    first, second = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    root = None if window.root is None else min(window.root, first[-1].last)
    return _with_full_weights(first, root), _with_full_weights(second)


def _with_full_weights(parts: tuple[Clip, ...], root: int | None = None) -> Window:
    return Window(parts, (Fraction(1),) * (parts[-1].last + 1 - parts[0].first), root)
