"""What can be said of coloured frames by those who do not know the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

DIGITS: Final = 5  # behind the point, of every figure
MOST: Final = 1e6  # no colours come near
_MOST_FRAMES = 2**53


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Of `frames` frames of one shot, at the size that the model sees, before any grade.

    `chroma` is the mean in CIE units; `flicker` and `drift` are those of `measure/warp_error.py`: the first
    from frame to frame, over the mean chroma, the second in CIE units, of frames an interval apart.
    `doubt`, CIE units: how far off the network itself expects to be, as a mean over the places.
    `disagreement`, CIE units: how far the colours are from those that the network gives single frames alone.
    `coverage`, 0 to 1: the share that references and points explain. `apart`, CIE units: how far the colours
    are from those of another shot that shows the same thing, of which `apart_from` is a frame, counted
    through the film; both or neither. None where there is nothing to say: of
    one frame, of a network that does not tell, without references. Raises ValueError for what cannot be.
    """

    frames: int
    chroma: float
    flicker: float | None = None
    drift: float | None = None
    doubt: float | None = None
    disagreement: float | None = None
    coverage: float | None = None
    apart: float | None = None
    apart_from: int | None = None

    def __post_init__(self) -> None:
        steady = (self.chroma, self.flicker, self.drift)
        figures = (*steady, self.doubt, self.disagreement, self.coverage, self.apart)
        is_possible = all(one is None or 0 <= one <= MOST for one in figures)
        if not (1 <= self.frames <= _MOST_FRAMES and is_possible):
            raise ValueError(f"an appraisal that makes no sense: {self}")
        if self.coverage is not None and self.coverage > 1:
            raise ValueError(f"{self.coverage} is no share")
        if (self.apart is None) != (self.apart_from is None):
            raise ValueError(f"colours that are apart make no sense without what from: {self}")
        if self.apart_from is not None and not 0 <= self.apart_from <= _MOST_FRAMES:
            raise ValueError(f"{self.apart_from} makes no sense as a frame")


def joined(parts: Iterable[Appraisal | None]) -> Appraisal | None:
    """Of all frames of the `parts`: means, each weighed by its frames, of those that say something;
    `apart_from` is that of the part that is farthest apart. None where no part says anything."""
    said = [one for one in parts if one is not None]
    if not said:
        return None
    apart = [one for one in said if one.apart is not None]
    farthest = max(apart, key=lambda one: one.apart or 0.0, default=None)
    return Appraisal(
        frames=sum(one.frames for one in said),
        chroma=_mean(said, [one.chroma for one in said]) or 0.0,
        flicker=_mean(said, [one.flicker for one in said]),
        drift=_mean(said, [one.drift for one in said]),
        doubt=_mean(said, [one.doubt for one in said]),
        disagreement=_mean(said, [one.disagreement for one in said]),
        coverage=_mean(said, [one.coverage for one in said]),
        apart=_mean(said, [one.apart for one in said]),
        apart_from=None if farthest is None else farthest.apart_from,
    )


def _mean(parts: Sequence[Appraisal], figures: Sequence[float | None]) -> float | None:
    pairs = [(one.frames, figure) for one, figure in zip(parts, figures, strict=True) if figure is not None]
    frames = sum(count for count, _ in pairs)
    return round(sum(count * (figure / frames) for count, figure in pairs), DIGITS) if pairs else None
