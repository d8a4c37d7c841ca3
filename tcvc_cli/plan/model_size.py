"""How large the network sees the film."""

from __future__ import annotations

from fractions import Fraction

LONGEST_SIDES = 4  # a strip of film is not enlarged beyond this many short sides


def model_size(
    width_px: int, height_px: int, *, sample_aspect: Fraction, short_side_px: int, multiple: int
) -> tuple[int, int]:
    """(width, height) in px with the shape of the film as shown, both multiples of `multiple`.

    The short side is about `short_side_px`, unless that would make the long one over four times that.
    """
    shown = width_px * (sample_aspect or Fraction(1))
    shorter, longer = sorted((shown, Fraction(height_px)))
    scale = min(short_side_px / shorter, LONGEST_SIDES * short_side_px / longer)
    width, height = (max(1, round(side * scale / multiple)) * multiple for side in (shown, height_px))
    return width, height
