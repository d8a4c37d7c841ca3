"""What can be said of coloured frames by those who do not know the truth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Of `frames` frames of one shot, at the size that the model sees, before any grade.

    `chroma` is the mean in CIE units; `flicker` and `drift` are those of `measure/warp_error.py`: the first
    from frame to frame, over the mean chroma, the second in CIE units, of frames an interval apart.
    `doubt`, CIE units: how far off the network itself expects to be, as a mean over the places.
    `disagreement`, CIE units: how far the colours are from those that the network gives single frames alone.
    `coverage`, 0 to 1: the share that references and points explain. None where there is nothing to say: of
    one frame, of a network that does not tell, without references.
    """

    frames: int
    chroma: float
    flicker: float | None = None
    drift: float | None = None
    doubt: float | None = None
    disagreement: float | None = None
    coverage: float | None = None
