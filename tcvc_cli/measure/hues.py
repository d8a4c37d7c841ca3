"""Which hues a picture is made of."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BROWN: Final = 60.0  # degrees of hue in CIE Lab: wood, earth, skin, sepia
_QUARTER: Final = 45.0  # to either side
_LEAST_CHROMA: Final = 6.0  # CIE units; below, a hue is noise


def brown_share(ab: NDArray[Any]) -> float:
    """The share, 0 to 1, of pixels (..., 2) in CIE units that have colour, one in the quarter of brown."""
    a, b = ab[..., 0], ab[..., 1]
    away = (np.degrees(np.arctan2(b, a)) - BROWN + 180) % 360 - 180
    return float(((np.abs(away) <= _QUARTER) & (np.hypot(a, b) >= _LEAST_CHROMA)).mean())
