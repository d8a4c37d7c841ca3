"""Grade: what is done to colours when they are known, without asking where they come from.

The records alone, which load nothing; `grading` does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class HueMap:
    """Colours whose hue lies within `width_degrees` of `from_degrees` get the hue `to_degrees`, by `strength`
    in [0, 1]. Hues are angles of (a*, b*) in CIE Lab, in [0, 360)."""

    from_degrees: float
    to_degrees: float
    width_degrees: float = 60.0
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Grade:
    """`saturation` 0 to 4 is a factor of chroma. `warmth` -1 (blue) to 1 (orange); 0 changes nothing."""

    saturation: float = 1.0
    warmth: float = 0.0
    hue_maps: tuple[HueMap, ...] = ()


UNCHANGED: Final = Grade()
