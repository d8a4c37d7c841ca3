"""What is known about a picture that a user gave: plain data, as it stands in a sidecar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tcvc_cli.settings.picture_luma import WHOLE, Box

FoundBy = Literal["name", "time", "luma"]

_HASH = re.compile("[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reference:
    """`frame` of the film that the picture shows, counted from 0, or None: it shows none of them, and helps
    by likeness. `box`: where in that frame the complete picture lies, as fractions of the frame (left, top,
    right, bottom), which it may exceed. `likeness` in [-1, 1]: correlation of the luma of both, None where
    it was not or could not be compared. `picture_frame`: of a film in colour, which of its frames
    the picture is. Raises ValueError where the parts do not fit each other."""

    file: Path
    sha256: str
    frame: int | None = None
    found_by: FoundBy | None = None
    box: tuple[float, float, float, float] = WHOLE
    likeness: float | None = None
    notes: tuple[str, ...] = ()
    picture_frame: int | None = None

    def __post_init__(self) -> None:
        if _HASH.fullmatch(self.sha256) is None:
            raise ValueError("its sha256 is none")
        if (self.frame is None) != (self.found_by is None):
            raise ValueError("a frame, and how it was found, go together")
        if self.frame is not None and self.frame < 0:
            raise ValueError("frames are counted from 0")
        if not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise ValueError("its box is none")
        if self.likeness is not None and not -1 <= self.likeness <= 1:
            raise ValueError("likeness lies between -1 and 1")


def finding_line(reference: Reference) -> str:
    """What a person is told: `kitchen.png: frame 123, by its luma`."""
    found = (
        "no frame of this film, used by likeness"
        if reference.frame is None
        else f"frame {reference.frame}, by its {reference.found_by}"
    )
    name = reference.file.name
    if reference.picture_frame is not None:
        name = f"{name}, its frame {reference.picture_frame}"
    return "; ".join((f"{name}: {found}", *reference.notes))


def overlap(one: Box, other: Box) -> float:
    """The share of the smaller one that both have."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return max(0.0, width) * max(0.0, height) / min(areas)
