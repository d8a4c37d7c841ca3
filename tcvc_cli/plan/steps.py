"""In which steps the frames of a shot are coloured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, Protocol

from tcvc_cli.plan.clips import clips
from tcvc_cli.plan.takes import Take
from tcvc_cli.plan.windows import DEFAULT_CLIPS_PER_WINDOW, DEFAULT_OVERLAP_FRAMES, clips_of, windows
from tcvc_cli.records import Shot, Window

Way = Literal["windows", "causal", "published"]  # who colours the steps: see model/shot.py

_FURTHER_FRAMES = 2  # how much longer the intervals of an ensemble's second sampling are
CAUSAL_INTERVAL_FRAMES = 4  # from anchor to anchor: nearer costs time and gains nothing
PUBLISHED_INTERVALS_FRAMES = (18, 20)  # from anchor to anchor, of the authors' two samplings


@dataclass(frozen=True, slots=True)
class Step:
    """Frames that are given to the model at once.

    `samplings` are windows of the same frames and weights with different anchors; their colours are
    averaged. `next_start` is the first frame of the next step, which this one does not finish.
    """

    samplings: tuple[Window, ...]
    next_start: int

    @property
    def window(self) -> Window:
        """The first sampling."""
        return self.samplings[0]


class Method(Protocol):
    """How a film is divided for the model; plain data.

    `ignores_cuts`: the film is one shot. `is_at_film_size`: the model is given frames as large as the
    film's, and brings them to size itself.
    """

    @property
    def way(self) -> Way: ...

    @property
    def ignores_cuts(self) -> bool: ...

    @property
    def is_at_film_size(self) -> bool: ...

    def steps(self, take: Take, given: frozenset[int] = frozenset()) -> tuple[Step, ...]:
        """In rising order; together they finish every frame that the take is seen in. Frames that somebody
        has `given` the colours of are anchors."""
        ...


@dataclass(frozen=True, slots=True)
class InWindows:
    """Overlapping windows inside the shot, as many clips each as memory allows."""

    interval_frames: int
    overlap_frames: int = DEFAULT_OVERLAP_FRAMES
    clips_per_window: int = DEFAULT_CLIPS_PER_WINDOW
    is_ensemble: bool = False  # TCVC's multi-sampling (intervals 17 and 19), inside a window

    way: Way = "windows"
    ignores_cuts: bool = False
    is_at_film_size: bool = False

    def steps(self, take: Take, given: frozenset[int] = frozenset()) -> tuple[Step, ...]:
        found = windows(
            take.seen,
            interval_frames=self.interval_frames,
            clips_per_window=self.clips_per_window,
            overlap_frames=self.overlap_frames,
            pure=take.pure,
            given=given,
        )
        next_starts = [*(window.start for window in found[1:]), found[-1].stop]
        return tuple(
            Step(self._samplings(window, take, given), next_start)
            for window, next_start in zip(found, next_starts, strict=True)
        )

    def _samplings(self, window: Window, take: Take, given: frozenset[int]) -> tuple[Window, ...]:
        if not self.is_ensemble:
            return (window,)
        span = Shot(window.start, window.stop)
        further = clips_of(span, self.interval_frames + _FURTHER_FRAMES, take.pure, given)
        return window, replace(window, clips=further)


@dataclass(frozen=True, slots=True)
class Causally:
    """Frame by frame, without a look ahead: one step for all frames, which holds no more than one of them."""

    way: Way = "causal"
    ignores_cuts: bool = False
    is_at_film_size: bool = False

    def steps(self, take: Take, given: frozenset[int] = frozenset()) -> tuple[Step, ...]:
        anchors = tuple(range(take.seen.start, take.seen.stop, CAUSAL_INTERVAL_FRAMES))
        last = take.seen.stop - 1
        window = Window(clips((*anchors, last) if anchors[-1] < last else anchors), _full(take.seen))
        return (Step((window,), take.seen.stop),)


@dataclass(frozen=True, slots=True)
class AsPublished:
    """What the scripts of TCVC's authors do: one step for all frames, anchors at fixed distances."""

    is_ensemble: bool = False

    way: Way = "published"
    ignores_cuts: bool = True
    is_at_film_size: bool = True

    def steps(self, take: Take, given: frozenset[int] = frozenset()) -> tuple[Step, ...]:
        intervals = PUBLISHED_INTERVALS_FRAMES if self.is_ensemble else PUBLISHED_INTERVALS_FRAMES[:1]
        return (Step(tuple(published_window(take.seen, one) for one in intervals), take.seen.stop),)


def published_window(shot: Shot, interval_frames: int) -> Window:
    """The whole shot; anchors are its first frame, every `interval_frames` after it, and its last."""
    last = shot.stop - 1
    anchors = (*range(shot.start, last, interval_frames), last)
    return Window(clips(anchors), _full(shot))


def _full(shot: Shot) -> tuple[Fraction, ...]:
    """Weights of frames that no other window has."""
    return (Fraction(1),) * len(shot)


def anchors_of(steps: Sequence[Step]) -> tuple[int, ...]:
    """Of the first sampling of every step; rising, each once."""
    return tuple(sorted({anchor for step in steps for anchor in step.window.anchors}))
